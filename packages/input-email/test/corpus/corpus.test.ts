import fc from "fast-check";
import * as library from "mailparser";
import { describe, expect, it } from "vitest";
import { readMail } from "../../src/mail.ts";
import { hearMail } from "../../src/read.ts";
import { LINES, WORDS } from "./broken.ts";
import { BOT } from "./build.ts";
import { type Expected, PARTS } from "./parts.ts";
import { ADDED, AUTOMATIC, REPLIES } from "./replies.ts";

/** What the bot makes of a mail. */
async function heard(raw: string): Promise<unknown> {
  const mail = await readMail(Buffer.from(raw), library);
  const { event, refused } = hearMail(mail, { address: BOT, time: 0, thread: mail.id })!;
  if (event.meta.automatic !== undefined) return "AUTOMATIC";
  return refused === undefined ? event.data : { refused };
}

function expected(says: Expected): unknown {
  return typeof says === "string" ? says : { refused: expect.stringMatching(says.refused) };
}

describe.each([
  ["text in parts", PARTS],
  ["words in HTML", WORDS],
  ["lines that a program broke", LINES],
  ["an answer", REPLIES],
  ["what programs add", ADDED],
  ["what no person wrote", AUTOMATIC],
])("a mail with %s", (_, cases) => {
  it.each(cases)("%s", async (_name, raw, says) => expect(await heard(raw)).toEqual(expected(says)));
});

describe("a mail with bytes that are others", () => {
  const all = [...PARTS, ...WORDS, ...LINES, ...REPLIES, ...ADDED, ...AUTOMATIC].map(([, raw]) => raw);
  const change = fc.record({
    at: fc.nat(3000),
    size: fc.nat(40),
    text: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...all.slice(0, 60))),
  });

  it("says one line, or why not, and nothing throws but what the parser refuses in words", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        async (raw, changes) => {
          const text = changes.reduce(
            (mail, { at, size, text }) => `${mail.slice(0, at)}${text}${mail.slice(at + size)}`,
            raw.slice(0, 20_000),
          );
          const mail = await readMail(Buffer.from(text, "latin1"), library).catch((error: Error) => error);
          if (mail instanceof Error) return expect(mail.message).not.toBe("");
          const { event, refused = "why" } = hearMail(mail, { address: BOT, time: 0, thread: mail.id }) ?? {};
          expect(event?.data ?? "").not.toMatch(/[\r\n\u0000]/u);
          expect(refused).not.toMatch(/[\r\n\u0000]/u);
        },
      ),
      { numRuns: Number(process.env.MAILS ?? 300) },
    );
  });
});
