import { inputs } from "@micro-bot/core";
import { fakePluginContext } from "@micro-bot/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServer, noMail, startMail } from "../../../test/servers/mail.ts";
import { email } from "../src/plugin.ts";
import { ALICE, Scene, trust, USERS } from "./support.ts";

const IMAP = { email_imap_server: "imap.example.com", email_password: "hunter2" };
const BASE = { email_address: "bot@example.com", email_smtp_server: "smtp.example.com" };

describe("flags", () => {
  const init =
    (values: Record<string, unknown>) =>
    (input = email()) =>
      input.init(fakePluginContext({ ...BASE, ...values } as never));

  it.each([
    [{ ...IMAP, email_address: "bot" }, /\[input-email\] email_address 'bot'/u],
    [{ ...IMAP, email_address: "Bot <bot@example.com>" }, /email_address/u],
    [{ ...IMAP, email_address: "bot@example.com\r\nBcc: x@y" }, /email_address/u],
    [{ email_password: "hunter2" }, /email_imap_server .*email_listen/u],
    [{ email_imap_server: "imap.example.com" }, /email_password .*MICRO_EMAIL_PASSWORD/u],
    [{ ...IMAP, email_imap_server: "imaps://x" }, /email_imap_server/u],
    [{ ...IMAP, email_imap_port: 0 }, /email_imap_port 0/u],
    [{ ...IMAP, email_imap_port: 1.5 }, /email_imap_port/u],
    [{ ...IMAP, email_smtp_server: "a b" }, /email_smtp_server 'a b'/u],
    [{ ...IMAP, email_smtp_port: 65536 }, /email_smtp_port/u],
    [{ ...IMAP, email_password: "hunter2\n" }, /email_password/u],
    [{ ...IMAP, email_user: "a\0b" }, /email_user/u],
    [{ ...IMAP, email_mailbox: "" }, /email_mailbox/u],
    [{ ...IMAP, email_listen: "25" }, /email_listen and email_imap_server/u],
    [{ ...IMAP, email_cert: "a.pem" }, /email_cert/u],
    [{ email_listen: "x" }, /email_listen 'x'/u],
    [{ email_listen: "127.0.0.1:0" }, /email_listen/u],
    [{ email_listen: "25", email_cert: "a.pem" }, /email_key is required/u],
    [{ email_listen: "25", email_key: "a.pem" }, /email_cert is required/u],
    [{ ...IMAP, email_trusted_relays: ["127.0.0.1"] }, /email_trusted_relays is for email_listen/u],
    [{ email_listen: "25", email_trusted_relays: ["127.0.0.1"] }, /email_authserv is required/u],
    [{ ...IMAP, email_size: 10 }, /email_size/u],
    [{ ...IMAP, email_replies: 0 }, /email_replies/u],
    [{ ...IMAP, email_timeout: 0 }, /email_timeout/u],
  ])("%j is refused by the flag's name, and without its secret", (values, words) => {
    expect(init(values)).toThrow(words);
    expect(init(values)).toThrow(expect.objectContaining({ code: "config" }));
    expect(init(values)).not.toThrow(/hunter2/u);
  });

  it.each(["localhost", "10.0.0.0/33", "10.0.0.0/8/8", "::1/129", "10.0.0.0/x", ""])(
    "a trusted relay %j is refused by the flag's name",
    (relay) => {
      const values = { email_listen: "25", email_authserv: "mx", email_trusted_relays: ["::1", relay] };
      expect(init(values)).toThrow(/email_trusted_relays '::1,.*' holds what is neither/u);
    },
  );

  it.each([
    IMAP,
    { email_listen: "25" },
    { email_listen: "[::1]:2525" },
    { email_listen: "mx.example.com:25" },
    { email_listen: "25", email_authserv: "mx", email_trusted_relays: ["127.0.0.1", "::1", "fd00::/8"] },
  ])("%j is enough", (values) => expect(init(values)).not.toThrow());

  it("a mailbox is read by one bot; of mail exchangers there may be many", () => {
    const [reader, exchanger] = [email(), email()];
    init(IMAP)(reader);
    init({ email_listen: "25" })(exchanger);
    expect(reader.single).toBe(true);
    expect(exchanger.single).toBe(false);
  });
});

it("importing the package registers the input", async () => {
  await import("../src/index.ts");
  expect(inputs.get("email")?.name).toBe("email");
});

