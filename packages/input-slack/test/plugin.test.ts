import { type BotError, codeOf, type Event, messageOf } from "@micro-bot/core";
import { fakePluginContext } from "@micro-bot/testkit";
import { describe, expect, test } from "vitest";
import { slack } from "../src/plugin.ts";
import { BOT, type Post, TEAM } from "./slack.ts";
import { connected, inputOn, reply, server } from "./support.ts";

const FROM_OPS: Event = {
  id: "1",
  type: "text",
  from: { input: "slack", room: "C0OPS", person: "U0ALICE" },
  to: { input: "slack", room: "C0OPS" },
  data: "",
  addressed: true,
  assurance: 2,
  time: Date.now(),
  meta: {},
};
const WAIT = { timeout: 60_000 };

describe("an envelope", () => {
  test("is acknowledged when the event is safe, and not before", async () => {
    const { server, conn } = await connected();
    server.say("hello");
    const event = await conn.recv();
    expect(server.acks).toEqual([]);
    await conn.ack!(event);
    await expect.poll(() => server.acks).toHaveLength(1);
    expect(server.violations).toEqual([]);
  });

  test("that is not acknowledged comes again, as the same event; then both are answered for", async () => {
    const { server, conn } = await connected({ ackWait: 200 });
    server.say("hello");
    const first = await conn.recv();
    const again = await conn.recv();
    expect(again.id).toBe(first.id);
    await conn.ack!(again);
    await expect.poll(() => server.unacked, WAIT).toBe(0);
    expect(server.violations).toEqual([]);
  });

  test("of a mention comes twice, and is one event", async () => {
    const { server, conn } = await connected();
    server.say(`<@${BOT}> one`);
    server.say(`<@${BOT}> two`);
    const events = [await conn.recv(), await conn.recv()];
    expect(events.map(({ data, addressed }) => [data, addressed])).toEqual([
      ["one", true],
      ["two", true],
    ]);
    for (const event of events) await conn.ack!(event);
    await expect.poll(() => server.acks, WAIT).toHaveLength(4);
  });

  test("of what is no event is acknowledged at once", async () => {
    const { server, conn } = await connected();
    server.say("changed", { subtype: "message_changed" });
    server.say("a bot's", { bot_id: "B1" });
    server.say("own", { user: BOT });
    server.event({ type: "reaction_added", user: "U0ALICE" });
    server.say("joined", { subtype: "channel_join" });
    server.say("real");
    expect((await conn.recv()).data).toBe("real");
    await expect.poll(() => server.acks).toHaveLength(5);
  });
});

