import * as library from "mailparser";
import MailComposer from "nodemailer/lib/mail-composer/index.js";
import { describe, expect, it } from "vitest";
import { readMail } from "../src/mail.ts";
import { hearMail } from "../src/read.ts";

const READING = { address: "bot@example.com", time: 0, thread: undefined };

async function eventOf(raw: Buffer | string) {
  return hearMail(await readMail(Buffer.from(raw), library), READING)?.event;
}

async function heard(mail: object) {
  const envelope = { from: "alice@example.com", to: "bot@example.com", messageId: "<1@example.com>" };
  return eventOf(await new MailComposer({ ...envelope, ...mail }).compile().build());
}

describe("files of a mail", () => {
  it("are named beside its words and without, whatever they are called", async () => {
    const attachments = ["graph.png", "größe 日本.txt", `${"long ".repeat(60)}.txt`].map((filename) => ({
      filename,
      content: "x",
    }));
    const event = await heard({ subject: "look", text: "ping", attachments });
    expect(event).toMatchObject({
      data: "ping",
      names: {
        message: "1@example.com",
        files: ["graph.png", "größe 日本.txt", expect.stringMatching(/^long /u)],
      },
    });
    expect(event!.names!.files![2]).toHaveLength(200);
    expect((await heard({ subject: "look", attachments }))?.names?.files).toHaveLength(3);
  });

  it("are not the pictures in its text, nor its text", async () => {
    const logo = {
      filename: "logo.png",
      content: "x",
      cid: "logo@example.com",
      contentDisposition: "inline",
    };
    const html = 'ping <img src="cid:logo@example.com">';
    expect((await heard({ html, text: "ping", attachments: [logo] }))?.names).toEqual({
      message: "1@example.com",
    });
  });

  it("without a name are still there, and twenty are enough", async () => {
    const part = "--b\nContent-Type: application/x\nContent-Disposition: attachment\n\nx\n";
    const head = "From: alice@example.com\nTo: bot@example.com\nMIME-Version: 1.0\n";
    const raw = `${head}Content-Type: multipart/mixed; boundary=b\n\n${part.repeat(30)}--b--\n`;
    expect((await eventOf(raw))?.names?.files).toEqual(Array(20).fill(""));
  });
});
