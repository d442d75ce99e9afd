import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Client, type PeerOptions, startPeer } from "./server.ts";
import { type Bot, startBot, startInput } from "./support.ts";

/** A bot on a server of the test's own, and the server's end of the connection. */
async function scene(options: PeerOptions = {}, values = {}): Promise<{ bot: Bot; client: Client }> {
  const peer = await startPeer(options);
  onTestFinished(() => peer.stop());
  const [client, bot] = await Promise.all([peer.client(), startBot(peer.port, values)]);
  onTestFinished(() => bot.input.stop());
  return { bot, client };
}

const FROM_ALICE = ":alice!a@h PRIVMSG #ops";

describe("what no server should say", () => {
  it.each([
    ":a!b@c PRIVMSG",
    ":a!b@c PRIVMSG #ops",
    ":a!b@c PRIVMSG micro",
    ":a!b@c NOTICE",
    ":irc.peer 005 micro CHANMODES",
    ":irc.peer 005 micro CLIENTTAGDENY CHANTYPES STATUSMSG PREFIX",
    "BATCH",
    "BATCH +",
    "BATCH -nothing",
    ":irc.peer 353 micro",
    ":irc.peer 352 micro",
    ":irc.peer 354 micro 721",
    ":irc.peer 333",
    ":irc.peer 311",
    ":irc.peer 318",
    ":irc.peer 332",
    ":irc.peer 001",
    ":irc.peer 401",
    ":irc.peer 433",
    ":irc.peer 471 micro",
    ":irc.peer 900",
    ":irc.peer 904",
    "CAP",
    "CAP * ACK",
    "CAP * ACK :sasl",
    "CAP * NEW",
    "CAP * DEL :account-tag",
    "AUTHENTICATE",
    "AUTHENTICATE +",
    "PONG",
    "JOIN",
    ":a!b@c JOIN",
    ":micro!u@h JOIN",
    ":a!b@c PART",
    ":a!b@c KICK",
    ":a!b@c NICK",
    "NICK x",
    "QUIT",
    ":a!b@c ACCOUNT",
    ":a!b@c INVITE",
    "MODE",
    "ERROR",
    ":",
    "@",
    "@;=;\\ :",
    ": PRIVMSG #ops :x",
    ":!@ PRIVMSG #ops :x",
    "\u0000\u0000",
    "constructor __proto__",
    " ",
  ])("%j ends nothing", async (line) => {
    const { bot, client } = await scene();
    client.send(line, `${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("a line without an end ends the connection, not memory", async () => {
    const { bot, client } = await scene();
    client.socket.write("x".repeat(20_000));
    await expect(bot.recv()).rejects.toMatchObject({ code: "not_connected", message: /16384 bytes/u });
  });

  it("many lines without a pause are all read", async () => {
    const { bot, client } = await scene();
    client.socket.write(`${FROM_ALICE} :hello\r\n`.repeat(3000));
    for (let i = 0; i < 3000; i++) await bot.recv();
  });

  it("a character that comes in two pieces is whole", async () => {
    const { bot, client } = await scene();
    const bytes = Buffer.from(`${FROM_ALICE} :micro: h\u00e9llo 👋\r\n`);
    for (const byte of bytes) {
      client.socket.write(Buffer.of(byte));
      // Lets the byte leave alone.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await bot.recv()).toMatchObject({ data: "h\u00e9llo 👋" });
  });

  it.each([
    ["UTF-8", Buffer.from("Grüße 👋"), "Grüße 👋"],
    ["Latin-1", Buffer.from("Grüße", "latin1"), "Grüße"],
    ["Windows-1252", Buffer.from([0x93, 0x68, 0x69, 0x94, 0x20, 0x80, 0x35]), "“hi” €5"],
    ["a Latin-1 letter at the end", Buffer.from("café", "latin1"), "café"],
    [
      "UTF-8 that the server has cut in a letter",
      Buffer.from("ü".repeat(240)).subarray(0, -1),
      "ü".repeat(239),
    ],
  ])("a line in %s is read as such", async (_name, bytes, text) => {
    const { bot, client } = await scene();
    client.socket.write(Buffer.concat([Buffer.from(`${FROM_ALICE} :`), bytes, Buffer.from("\r\n")]));
    expect((await bot.recv()).data.replace(/\ufffd$/u, "")).toBe(text);
  });

  it("what is said to those of a rank in a channel is said in the channel, and answered to them", async () => {
    const { bot, client } = await scene();
    client.send(":alice!a@h PRIVMSG @#OPS :micro: ping");
    const event = await bot.recv();
    expect(event).toMatchObject({ data: "ping", addressed: true, from: { room: "#ops", person: "alice" } });
    await bot.answer(event, "pong");
    expect(await client.next(/^PRIVMSG/u)).toBe("PRIVMSG @#ops :alice: pong");
    client.send(`${FROM_ALICE} :micro: ping`);
    await bot.answer(await bot.recv(), "pong");
    expect(await client.next(/^PRIVMSG/u)).toBe("PRIVMSG #ops :alice: pong");
  });

  it("a refusal of what was said to a rank is of that message", async () => {
    const { bot, client } = await scene({
      answer(line, client) {
        if (!line.startsWith("PRIVMSG @#ops")) return false;
        client.send(":irc.peer 404 micro #ops :Cannot send to channel");
        return true;
      },
    });
    client.send(":alice!a@h PRIVMSG @#ops :micro: ping");
    await expect(bot.answer(await bot.recv(), "pong")).rejects.toMatchObject({ code: "denied" });
  });

  it("the server's own lines and a bouncer's voices are not heard", async () => {
    const { bot, client } = await scene();
    client.send(
      ":irc.peer PRIVMSG micro :ping",
      ":localhost PRIVMSG micro :ping",
      "PRIVMSG micro :ping",
      ":*status!znc@znc.in PRIVMSG micro :ping",
      ":alice!a@h PRIVMSG $* :ping",
      ":micro!u@h PRIVMSG #ops :micro: ping",
      ":MICRO!u@h PRIVMSG #ops :micro: ping",
      `${FROM_ALICE} :micro: end`,
    );
    expect(await bot.recv()).toMatchObject({ data: "end" });
  });

  it("nicks are compared by the network's casemapping", async () => {
    const { bot, client } = await scene({}, { irc_nick: "mi[ro" });
    client.send(`${FROM_ALICE} :MI{RO: ping`);
    expect(await bot.recv()).toMatchObject({ data: "ping", addressed: true });
    const other = await scene({ isupport: "CHANTYPES=# CASEMAPPING=ascii" }, { irc_nick: "mi[ro" });
    other.client.send(`${FROM_ALICE} :MI{RO: ping`);
    expect(await other.bot.recv()).toMatchObject({ addressed: false });
  });
});

describe("message tags", () => {
  const caps = "message-tags server-time batch account-tag";

  it("msgid is the event's id and time its time", async () => {
    const { bot, client } = await scene({ caps });
    const time = new Date(Date.now() - 2000);
    client.send(`@msgid=abc;time=${time.toISOString()} ${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ id: "abc", time: time.getTime() });
  });

  it("playback is not heard: chathistory, znc.in/playback, a batch in one, and what is older than a minute", async () => {
    const { bot, client } = await scene({ caps });
    const old = new Date(Date.now() - 61_000).toISOString();
    client.send(
      "BATCH +one chathistory #ops",
      `@batch=one ${FROM_ALICE} :micro: 1`,
      "@batch=one BATCH +two netjoin",
      `@batch=two ${FROM_ALICE} :micro: 2`,
      "BATCH -two",
      "BATCH -one",
      "BATCH +three znc.in/playback #ops",
      `@batch=three ${FROM_ALICE} :micro: 3`,
      "BATCH -three",
      `@time=${old} ${FROM_ALICE} :micro: 4`,
      "BATCH +four example/other",
      `@batch=four ${FROM_ALICE} :micro: now`,
    );
    expect(await bot.recv()).toMatchObject({ data: "now", addressed: true });
  });

  it("a server whose clock is an hour behind is understood", async () => {
    const behind = () => new Date(Date.now() - 3_600_000).toISOString();
    const answer: PeerOptions["answer"] = (line, client) => {
      if (!line.startsWith("PING")) return false;
      client.send(`@time=${behind()} :irc.peer PONG irc.peer ${line.slice(5)}`);
      return true;
    };
    const { bot, client } = await scene({ caps, answer });
    client.send(`@time=${behind()} ${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it.each(["bot", "draft/bot", "inspircd.org/bot"])("a sender with the tag %s runs nothing", async (tag) => {
    const { bot, client } = await scene({ caps });
    client.send(`@${tag} ${FROM_ALICE} :micro: ping`, `@${tag} :alice!a@h PRIVMSG micro :ping`);
    expect(await bot.recv()).toMatchObject({ data: "micro: ping", addressed: false });
    expect(await bot.recv()).toMatchObject({ data: "ping", addressed: false });
  });

  it("an account is vouched for by the account tag, and by no tag that a client can set", async () => {
    const { bot, client } = await scene({ caps });
    client.send(
      `@account=alice :bob!a@h PRIVMSG #ops :micro: 1`,
      `@+account=alice ${FROM_ALICE} :micro: 2`,
      `@account= ${FROM_ALICE} :micro: 3`,
      `${FROM_ALICE} :micro: 4`,
    );
    const who = async () => {
      const { from, assurance } = await bot.recv();
      return [from.person, assurance];
    };
    expect([await who(), await who(), await who(), await who()]).toEqual([
      ["alice", 1],
      ["alice", 0],
      ["alice", 0],
      ["alice", 0],
    ]);
  });

  it("without account-tag in use its tag says nothing", async () => {
    const { bot, client } = await scene({ caps: "message-tags" });
    client.send(`@account=root ${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ assurance: 0, from: { person: "alice" } });
  });
});

describe("accounts of people in the room, where messages do not carry them", () => {
  const caps = "extended-join account-notify cap-notify";
  const isupport = "CHANTYPES=# CASEMAPPING=rfc1459 WHOX";
  /** Sends lines, then speaks as `alice`, and tells who that was. */
  const whoAfter = async (...lines: string[]) => {
    const { bot, client } = await scene({ caps, isupport });
    client.send(...lines, `${FROM_ALICE} :micro: ping`);
    const { from, assurance } = await bot.recv();
    return `${from.person} ${assurance}`;
  };
  const LOGGED_IN = ":alice!a@h JOIN #ops acc :Alice";

  it.each([
    ["joins logged in", [LOGGED_IN], "acc 1"],
    ["joins logged out", [":alice!a@h JOIN #ops * :Alice"], "alice 0"],
    ["was there, and WHO tells", [":irc.peer 354 micro 721 #ops alice acc"], "acc 1"],
    ["was there, and WHO tells of none", [":irc.peer 354 micro 721 #ops alice 0"], "alice 0"],
    ["was there, and nobody tells", [], "alice 0"],
    ["logs in", [":alice!a@h JOIN #ops * :A", ":alice!a@h ACCOUNT acc"], "acc 1"],
    ["logs out", [LOGGED_IN, ":alice!a@h ACCOUNT *"], "alice 0"],
    ["took the nick of one who left", [LOGGED_IN, ":alice!a@h QUIT :x"], "alice 0"],
    ["took the nick of one lost in a netsplit", [LOGGED_IN, ":alice!a@h QUIT :a.net b.net"], "alice 0"],
    ["took the nick of one who parted", [LOGGED_IN, ":alice!a@h PART #ops"], "alice 0"],
    ["took the nick of one who was kicked", [LOGGED_IN, ":op!o@h KICK #ops alice :x"], "alice 0"],
    ["took the nick of one who took another", [LOGGED_IN, ":alice!a@h NICK bob"], "alice 0"],
    [
      "took the nick, logged out, of one who took another",
      [LOGGED_IN, ":mallory!m@h JOIN #ops * :M", ":alice!a@h NICK bob", ":mallory!m@h NICK alice"],
      "alice 0",
    ],
    [
      "took a nick whose former holder was not seen to leave",
      [LOGGED_IN, ":mallory!m@h NICK alice"],
      "alice 0",
    ],
    ["takes a nick, logged in", [":bob!a@h JOIN #ops acc :B", ":bob!a@h NICK alice"], "acc 1"],
    ["is in a room that the bot has left", [LOGGED_IN, ":op!o@h KICK #ops micro :x"], "alice 0"],
    ["has a capability taken away", [LOGGED_IN, "CAP micro DEL :account-notify"], "alice 0"],
    ["logs in elsewhere, sharing no room", [":alice!a@h ACCOUNT acc"], "alice 0"],
    ["is told of by somebody else's WHO", [":irc.peer 354 micro 1 #ops alice acc"], "alice 0"],
    ["differs in case as the server spells it", [":ALICE!a@h JOIN #ops acc :A"], "alice 0"],
  ])("alice %s", async (_, lines, who) => {
    expect(await whoAfter(...lines)).toBe(who);
  });

  it("on joining, the bot asks who is there", async () => {
    const { client } = await scene({ caps, isupport });
    expect(await client.next(/^WHO/u)).toBe("WHO #ops %tcna,721");
  });

  it("without account-notify nothing is believed", async () => {
    const { bot, client } = await scene({ caps: "extended-join", isupport });
    client.send(LOGGED_IN, `${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ assurance: 0, from: { person: "alice" } });
  });
});

describe("receipts", () => {
  /** Answers no ping that follows a message; the first one follows the JOIN. */
  const noReceipts: PeerOptions["answer"] = (line) => line === "PING :sent-2";

  it("a message counts as taken only when the server has answered the ping after it", async () => {
    const { bot, client } = await scene({ answer: noReceipts });
    let taken = false;
    const sending = bot.say("#ops", "hello").then(() => (taken = true));
    const ping = await client.next(/^PING :sent-2/u);
    // Heard after the message was handled, and still no receipt.
    client.send(`${FROM_ALICE} :micro: ping`);
    await bot.recv();
    expect(taken).toBe(false);
    client.send(`:irc.peer PONG irc.peer ${ping.slice(5)}`);
    await sending;
  });

  it("a server that does not answer it is not_connected, for the message and for the connection", async () => {
    const { bot } = await scene({ answer: noReceipts }, { irc_timeout: 100 });
    await Promise.all([
      expect(bot.say("#ops", "hello")).rejects.toMatchObject({ code: "not_connected", message: /ping/u }),
      expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" }),
    ]);
  });

  it("a connection that ends first is not_connected", async () => {
    const { bot, client } = await scene({ answer: noReceipts });
    const sending = expect(bot.say("#ops", "hello")).rejects.toMatchObject({ code: "not_connected" });
    await client.next(/^PRIVMSG/u);
    client.socket.destroy();
    await sending;
  });

  it("a target changed too fast is limited, and says when to try again", async () => {
    const answer: PeerOptions["answer"] = (line, client) => {
      if (line.startsWith("PRIVMSG")) client.send(":irc.peer 439 micro bob :Target change too fast");
      return false;
    };
    const { bot } = await scene({ answer });
    await expect(bot.say("bob", "hello")).rejects.toMatchObject({
      code: "limited",
      detail: { retryAfter: 60_000 },
    });
  });

  it("the rest of a refused message is not sent", async () => {
    const answer: PeerOptions["answer"] = (line, client) => {
      if (line.startsWith("PRIVMSG")) client.send(":irc.peer 404 micro #OPS :Cannot send to channel");
      return false;
    };
    const { bot, client } = await scene({ answer }, { irc_pace: 30 });
    const text = Array.from({ length: 20 }, (_, i) => `${i}`).join("\n");
    await expect(bot.say("#ops", text)).rejects.toMatchObject({
      code: "denied",
      message: /#OPS: Cannot send/u,
    });
    expect(client.left(/^PRIVMSG/u).length).toBeLessThan(10);
  });
});

describe("a server that falls silent", () => {
  it("is pinged, and left when it does not answer", async () => {
    const { bot, client } = await scene({ answer: (line) => line === "PING :quiet" }, { irc_timeout: 60 });
    await client.next(/^PING :quiet/u);
    await expect(bot.recv()).rejects.toMatchObject({ code: "not_connected", message: /no answer in 60 ms/u });
  });

  it("is kept when it answers", async () => {
    const { bot, client } = await scene({}, { irc_timeout: 60 });
    for (let i = 0; i < 3; i++) await client.next(/^PING :quiet/u);
    client.send(`${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("during registration is not_connected", async () => {
    const peer = await startPeer({ answer: () => true });
    onTestFinished(() => peer.stop());
    const { input } = await startInput(peer.port, { irc_timeout: 60 });
    await expect(input.stream()).rejects.toMatchObject({
      code: "not_connected",
      message: /not registered in 60 ms/u,
    });
    await input.stop();
  });

  it("that answers no QUIT is left all the same", async () => {
    const { bot } = await scene({ answer: (line) => line.startsWith("QUIT") });
    await expect(bot.conn.close()).resolves.toBeUndefined();
  });
});

describe("registration", () => {
  const refusing = (numeric: string, words: string): PeerOptions => ({
    caps: "sasl=PLAIN",
    answer: (line, client) => {
      if (line.startsWith("AUTHENTICATE")) client.send(`:irc.peer ${numeric} * :${words}`);
      return line.startsWith("AUTHENTICATE");
    },
  });
  const sasl = { irc_sasl_user: "bot", irc_sasl_password: "hunter2" };
  const outcome = async (options: PeerOptions, values = {}) => {
    const peer = await startPeer(options);
    onTestFinished(() => peer.stop());
    const { input, logged } = await startInput(peer.port, values);
    onTestFinished(() => input.stop());
    const error: unknown = await input.stream().catch((reason) => reason);
    expect(logged.join("\n")).not.toContain(Buffer.from("bot\0bot\0hunter2").toString("base64"));
    return error;
  };

  it.each([
    ["902", "config", "irc_sasl_user"],
    ["904", "config", "irc_sasl_password"],
    ["905", "config", "irc_sasl_password"],
    ["906", "not_connected", "irc_sasl_user"],
    ["908", "config", "irc_sasl_user"],
  ])("SASL's %s is %s and names %s", async (numeric, code, flag) => {
    expect(await outcome(refusing(numeric, "no"), sasl)).toMatchObject({
      code,
      message: expect.stringContaining(flag),
    });
  });

  it.each(["", "multi-prefix", "sasl=EXTERNAL"])(
    "with an account to log in to, a server with the capabilities %j is not_connected: its services may come back",
    async (caps) => {
      expect(await outcome({ caps }, sasl)).toMatchObject({
        code: "not_connected",
        message: /irc_sasl_user/u,
      });
    },
  );

  /** A server's side of SCRAM-SHA-256, for the account `bot` and this password. */
  const scramServer =
    (password: string, { rounds = 4096, proof = true } = {}): PeerOptions["answer"] =>
    (line, client) => {
      const [command, text = ""] = line.split(" ");
      if (command !== "AUTHENTICATE") return false;
      const say = (message: string) =>
        client.send(`AUTHENTICATE ${Buffer.from(message).toString("base64") || "+"}`);
      const said = Buffer.from(text, "base64").toString();
      const salt = Buffer.from("salty");
      const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
      const hmac = (key: Buffer, message: string) => createHmac("sha256", key).update(message).digest();
      if (text === "SCRAM-SHA-256") say("");
      else if (said.startsWith("n,,")) {
        begun = said.slice(3);
        offered = `r=${/r=(.*)/u.exec(said)![1]}theirs,s=${salt.toString("base64")},i=${rounds}`;
        say(offered);
      } else if (said.startsWith("c=")) {
        const [bare, given = ""] = said.split(",p=");
        const signed = `${begun},${offered},${bare}`;
        const key = hmac(salted, "Client Key");
        const signature = hmac(createHash("sha256").update(key).digest(), signed);
        const right = Buffer.from(key.map((byte, at) => byte ^ signature[at]!)).toString("base64");
        if (given !== right) client.send(":irc.peer 904 * :SASL authentication failed");
        else if (proof) say(`v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`);
        else client.send(":irc.peer 900 * n!u@h bot :in", ":irc.peer 903 * :SASL authentication successful");
      } else client.send(":irc.peer 900 * n!u@h bot :in", ":irc.peer 903 * :SASL authentication successful");
      return true;
    };
  let begun = "";
  let offered = "";

  it("SCRAM-SHA-256 is taken before PLAIN, and the password is not sent", async () => {
    const answer = scramServer("hunter2");
    const { bot, client } = await scene({ caps: "sasl=PLAIN,SCRAM-SHA-256", answer }, sasl);
    expect(client.left(/^AUTHENTICATE PLAIN/u)).toEqual([]);
    client.send(`${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("SCRAM with a wrong password is config", async () => {
    const wrong = { caps: "sasl=SCRAM-SHA-256", answer: scramServer("barley") };
    expect(await outcome(wrong, sasl)).toMatchObject({ code: "config", message: /irc_sasl_password/u });
  });

  it.each([
    ["does not prove that it knows the password", scramServer("hunter2", { proof: false })],
    ["asks for few rounds", scramServer("hunter2", { rounds: 10 })],
    ["asks for endless rounds", scramServer("hunter2", { rounds: 2 ** 31 - 1 })],
  ])("a server that %s is not logged in to", async (_what, answer) => {
    const error = await outcome({ caps: "sasl=SCRAM-SHA-256", answer }, sasl);
    expect(error).toMatchObject({ code: "config", message: /not trusted/u });
  });

  it("only the mechanism that was asked for is used", async () => {
    const values = { ...sasl, irc_sasl_mechanism: "SCRAM-SHA-256" };
    expect(await outcome({ caps: "sasl=PLAIN" }, values)).toMatchObject({
      code: "not_connected",
      message: /irc_sasl_mechanism: the server offers PLAIN now, and not SCRAM-SHA-256/u,
    });
  });

  it("a server that knows no capabilities is as good", async () => {
    const answer: PeerOptions["answer"] = (line, client) => {
      if (line.startsWith("USER")) client.welcome();
      return line.startsWith("CAP");
    };
    const { bot, client } = await scene({ answer });
    client.send(`${FROM_ALICE} :micro: ping`);
    expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("464 is a wrong server password", async () => {
    const answer: PeerOptions["answer"] = (line, client) => {
      if (line.startsWith("USER")) client.send(":irc.peer 464 * :Password incorrect", "ERROR :Closing Link");
      return line.startsWith("USER");
    };
    expect(await outcome({ answer })).toMatchObject({ code: "config", message: /irc_password/u });
  });

  it("a ban is not_connected, in the server's words", async () => {
    const answer: PeerOptions["answer"] = (line, client) => {
      if (line.startsWith("USER")) client.socket.end("ERROR :Closing Link: K-lined\r\n");
      return line.startsWith("USER");
    };
    expect(await outcome({ answer })).toMatchObject({ code: "not_connected", message: /K-lined/u });
  });

  it("a server's password is not given away as an account's", async () => {
    const { client } = await scene({ caps: "sasl=PLAIN" }, { irc_password: "sesame" });
    expect(client.left(/AUTHENTICATE|CAP REQ/u)).toEqual([]);
    expect(client.left(/^PASS/u)).toEqual(["PASS sesame"]);
  });

  it("a nick's every variant taken is not_connected", async () => {
    const answer: PeerOptions["answer"] = (line, client) => {
      if (line.startsWith("NICK")) client.send(`:irc.peer 433 * ${line.slice(5)} :Nickname is in use`);
      return line.startsWith("NICK") || line === "CAP END";
    };
    expect(await outcome({ answer })).toMatchObject({ code: "not_connected", message: /irc_nick/u });
  });

  it("a CTCP VERSION is not answered", async () => {
    const { bot, client } = await scene();
    client.send(":alice!a@h PRIVMSG micro :\u0001VERSION\u0001", `${FROM_ALICE} :micro: ping`);
    await bot.recv();
    expect(client.left(/NOTICE/u)).toEqual([]);
  });

  it("bot mode is set where the network has one", async () => {
    const { client } = await scene({ isupport: "BOT=B CHANTYPES=#" });
    expect(await client.next(/^MODE/u)).toBe("MODE micro +B");
  });

  it("PONG does not wait for its turn", async () => {
    const { bot, client } = await scene({}, { irc_pace: 60_000 });
    bot.say("#ops", "1\n2\n3\n4\n5\n6\n7\n8").catch(() => {});
    client.send("PING :hello");
    expect(await client.next(/^PONG/u)).toMatch(/^PONG :?hello$/u);
  });
});