describe("names", () => {
  test("of the speaker, the channel and the message come with what is said", async () => {
    const { server, conn } = await connected();
    const message = server.say("hello");
    expect((await conn.recv()).names).toEqual({ person: "alice", room: "#ops", message });
  });

  test("of files come with a message, with words and without", async () => {
    const { server, conn } = await connected();
    const files = [{ name: "graph.png" }, { title: "a snippet" }, {}, null, 7];
    server.say("look", { subtype: "file_share", files });
    const named = ["graph.png", "a snippet", "", "", ""];
    expect(await conn.recv()).toMatchObject({ data: "look", names: { files: named } });
    server.say("", { subtype: "file_share", files, channel: "D0ALICE" });
    expect(await conn.recv()).toMatchObject({ data: "", names: { files: named } });
    server.say("none", { files: { length: 3 } });
    expect((await conn.recv()).names?.files).toBeUndefined();
  });

  test("of people are those they show; a direct message has no channel's", async () => {
    const { server, conn } = await connected();
    const message = server.say("hello", { user: "U0BOB", channel: "D0BOB" });
    expect((await conn.recv()).names).toEqual({ person: "bob", message });
  });

  test("that Slack does not tell hold nothing up, and are not asked for again with each message", async () => {
    const { server, conn } = await connected();
    server.trouble("users.info", { error: "missing_scope" });
    server.trouble("conversations.info", "hang");
    const said = [server.say("one"), server.say("two"), server.say("three")];
    for (const message of said) expect((await conn.recv()).names).toEqual({ message });
    const asked = server.calls.filter((name) => /^(?:users|conversations)[.]info$/u.test(name));
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});

describe("sockets", () => {
  test("are two, and a hundred refreshes leave no gap", async () => {
    const { server, conn } = await connected();
    await expect.poll(() => server.sockets, WAIT).toBe(2);
    const heard: string[] = [];
    const hearing = (async () => {
      while (heard.length < 300) {
        const event = await conn.recv();
        heard.push(event.data);
        await conn.ack!(event);
      }
    })();
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < 3; j++) server.say(`m${3 * i + j}`);
      const before = server.calls.filter((name) => name === "apps.connections.open").length;
      server.refresh();
      await expect
        .poll(() => server.calls.filter((name) => name === "apps.connections.open").length, WAIT)
        .toBeGreaterThan(before);
      expect(server.sockets).toBeGreaterThan(0);
    }
    await hearing;
    expect(heard.sort()).toEqual(Array.from({ length: 300 }, (_, i) => `m${i}`).sort());
    expect(server.violations).toEqual([]);
  });

  test.each(["apps.connections.open", "auth.test"])(
    "that %s is told to wait for say for how long, and try no more",
    async (method) => {
      const { server, input } = await connected();
      await expect.poll(() => server.sockets, WAIT).toBe(2);
      server.trouble(method, { retryAfter: 3 }, { retryAfter: 4 });
      // A second try of its own would be told the second.
      for (const retryAfter of [3000, 4000])
        expect(await input.stream().catch((error) => error)).toMatchObject({
          code: "limited",
          detail: { retryAfter },
        });
      await input.stream();
    },
  );

  test("whose replacement is told to wait are tried no sooner", async () => {
    const { server, log } = await connected();
    await expect.poll(() => server.sockets, WAIT).toBe(2);
    server.trouble("apps.connections.open", { retryAfter: 30 });
    server.refresh();
    await expect
      .poll(() => log.lines.find(({ message }) => /could not be replaced/u.test(message))?.fields, WAIT)
      .toMatchObject({ retry_ms: 30_000 });
  });

  test("that are all lost end the connection, and the next one works", async () => {
    const { server, input, conn } = await connected();
    await expect.poll(() => server.sockets, WAIT).toBe(2);
    const end = conn.recv().catch((error) => error);
    server.drop();
    expect(codeOf(await end)).toBe("not_connected");
    const next = await input.stream();
    server.say("again");
    expect((await next.recv()).data).toBe("again");
  });

  test("that carry nothing more are found and replaced", async () => {
    const { server, input, conn } = await connected({ ackWait: 5000 });
    await expect.poll(() => server.sockets, WAIT).toBe(2);
    // When both are found at one time the connection is lost; when one is found first, it is replaced.
    const heard = conn.recv().catch(async (error) => {
      expect(codeOf(error)).toBe("not_connected");
      return (await input.stream()).recv();
    });
    server.freeze();
    server.say("again");
    expect((await heard).data).toBe("again");
  });

  test.each([
    "null",
    "[]",
    '"text"',
    "{",
    "{}",
    '{"type":"events_api","envelope_id":"x"}',
    '{"type":"app_rate_limited","envelope_id":"y"}',
    '{"type":"events_api","envelope_id":"z","payload":{"event":null}}',
    '{"type":{"toString":1},"envelope_id":"e1","payload":{}}',
    '{"type":["events_api"],"envelope_id":"e2","payload":{"event":{}}}',
    '{"type":"interactive","envelope_id":"w","payload":{"actions":7,"channel":"no"}}',
    `{"type":"events_api","payload":"${"x".repeat(1_000_000)}"}`,
  ])("survive the frame %.40s", async (frame) => {
    const { server, conn } = await connected();
    server.raw(frame);
    server.raw(Buffer.from(frame));
    server.say("still here");
    expect((await conn.recv()).data).toBe("still here");
  });
});