describe.skipIf(noMail)("with a mailbox", () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMail({ users: USERS });
    trust(server);
  });
  afterAll(() => server?.stop());

  it("a mail becomes an event", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await scene.write("ping\n\nThanks!\n-- \nAlice", {
      from: `"Boss <boss@example.org>" <${ALICE.toUpperCase()}>`,
    });
    const event = await line.recv();
    expect(event).toMatchObject({
      type: "text",
      data: "ping",
      addressed: true,
      assurance: 0,
      from: {
        input: "email",
        room: ALICE,
        person: ALICE,
        thread: scene.nextId().slice(1, -1).replace("-2@", "-1@"),
      },
      to: { input: "email", room: ALICE, person: scene.bot },
      meta: { subject: "a talk", references: [] },
    });
  });

  it.each([
    { html: "<p>ping</p><blockquote>pong</blockquote>", text: undefined },
    { text: "", subject: "ping" },
    { text: "On 24.11.26 09:00, Bot wrote:\n> Whom?\n\nping\n", subject: "Re: pong" },
    {
      html: '<p>ping</p><img src="cid:a">',
      text: "",
      attachments: [{ cid: "a", content: "x", filename: "a.png" }],
    },
    { text: "ping", cc: "ops@example.test" },
    { to: "ops@example.test", cc: "BOT", text: "ping" },
  ])("a mail %j says ping to the bot", async (more) => {
    const scene = new Scene(server);
    const line = await scene.connect();
    const cc = more.cc === "BOT" ? { cc: `The Bot <${scene.bot}>` } : {};
    const { data, addressed } = await line.hear("", { ...more, ...cc } as never);
    expect({ data, addressed }).toEqual({ data: "ping", addressed: true });
  });

  it.each([
    ["nothing typed in an answer", { text: "> ping", subject: "Re: ping" }, /no words of yours/u],
    [
      "an answer by its headers alone",
      { text: "", subject: "ping", inReplyTo: "<a@b>" },
      /no words of yours/u,
    ],
    ["a line that was broken", { text: `${"remember ".repeat(8)}\nthis`, subject: "x" }, /may have broken/u],
    ["an encrypted body", { text: "-----BEGIN PGP MESSAGE-----\n\nx", subject: "ping" }, /encrypted/u],
  ])("a mail with %s runs nothing, answers no question, and its sender is told why", async (_, more, why) => {
    const scene = new Scene(server);
    const line = await scene.connect();
    const event = await line.hear("", { references: "<asked@example.test>", ...more });
    expect(event).toMatchObject({ addressed: false, from: { room: ALICE, thread: "no command" } });
    const notice = await next(scene, "I ran nothing");
    expect(notice.text).toMatch(why);
    expect(notice.inReplyTo).toBe(`<${event.names!.message}>`);
    expect(scene.logged()).toMatch(/not taken as a command/u);
  });

  it("a mail that is not said to the bot is not told why it is no command", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await line.hear("> ping", { subject: "Re: ping", to: "ops@example.test" });
    await line.hear("> ping", { subject: "Re: ping", headers: { "Auto-Submitted": "auto-replied" } });
    const asked = await line.hear("ping");
    await line.answer(asked, "pong");
    expect((await nextOf(scene)).text!.trim()).toBe("pong");
  });

  it("an answer belongs to its thread when it names nothing but the bot's mail, also after a restart", async () => {
    const scene = new Scene(server);
    const first = await scene.connect();
    const asked = await first.hear("ping", { messageId: "<first@example.test>" });
    await first.answer(asked, "Whom?");
    const question = await next(scene, "Whom?");
    await first.input.stop();
    const line = await scene.connect();
    const how = [
      { inReplyTo: question.messageId! },
      { references: ["<lost@example.test>", question.messageId!] },
      { references: question.messageId! },
    ];
    for (const more of how) {
      const event = await line.hear("Bob", { subject: "Re: a talk", ...more });
      expect(event.from.thread).toBe("first@example.test");
    }
    const later = await line.hear("Bob", { inReplyTo: "<other@example.test>" });
    expect(later.from.thread).toBe("other@example.test");
  });

  it("what was in the mailbox before the first start is not run, and nothing is lost or doubled after", async () => {
    const scene = new Scene(server);
    await scene.write("old");
    const first = await scene.connect();
    expect(await first.hear("one")).toMatchObject({ data: "one" });
    await first.input.stop();
    await scene.write("two");
    await scene.write("three");
    const second = await scene.connect();
    expect((await second.recv()).data).toBe("two");
    expect((await second.recv()).data).toBe("three");
    expect((await second.hear("four")).data).toBe("four");
  });

  it("a mail that was not safe comes again, with the same id, and those after it do not", async () => {
    const scene = new Scene(server);
    const first = await scene.connect();
    await scene.write("one");
    await scene.write("two");
    const lost = await first.conn.recv();
    await first.recv();
    await first.input.stop();
    const second = await scene.connect();
    expect(await second.recv()).toMatchObject({ id: lost.id, data: "one" });
    expect((await second.hear("three")).data).toBe("three");
  });

  it("a mail that comes twice is one event", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    const mail = { messageId: "<twice@example.test>", date: new Date(0) };
    const { id } = await line.hear("one", mail);
    await scene.write("one", mail);
    expect((await line.hear("two", mail)).id).not.toBe(id);
    expect((await line.hear("three")).data).toBe("three");
  });

  it("new numbers for all mails (UIDVALIDITY) run none of them again, and lose none", async () => {
    const own = await startMail({ users: USERS });
    try {
      trust(own);
      const scene = new Scene(own);
      await scene.write("before the bot");
      const first = await scene.connect();
      for (const text of ["one", "two"]) expect((await first.hear(text)).data).toBe(text);
      await first.input.stop();
      await scene.write("three");
      await own.kill();
      own.forget(scene.bot);
      await own.start();
      const second = await scene.connect();
      expect((await second.recv()).data).toBe("three");
      expect((await second.hear("four")).data).toBe("four");
      expect(scene.logged()).toMatch(/numbers the mailbox anew/u);
    } finally {
      await own.stop();
    }
  });

  it("a server that was gone for a while: recv says so, and the next connection goes on where it was", async () => {
    const own = await startMail({ users: USERS });
    try {
      trust(own);
      const scene = new Scene(own);
      const line = await scene.connect();
      await line.hear("one");
      const unsafe = scene.write("two").then(() => line.conn.recv());
      const { id } = await unsafe;
      await own.kill();
      await expect(line.conn.recv()).rejects.toMatchObject({ code: "not_connected" });
      await expect(line.input.stream()).rejects.toMatchObject({
        code: "not_connected",
        message: /ECONNREFUSED/u,
      });
      await own.start();
      await scene.write("three");
      const conn = await line.input.stream();
      const texts = [];
      for (let n = 0; n < 2; n++) {
        const event = await conn.recv();
        texts.push(event.data);
        if (n === 0) expect(event.id).toBe(id);
        await conn.ack!(event);
      }
      expect(texts).toEqual(["two", "three"]);
    } finally {
      await own.stop();
    }
  });

  it("an answer stands in its thread, and says that a machine wrote it", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    const event = await line.hear("ping", {
      subject: "Re: RE: Störung",
      messageId: "<third@example.test>",
      references: ["<first@example.test>", "<second@example.test>"],
    });
    expect(event.from.thread).toBe("first@example.test");
    await line.answer(event, "pong");
    const mail = await next(scene, "pong");
    expect(mail.from!.value).toEqual([{ name: "", address: scene.bot }]);
    expect(mail.subject).toBe("Re: Störung");
    expect(mail.inReplyTo).toBe("<third@example.test>");
    expect(mail.references).toEqual(["first", "second", "third"].map((id) => `<${id}@example.test>`));
    expect(mail.headers.get("auto-submitted")).toBe("auto-replied");
    expect(mail.text!.trim()).toBe("pong");
    expect(mail.html).toContain("pong");
  });

  it("what is said unasked reaches its address, with a subject, given or made of its first line", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await line.say("Ops@Example.TEST", { data: "deployed\nall is well", subject: "News" });
    expect(await server.delivered("ops@example.test")).toMatchObject({ subject: "News" });
    await line.say("ops@example.test", "\ndeployed\nall is well");
    const mail = await server.delivered("ops@example.test");
    expect(mail).toMatchObject({
      subject: "deployed",
      envelope: { from: scene.bot, to: ["ops@example.test"] },
    });
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
  });

  it.each(["", "ops", "ops@example.test\r\nBcc: eve@example.org", "a@b, c@d", "<a@b>", "OWN"])(
    "an address %j is invalid",
    async (room) => {
      const scene = new Scene(server);
      const line = await scene.connect();
      const to = room === "OWN" ? scene.bot : room;
      await expect(line.say(to, "hello")).rejects.toMatchObject({ code: "invalid" });
    },
  );

  it("an answer of the server decides: 4xx is limited, 5xx failed, 421 not connected", async () => {
    const own = await startMail({ users: USERS });
    try {
      trust(own);
      const line = await new Scene(own).connect();
      for (const [code, outcome] of [
        [451, { code: "limited", detail: { retryAfter: 60_000 } }],
        [452, { code: "limited" }],
        [421, { code: "not_connected" }],
        [554, { code: "failed", message: /no, not now/u }],
      ] as const) {
        own.refuse(code);
        await expect(line.say("ops@example.test", "hello")).rejects.toMatchObject(outcome);
      }
      await expect(line.say("nobody@example.test", "hello")).rejects.toMatchObject({ code: "failed" });
      await line.say("ops@example.test", "hello");
      expect(await own.delivered("ops@example.test")).toMatchObject({ subject: "hello" });
    } finally {
      await own.stop();
    }
  });

  it("an answer that is lost after the mail was sent is a timeout; sent again, the mail has the same id", async () => {
    const own = await startMail({ users: USERS });
    try {
      trust(own);
      const line = await new Scene(own, { email_timeout: "2s" }).connect();
      own.refuse("mute");
      const event = { id: "the same", data: "hello" };
      await expect(line.say("ops@example.test", event)).rejects.toMatchObject({ code: "timeout" });
      await line.say("ops@example.test", event);
      const [one, two] = [await own.delivered("ops@example.test"), await own.delivered("ops@example.test")];
      expect(one.messageId).toMatch(/^<micro\.[0-9a-f]{32}@example\.test>$/u);
      expect(two.messageId).toBe(one.messageId);
    } finally {
      await own.stop();
    }
  });

  it("without an SMTP server mail is read all the same, and what is said is not connected", async () => {
    const scene = new Scene(server, { email_smtp_port: 1 });
    const line = await scene.connect();
    const event = await line.hear("ping");
    await expect(line.answer(event, "pong")).rejects.toMatchObject({
      code: "not_connected",
      message: /:1 cannot be reached/u,
    });
    expect(scene.logged()).toMatch(/127\.0\.0\.1:1 cannot be reached/u);
  });

  it("a wrong password is config, of IMAP and of SMTP", async () => {
    const scene = new Scene(server);
    const wrong = await scene.input({ email_password: "guess" });
    await expect(wrong.stream()).rejects.toMatchObject({
      code: "config",
      message: /does not let .* in.*email_password/u,
    });
    const other = new Scene(server, { email_user: "bot1@example.test", email_password: "guess" });
    await expect((await other.input()).stream()).rejects.toMatchObject({
      code: "config",
      message: /'bot1@/u,
    });
  });

  it("a mailbox that is not there is config", async () => {
    const input = await new Scene(server, { email_mailbox: "Nowhere" }).input();
    await expect(input.stream()).rejects.toMatchObject({
      code: "config",
      message: /email_mailbox 'Nowhere'/u,
    });
  });

  it("a server that nobody answers at is not_connected", async () => {
    const input = await new Scene(server, { email_imap_port: 1 }).input();
    await expect(input.stream()).rejects.toMatchObject({
      code: "not_connected",
      message: /127\.0\.0\.1:1: .*ECONNREFUSED/u,
    });
  });

  it("an expired certificate is told in words", async () => {
    const own = await startMail({ users: USERS, expired: true });
    try {
      trust(own);
      const scene = new Scene(own);
      await expect((await scene.input()).stream()).rejects.toMatchObject({
        code: "not_connected",
        message: /certificate has expired/u,
      });
    } finally {
      await own.stop();
    }
  });

  async function nextOf(scene: Scene) {
    for (;;) {
      const mail = await server.delivered(ALICE);
      if (mail.from?.value[0]?.address === scene.bot) return mail;
    }
  }

  async function next(scene: Scene, text: string) {
    for (;;) {
      const mail = await nextOf(scene);
      if (mail.text?.includes(text)) return mail;
    }
  }
});
