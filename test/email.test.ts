import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BotProcess, startBot } from "./bot.ts";
import { type Delivered, type MailServer, noMail, startMail } from "./servers/mail.ts";

const BOT = "bot@example.test";
const PASSWORD = "the bot's own";
const [ALICE, MALLORY] = ["alice@example.test", "mallory@example.test"];
const REGISTER = 'register service {"name": "by.mail", "nodes": [{"id": "1", "address": "127.0.0.1:9"}]}';

// The assembled bot's own list, and a command that asks.
const dir = mkdtempSync(join(tmpdir(), "bot-email-"));
afterAll(() => rmSync(dir, { recursive: true }));
writeFileSync(
  join(dir, "link.js"),
  `import ${JSON.stringify(import.meta.resolve("@micro-bot/bot/plugins"))};
  import { commands, newCommand } from ${JSON.stringify(import.meta.resolve("@micro-bot/core"))};
  const greet = newCommand("greet", "greet", "", async (_args, ctx) => "Hello " + (await ctx.ask("Whom?")));
  commands.set("^greet$", greet);`,
);

describe.skipIf(noMail)("the bot by e-mail", () => {
  let server: MailServer;
  let bot: BotProcess;

  beforeAll(async () => {
    server = await startMail({ users: { [BOT]: PASSWORD, [ALICE]: "alice's", [MALLORY]: "mallory's" } });
    bot = startBot(
      [
        "bot",
        `--link=${join(dir, "link.js")}`,
        "--inputs=email",
        "--registry=memory",
        `--email_address=${BOT}`,
        "--email_imap_server=127.0.0.1",
        `--email_imap_port=${server.imapPort}`,
        "--email_smtp_server=127.0.0.1",
        `--email_smtp_port=${server.smtpPort}`,
        "--email_authserv=mx.example.test",
        `--operators=email:${ALICE}`,
      ],
      { env: { MICRO_EMAIL_PASSWORD: PASSWORD, NODE_EXTRA_CA_CERTS: server.caFile } },
    );
    await bot.logged(/email is connected/);
  });

  afterAll(async () => {
    await bot?.stop();
    await server?.stop();
  });

  /** What the bot answers to a mail. */
  async function ask(from: string, text: string, vouched?: string): Promise<Delivered> {
    const results = `mx.example.test; dmarc=${vouched ? "pass" : "none"} header.from=${vouched ?? "example.test"}`;
    await server.deliver(BOT, {
      from,
      to: BOT,
      subject: "Hello bot",
      text,
      headers: { "Authentication-Results": results },
    });
    return server.delivered(from);
  }

  test("answers, in the thread", async () => {
    const answer = await ask(ALICE, "ping\n\nOn Monday, the bot wrote:\n> pong");
    expect(answer).toMatchObject({ subject: "Re: Hello bot", inReplyTo: expect.stringMatching(/^<.+>$/u) });
    expect(answer.text!.trim()).toBe("pong");
  });

  test("says what it does not know", async () => {
    expect((await ask(ALICE, "hlep")).text).toMatch(/did you mean 'help/u);
  });

  test("lets its operator do more, when the mail server vouches for who wrote", async () => {
    expect((await ask(ALICE, REGISTER, "example.test")).text!.trim()).toBe("ok");
    expect((await ask(ALICE, "list services")).text).toContain("by.mail");
  });

  test("and nobody else, whatever From says", async () => {
    expect((await ask(ALICE, REGISTER)).text).toContain("nobody vouches that you are alice@example.test");
    expect((await ask(MALLORY, REGISTER, "example.test")).text).toContain("mallory@example.test");
  });

  test("asks, and takes a person's word for an answer, not their holiday's", async () => {
    const question = await ask(ALICE, "greet");
    expect(question.text!.trim()).toBe("Whom?");
    const thread = { from: ALICE, to: BOT, inReplyTo: question.messageId!, references: question.references! };
    const headers = {
      "Authentication-Results": "mx.example.test; dmarc=none",
      "Auto-Submitted": "auto-replied",
    };
    await server.deliver(BOT, { ...thread, subject: "Away", text: "I am on holiday", headers });
    await server.deliver(BOT, {
      ...thread,
      subject: "Re: Hello bot",
      text: "Bob\n\nOn Monday, the bot wrote:\n> Whom?",
    });
    expect((await server.delivered(ALICE)).text!.trim()).toBe("Hello Bob");
  });

  test("takes no old subject for an answer, and words below the quote for one, wherever they stand", async () => {
    const question = await ask(ALICE, "greet");
    const answer = {
      from: ALICE,
      to: BOT,
      subject: "Re: Hello bot",
      inReplyTo: question.messageId!,
      headers: { "Authentication-Results": "mx.example.test; dmarc=none" },
    };
    await server.deliver(BOT, {
      ...answer,
      text: "On Monday, the bot wrote:\n> Whom?\n\nSent from my iPhone",
    });
    expect((await server.delivered(ALICE)).text).toMatch(/ran nothing.*no words of yours/su);
    await server.deliver(BOT, {
      ...answer,
      text: "",
      html: '<div class="gmail_attr">Bot:</div><blockquote class="gmail_quote">Whom?</blockquote><p>Bob</p><img src="cid:a">',
      attachments: [{ cid: "a", filename: "a.png", content: "x" }],
    });
    expect((await server.delivered(ALICE)).text!.trim()).toBe("Hello Bob");
  });

  test("its password is in no log", () => {
    expect(bot.log()).not.toContain(PASSWORD);
  });
});