describe("a token that is refused later", () => {
  test("while a socket is replaced, ends the input with its flag's name, not the process", async () => {
    const { server, conn } = await connected();
    await expect.poll(() => server.sockets, WAIT).toBe(2);
    const end = conn.recv().catch((error) => error);
    server.trouble("apps.connections.open", { error: "invalid_auth" });
    server.refresh();
    const error = await end;
    expect(codeOf(error)).toBe("config");
    expect(messageOf(error)).toContain("slack_app_token");
  });

  test("while something is sent, ends the input; the message is not taken, and waits", async () => {
    const { server, conn } = await connected();
    const end = conn.recv().catch((error) => error);
    server.trouble("chat.postMessage", { error: "token_revoked" });
    const sent = conn.send({ ...reply(FROM_OPS, "x") });
    expect(codeOf(await sent.catch((error) => error))).toBe("not_connected");
    expect(codeOf(await end)).toBe("config");
  });
});

describe("what is said", () => {
  test("in a channel, directly and in a thread has its place; replies go there", async () => {
    const { server, conn } = await connected();
    const ts = server.say(`<@${BOT}>: ping`, { thread_ts: "1.000001" });
    const event = await conn.recv();
    expect(event).toMatchObject({
      from: { input: "slack", room: "C0OPS", person: "U0ALICE", thread: "1.000001" },
      data: "ping",
      assurance: 2,
      addressed: true,
    });
    expect(event.id).toContain(ts);
    await conn.send(reply(event, "pong <!channel> & <@U0BOB>"));
    expect(await server.heard()).toMatchObject({
      channel: "C0OPS",
      thread_ts: "1.000001",
      text: "<@U0ALICE> pong &lt;!channel&gt; &amp; &lt;@U0BOB&gt;",
    });
    server.say("status", { channel: "D0ALICE" });
    const direct = await conn.recv();
    expect(direct.addressed).toBe(true);
    await conn.send(reply(direct, "fine"));
    expect(await server.heard()).toMatchObject({ channel: "D0ALICE", text: "fine" });
  });

  test("is decoded: entities, people, channels, links, quotes; hostile names are harmless", async () => {
    const { server, conn } = await connected();
    server.say("a &lt;b&gt; &amp;amp; <@U0BOB> <#C0DEV|> <https://x.example/|x.example> “q” <!here> \u0007");
    expect((await conn.recv()).data).toBe('a <b> &amp; @bob #dev x.example "q" @here');
  });

  test("by somebody of another company is vouched for, not signed, and their id is none of ours", async () => {
    const { server, conn } = await connected();
    const elsewhere = "T99999999";
    for (const teams of [
      { user_team: elsewhere },
      { team: elsewhere },
      { source_team: elsewhere },
      { team: elsewhere, user_team: TEAM },
    ]) {
      server.say("hi", teams);
      const event = await conn.recv();
      expect(event, JSON.stringify(teams)).toMatchObject({
        from: { person: `${elsewhere}/U0ALICE` },
        assurance: 1,
      });
      await conn.send(reply(event, "hello"));
      expect((await server.heard()).text).toBe("<@U0ALICE> hello");
    }
  });

  test("from another workspace that has the app is of its person, whatever the message leaves out", async () => {
    const { server, conn } = await connected();
    const ts = server.newTs();
    const event = { type: "message", user: "U0ALICE", text: "hi", ts, channel: "C0OPS" };
    server.event(event, { team_id: "T99999999" });
    expect(await conn.recv()).toMatchObject({ from: { person: "T99999999/U0ALICE" }, assurance: 1 });
    server.event({ ...event, ts: server.newTs() });
    expect(await conn.recv()).toMatchObject({ from: { person: "U0ALICE" }, assurance: 2 });
  });

  test("by a button is said by who pressed it", async () => {
    const { server, conn } = await connected();
    server.say(`<@${BOT}> deploy`);
    const asked = await conn.recv();
    await conn.send(reply(asked, "sure?", { choices: ["yes", "no"] }));
    server.press(await server.heard(), "yes");
    const answer = await conn.recv();
    expect(answer).toMatchObject({
      data: "yes",
      addressed: true,
      from: { room: "C0OPS", person: "U0ALICE" },
      assurance: 2,
    });
    await conn.ack!(answer);
    expect(server.violations).toEqual([]);
  });
});

