import type { Event } from "@micro-bot/core";
import fc from "fast-check";
import { simpleParser } from "mailparser";
import { createTransport } from "nodemailer";
import { describe, expect, it } from "vitest";
import { compose } from "../src/compose.ts";
import { toHtml } from "../src/html.ts";

const BOT = "bot@example.test";
const transport = createTransport({ streamTransport: true, buffer: true });

function said(content: Partial<Event>): Event {
  return {
    id: "1",
    type: "text",
    from: { input: "email", room: "alice@example.test" },
    to: { input: "email", room: "alice@example.test" },
    data: "hello",
    addressed: false,
    assurance: 2,
    time: Date.now(),
    meta: {},
    ...content,
  };
}

async function mailOf(content: Partial<Event>) {
  const { message, envelope } = await transport.sendMail(compose(said(content), BOT));
  return { ...(await simpleParser(message as Buffer)), envelope, raw: message!.toString() };
}

describe("a mail of the bot", () => {
  it("keeps the columns of code, in both its parts", async () => {
    const mail = await mailOf({ data: "a  b\n<c>&", format: "code" });
    expect(mail.text).toMatch(/^a {2}b\n<c>&/u);
    expect(mail.html).toMatch(/<pre[^>]*>a {2}b\n&lt;c&gt;&amp;<\/pre>/u);
  });

  it("has the tables of markdown as tables of HTML, and in columns in its text", async () => {
    const data = "**Nodes**\n\n| node | errors |\n| --- | --: |\n| a\\|b <i> | 12 |\n| c | 1 |\n\nbye | now";
    const mail = await mailOf({ data, format: "markdown" });
    expect(mail.text!.trimEnd()).toBe(
      "**Nodes**\n\nnode     errors\n-------  ------\na|b <i>      12\nc             1\n\nbye | now",
    );
    expect(String(mail.html).replaceAll(/ style="[^"]*"/gu, "")).toContain(
      "<table><thead><tr><th>node</th><th>errors</th></tr></thead>" +
        "<tbody><tr><td>a|b &lt;i&gt;</td><td>12</td></tr><tr><td>c</td><td>1</td></tr></tbody></table>\n" +
        "<p>bye | now</p>",
    );
    expect(mail.html).toContain("text-align: right");
  });

  it("carries files, by harmless names", async () => {
    const { attachments } = await mailOf({
      files: [
        { name: "notes", data: "ñ" },
        {
          name: "../../b\r\nX: y.bin",
          type: "image/png",
          data: Buffer.from([0, 255]).toString("base64"),
          encoding: "base64",
        },
        { name: "", type: "text/html\r\nX: y", data: "<b>" },
      ],
    });
    expect(
      attachments.map(({ filename, contentType, content }) => [
        filename,
        contentType,
        content.toString("hex"),
      ]),
    ).toEqual([
      ["notes", "application/octet-stream", "c3b1"],
      [".._.._b X: y.bin", "image/png", "00ff"],
      ["file", "application/octet-stream", "3c623e"],
    ]);
  });

  it("neither reads files nor fetches addresses", async () => {
    const { attachments } = await mailOf({ files: [{ name: "/etc/passwd", data: "/etc/passwd" }] });
    expect(attachments[0]!.content.toString()).toBe("/etc/passwd");
  });

  it("offers choices in words", async () => {
    const mail = await mailOf({ data: "Sure?", choices: ["yes", "no"] });
    expect(mail.text).toMatch(/^Sure\?\n\nAnswer with one of: yes, no/u);
    expect(mail.html).toContain("Answer with one of: yes, no");
  });

  it("with nothing to say is invalid", () => {
    for (const data of ["", " \n", "\u0000\u001b"])
      expect(() => compose(said({ data }), BOT)).toThrow(expect.objectContaining({ code: "invalid" }));
  });

  it("has the headers it should have, and no others, whatever stands in subject, names and ids", async () => {
    const plain = Object.keys(Object.fromEntries((await mailOf(reply("x", "x"))).headers)).sort();
    const nasty = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "a\r\nBcc: eve@example.org",
        "a\nX: y\n\nbody",
        "=?utf-8?q?=0D=0ABcc:_eve=40x?=",
        "\u2028Bcc: x",
        "a\0b",
      ),
    );
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (subject, id) => {
        const mail = await mailOf(reply(subject, id));
        const names = [...mail.headers.keys()].filter((name) => name !== "in-reply-to").sort();
        expect(names).toEqual(plain.filter((name) => name !== "in-reply-to"));
        expect(mail.envelope).toEqual({ from: BOT, to: ["alice@example.test"] });
        expect(mail.text!.trimEnd()).toBe("hello");
        expect(mail.subject).not.toMatch(/[\r\n\0]/u);
      }),
      { numRuns: 200 },
    );
  });

  it("goes to one plain address, or nowhere", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (room) => {
        try {
          const { envelope } = compose(said({ to: { input: "email", room } }), BOT);
          expect(envelope).toEqual({
            from: BOT,
            to: [expect.stringMatching(/^[\u0021-\u007e]+@[a-z0-9.-]+$/u)],
          });
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid" });
        }
      }),
    );
  });

  function reply(subject: string, id: string): Partial<Event> {
    return {
      subject,
      meta: { subject, messageId: id, references: ["first@example.test", id] },
      data: "hello",
    };
  }
});

describe("HTML", () => {
  it.each([
    ["**bold** and *it* and `a*b*c`", "<p><strong>bold</strong> and <em>it</em> and <code>a*b*c</code></p>"],
    ["snake_case_name 2*3*4", "<p>snake_case_name 2*3*4</p>"],
    ["# Title\ntext\nmore", "<h1>Title</h1>\n<p>text<br>more</p>"],
    ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
    ["```\na <b>\n```", '<pre style="font-family: monospace">a &lt;b&gt;</pre>'],
    ["[site](https://example.com/?a=1&b=2)", '<p><a href="https://example.com/?a=1&amp;b=2">site</a></p>'],
    ["[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"],
    ['[x](https://e.x/"onclick=y)', "<p>[x](https://e.x/&quot;onclick=y)</p>"],
    ["<img src=x>", "<p>&lt;img src=x&gt;</p>"],
  ])("of the markdown %j is %j", (text, html) => expect(toHtml(text, "markdown")).toBe(html));

  const TAGS =
    /<(?!\/?(?:div|pre|p|br|h[1-6]|ul|li|strong|em|code|table|thead|tbody|tr|th|td)>|table style="border-collapse: collapse">|t[hd] style="border: 1px solid #cbd5e1; padding: 4px 8px; text-align: (?:left|right|center)">|div style="white-space: pre-wrap">|pre style="font-family: monospace">|a href="(?:https?:\/\/|mailto:)[^"<>\s]*">|\/a>)/u;

  it("holds no tag but ours, whatever the text", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          "<script>",
          "`",
          "**",
          "*",
          "_",
          "```\n",
          "[a](https://x",
          ")",
          "](",
          '"',
          "'",
          "\n",
          "# ",
          "- ",
          "&lt;",
          "| a |\n|:-:|\n",
          "|",
          "\\|",
        ),
      ),
    );
    fc.assert(
      fc.property(pieces, fc.constantFrom("plain", "code", "markdown"), (parts, format) => {
        expect(toHtml(parts.join(""), format)).not.toMatch(TAGS);
      }),
    );
  });
});
