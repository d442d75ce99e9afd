import type { Json } from "@micro-bot/core";
import { ellipsis, escapeCharacters, formatUtc, textTable } from "@micro-bot/kit";
import type { AuditRecord } from "./record.ts";

/** Letters of a cell, at most; of the last one more. */
const MAX_CELL = 32;
const MAX_WORDS = 160;
/** What would turn or hide the words around it, so that a line seems to say something else. */
const UNSEEN = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;
const TITLES = ["record", "UTC", "what", "who", "where", "run", ""];

/** Records as lines of columns, the newest last. */
export function table(records: readonly AuditRecord[]): string {
  const asked = new Set<string>();
  return textTable([TITLES, ...records.map((record) => cells(record, asked))]);
}

function cells(record: AuditRecord, asked: Set<string>): string[] {
  const { seq, at, kind, account = "", person, room = "" } = record;
  return [
    String(seq),
    formatUtc(at),
    kind === "asked" && again(record, asked) ? "asked again" : kind,
    cut(person === undefined ? account : `${person} (${account})`, MAX_CELL),
    cut(room, MAX_CELL),
    record.run ?? "",
    cut(words(record), MAX_WORDS),
  ];
}

/** A run that a crash cut passes again, with the same id. */
function again({ run }: AuditRecord, asked: Set<string>): boolean {
  if (run === undefined) return false;
  if (asked.has(run)) return true;
  asked.add(run);
  return false;
}

function words(record: AuditRecord): string {
  const { what, command, text, from, to, ms, rule, approval, code, message, upTo } = record;
  if (upTo) return `up to record ${upTo.seq}, by ${message}`;
  const parts = [
    from === undefined ? undefined : `${from} to ${to}:`,
    text ?? command ?? what,
    ms === undefined ? undefined : `in ${ms} ms`,
    rule === undefined ? undefined : `rule ${plain(rule)}`,
    approval === undefined ? undefined : `approval ${plain(approval)}`,
    code === undefined ? undefined : `${code}: ${message}`,
  ];
  return parts.filter((part) => part !== undefined).join(" ");
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cut(text: string, limit: number): string {
  return ellipsis(escapeCharacters(text.replace(/\s+/gu, " "), UNSEEN), limit);
}