describe("a question's buttons", () => {
  async function asked(more: Partial<Event> = {}) {
    const all = await connected();
    all.server.say(`<@${BOT}> deploy`);
    const event = await all.conn.recv();
    await all.conn.ack!(event);
    const question = reply(event, "sure & certain?", { choices: ["yes", "no"], run: "r1", ...more });
    const { id } = await all.conn.send(question);
    return { ...all, event, id: id!, post: await all.server.heard() };
  }

  const shown = ({ posts }: { posts: readonly Post[] }) => JSON.stringify(posts[0]!.blocks);

  test("go when one was pressed, and who chose what stands there", async () => {
    const { server, conn, id, post } = await asked();
    expect(shown(server)).toContain('"type":"actions"');
    server.press(post, "no");
    const answer = await conn.recv();
    expect(answer).toMatchObject({ data: "no", chosen: id, from: { person: "U0ALICE" } });
    // Until it is safe, nothing is shown.
    expect(shown(server)).toContain('"type":"actions"');
    await conn.ack!(answer);
    await expect.poll(() => shown(server)).not.toContain('"type":"actions"');
    expect(shown(server)).toContain("<@U0ALICE> chose no");
    expect(shown(server)).toContain("sure &amp; certain?");
    expect(server.posts[0]!.text).toBe("<@U0ALICE> sure &amp; certain?\n<@U0ALICE> chose no");
    expect(server.violations).toEqual([]);
  });

  test("are nobody else's: who presses one is told so alone, and nothing is heard of it", async () => {
    const { server, conn, post } = await asked();
    server.press(post, "no", "U0BOB");
    await expect
      .poll(() => server.ephemerals)
      .toEqual([
        { channel: "C0OPS", user: "U0BOB", text: "<@U0ALICE> was asked that, and only they can answer it" },
      ]);
    await expect.poll(() => server.unacked).toBe(0);
    server.say("after");
    expect((await conn.recv()).data).toBe("after");
    expect(shown(server)).toContain('"type":"actions"');
    expect(server.posts).toHaveLength(1);
  });

  test("are anybody's when nobody in particular was asked", async () => {
    const { server, conn, event } = await asked();
    await conn.send({ ...reply(event, "who?", { choices: ["me"] }), to: { input: "slack", room: "C0OPS" } });
    const post = await server.heard();
    for (const user of ["U0BOB", "U0ALICE"]) {
      server.press(post, "me", user);
      const pressed = await conn.recv();
      expect(pressed).toMatchObject({ data: "me", from: { person: user } });
      await conn.ack!(pressed);
    }
    await conn.send({ ...reply(event, "asked there", { run: "r1" }), to: { input: "slack", room: "D0BOB" } });
    expect(server.calls).not.toContain("chat.update");
    expect(server.ephemerals).toEqual([]);
  });

  test("go when the answer was typed, as soon as the command goes on", async () => {
    const { server, conn, event } = await asked();
    server.say("YES");
    await conn.recv();
    await conn.send(reply(event, "done", { run: "r1" }));
    await expect.poll(() => shown(server)).toContain("<@U0ALICE> chose YES");
    expect(shown(server)).not.toContain('"type":"actions"');
  });

  test("go without a word when there was no answer, and stay while others talk", async () => {
    const { server, conn, event } = await asked();
    await conn.send(reply(event, "something else", { run: "r2" }));
    server.say("yes", { user: "U0BOB" });
    await conn.recv();
    expect(shown(server)).toContain('"type":"actions"');
    await conn.send(reply(event, "no answer within 10 minutes", { run: "r1" }));
    await expect.poll(() => shown(server)).not.toContain('"type":"actions"');
    expect(shown(server)).not.toContain("chose");
  });

  test("that no message remembers hold nothing up", async () => {
    const { server, conn } = await connected();
    server.envelope("interactive", {
      user: { id: "U0ALICE", team_id: TEAM },
      channel: { id: "C0OPS" },
      message: { ts: "1.000001", blocks: [null, 7, { type: { toString: 1 } }] },
      actions: [{ block_id: "micro_choices:U0ALICE", value: "yes", action_ts: "2.000001" }],
    });
    const answer = await conn.recv();
    await conn.ack!(answer);
    await expect.poll(() => server.unacked).toBe(0);
  });
});

