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
