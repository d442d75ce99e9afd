import { appendFileSync } from "node:fs";
import { type Event, type Reply, replyTo } from "@micro-bot/core";
import { expect } from "vitest";
import type { InputBench, Line } from "./input-bench.ts";
import type { Rules } from "./rules.ts";
import { token } from "./waiting.ts";

/** What an input was seen to do. */
export interface InputReport {
  readonly name: string;
  /** Of a message said as `say` says it. */
  readonly assurance: number;
  /** A message says in which thread it is, and the reply goes there. */
  readonly threads: boolean;
  /** A message may be replaced: progress in one place. */
  readonly edit: boolean;
  readonly choices: "buttons" | "words";
  readonly files: "sent" | "named";
  /** Messages that a text of 5,000 letters takes. */
  readonly long: number;
  /** The network delivers again what was not acknowledged. */
  readonly redelivers: boolean;
  /** A message whose answer was lost is looked for before it is sent again. */
  readonly finds: boolean;
  /** One bot of several holds the connection. */
  readonly single: boolean;
}

/** The file that reports are added to, a line each: for the table in the docs. */
const REPORT = process.env.MICRO_INPUT_REPORT;

export const reportRules: Rules<InputBench> = {
  async "choices and files reach people, and what it can do is reported"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const { id } = await said(line, event, token());
    const choices = await heardOf(line, event, { choices: ["alpha", "omega"] });
    const files = await heardOf(line, event, { files: [{ name: "note.txt", data: "inside" }] });
    const named = files.includes("note.txt");
    expect(named || files.includes("inside"), `people hear of the file: ${files}`).toBe(true);
    report({
      name: bench.options.name,
      assurance: event.assurance,
      threads: event.from.thread !== undefined,
      edit: id !== undefined,
      choices: choices.includes("alpha") && choices.includes("omega") ? "words" : "buttons",
      files: named ? "named" : "sent",
      long: await messagesOf(line, event),
      redelivers: line.conn.ack !== undefined,
      finds: line.conn.find !== undefined,
      single: line.input.single === true,
    });
  },
};

function report(one: InputReport): void {
  if (REPORT) appendFileSync(REPORT, `${JSON.stringify(one)}\n`);
}

async function said(line: Line, event: Event, data: string, more: Exclude<Reply, string> | object = {}) {
  const out = { ...replyTo(event, data, token(), Date.now()), ...more };
  return line.bench.wait(line.conn.send(out), "send");
}

/** All that people hear of a reply, up to the next one. */
async function heardOf(line: Line, event: Event, more: object): Promise<string> {
  const [first, last] = [token(), token()];
  await said(line, event, first, more);
  await said(line, event, last);
  return line.bench.hearUntil(first, new RegExp(last, "u"));
}

async function messagesOf(line: Line, event: Event): Promise<number> {
  const [first, last] = [token(), token()];
  await said(line, event, `${first} ${"word ".repeat(1000)}${last}`);
  const text = await line.bench.hearUntil(first, new RegExp(last, "u"));
  // What was heard is joined by line breaks, one for each message more; the text itself has none.
  return text.split("\n").length;
}