describe("a message of the bot", () => {
  async function asked() {
    const all = await connected();
    all.server.say(`<@${BOT}> go`);
    return { ...all, event: await all.conn.recv() };
  }

  test("may replace an earlier one", async () => {
    const { server, conn, event } = await asked();
    const { id } = await conn.send(reply(event, "1 of 2"));
    await conn.send(reply(event, "2 of 2", { edit: id! }));
    expect(server.posts.map(({ text }) => text)).toEqual(["<@U0ALICE> 2 of 2"]);
  });

  test("whose earlier one is gone is said anew", async () => {
    const { server, conn, event } = await asked();
    await conn.send(reply(event, "done", { edit: "1.000001" }));
    expect(server.posts.map(({ text }) => text)).toEqual(["<@U0ALICE> done"]);
  });

  test("that is long comes in parts, one that is very long as a file, code in a fence", async () => {
    const { server, conn, event } = await asked();
    await conn.send(reply(event, "word ".repeat(1000)));
    expect(server.posts.length).toBe(2);
    await conn.send(reply(event, "line\n".repeat(10_000)));
    expect(server.posts.at(-1)!.file).toMatchObject({
      name: expect.stringMatching(/\.txt$/),
      data: "line\n".repeat(10_000),
    });
    await conn.send(reply(event, "a ``` b", { format: "code" }));
    expect(server.posts.at(-1)!.text).toMatch(/^<@U0ALICE> \s*```[\s\S]*```$/);
    await conn.send(reply(event, "see", { files: [{ name: "a.txt", data: "inside" }] }));
    expect(server.posts.at(-1)!.file).toEqual({ name: "a.txt", data: "inside" });
    expect(server.violations).toEqual([]);
  });

  test("goes to a channel or person by name", async () => {
    const { server, conn, event } = await asked();
    const to = (room: string): Event => ({ ...reply(event, "hi"), to: { input: "slack", room } });
    await conn.send(to("#other"));
    await conn.send(to("@Bob"));
    expect(server.posts.map(({ channel }) => channel)).toEqual(["C0OTHER", "D0BOB"]);
    for (const room of ["#nowhere", "@nobody", "nonsense"])
      expect(["not_found", "invalid"]).toContain(codeOf(await conn.send(to(room)).catch((error) => error)));
  });

  test("that Slack limits is limited for as long as it says, and only there", async () => {
    const { server, conn, event } = await asked();
    server.trouble("chat.postMessage", { retryAfter: 7, channel: "C0OPS" });
    const error = await conn.send(reply(event, "x")).catch((error) => error);
    expect(codeOf(error)).toBe("limited");
    expect((error as BotError).detail.retryAfter).toBe(7000);
    await conn.send({ ...reply(event, "y"), to: { input: "slack", room: "C0DEV" } });
  });

  test("whose answer was lost is found, and not said twice", async () => {
    const { server, conn, event } = await asked();
    server.trouble("chat.postMessage", "lose", "cut");
    const lost = reply(event, "once");
    expect(codeOf(await conn.send(lost).catch((error) => error))).toBe("timeout");
    expect(await conn.find!(lost)).toEqual({ id: server.posts[0]!.ts });
    const never = reply(event, "never taken");
    expect(codeOf(await conn.send(never).catch((error) => error))).toBe("timeout");
    expect(await conn.find!(never)).toBeUndefined();
    await conn.send(never);
    expect(server.posts.map(({ text }) => text)).toEqual(["<@U0ALICE> once", "<@U0ALICE> never taken"]);
  });

  test("is found in a busy channel, and so is a long reply that went as a file", async () => {
    const { server, conn, event } = await asked();
    server.trouble("chat.postMessage", "lose");
    const lost = reply(event, "once");
    expect(codeOf(await conn.send(lost).catch((error) => error))).toBe("timeout");
    const long = reply(event, "line\n".repeat(10_000));
    server.trouble("files.completeUploadExternal", "lose");
    expect(codeOf(await conn.send(long).catch((error) => error))).toBe("timeout");
    for (let i = 0; i < 25; i++) await conn.send(reply(event, `noise ${i}`));
    expect(await conn.find!(lost)).toEqual({ id: server.posts[0]!.ts });
    expect(await conn.find!(long)).toEqual({ id: server.posts[1]!.ts });
    expect(server.violations).toEqual([]);
  });

  test("in parts is gone on with by the next connection, not begun again", async () => {
    const { server, conn, event, input } = await asked();
    const long = reply(event, "word ".repeat(1000));
    server.trouble("chat.postMessage", { error: "service_unavailable", after: 1 });
    expect(codeOf(await conn.send(long).catch((error) => error))).toBe("not_connected");
    const next = await input.stream();
    await next.send(long);
    expect(server.posts).toHaveLength(2);
  });

  test("in parts is gone on with, not begun again", async () => {
    const { server, conn, event } = await asked();
    const long = reply(event, "word ".repeat(1000));
    await conn.send({ ...reply(event, "first"), to: event.from });
    server.trouble("chat.postMessage", { error: "service_unavailable" });
    expect(codeOf(await conn.send(long).catch((error) => error))).toBe("not_connected");
    await conn.send(long);
    expect(server.posts).toHaveLength(3);
  });

  test.each([
    ["channel_not_found", "not_found"],
    ["not_in_channel", "denied"],
    ["is_archived", "denied"],
    ["msg_too_long", "invalid"],
    ["something_new", "failed"],
    ["internal_error", "timeout"],
  ])("that Slack refuses with %s is %s", async (error, code) => {
    const { server, conn, event } = await asked();
    server.trouble("chat.postMessage", { error });
    expect(codeOf(await conn.send(reply(event, "x")).catch((error) => error))).toBe(code);
  });
});

describe("a setting", () => {
  const tokens = { slack_token: "xoxb-1", slack_app_token: "xapp-1" };

  test.each([
    [{ ...tokens, slack_app_token: undefined }, "slack_app_token is required"],
    [{ ...tokens, slack_port: 8080 }, "give one of the two"],
    [{ slack_token: "xoxb-1", slack_port: 8080 }, "slack_signing_secret is required with slack_port"],
    [
      { slack_token: "xoxb-1", slack_signing_secret: "s" },
      "slack_port is required with slack_signing_secret",
    ],
    [{ slack_token: "xoxb-1", slack_signing_secret: "s", slack_port: 0 }, "slack_port 0 is not a port"],
    [{ ...tokens, slack_host: "http://0.0.0.0" }, "slack_host 'http://0.0.0.0' is not an address"],
    [{ ...tokens, slack_token: "xoxb 1" }, "slack_token has a space"],
    [{ ...tokens, slack_token: "xapp-1" }, "slack_token is an app-level token"],
    [{ ...tokens, slack_app_token: "xoxb-1" }, "slack_app_token is a bot token"],
    [{ ...tokens, slack_api_url: "slack.com" }, "slack_api_url 'slack.com' is not a URL"],
  ])("%j: %s", (values, why) => {
    expect(() => slack().init(fakePluginContext(values))).toThrow(why);
  });

  test.each(["slack_token", "slack_app_token"])(
    "that is a wrong %s is config, and names it, not its value",
    async (flag) => {
      const one = await server();
      const { input, log } = inputOn(one, {
        [flag]: `${flag === "slack_token" ? "xoxb" : "xapp"}-wrong-secret`,
      });
      await input.start();
      const error = await input.stream().catch((error) => error);
      expect(codeOf(error)).toBe("config");
      expect(messageOf(error)).toContain(`${flag}: Slack refused it`);
      expect(JSON.stringify([messageOf(error), log.lines])).not.toContain("wrong-secret");
    },
  );

  test("that Slack is not there at all is not_connected", async () => {
    const one = await server();
    const { input } = inputOn(one, { slack_api_url: "http://127.0.0.1:1/api/" });
    await input.start();
    expect(codeOf(await input.stream().catch((error) => error))).toBe("not_connected");
  });
});
