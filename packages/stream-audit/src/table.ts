import type { Json } from "@micro-bot/core";
import type { AuditRecord } from "./record.ts";

/** Letters of a cell, at most; of the last one more. */
const CELL = 32;
const WORDS = 160;
/** What would turn or hide the words around it, so that a line seems to say something else. */
const UNSEEN = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;
const TITLES = ["record", "UTC", "what", "who", "where", "run", ""];

/** Records as lines of columns, the newest last. */
export function table(records: readonly AuditRecord[]): string {
  const asked = new Set<string>();
  const rows = [TITLES, ...records.map((record) => cells(record, asked))];
  const widths = TITLES.map((_, i) => Math.max(...rows.map((row) => lengthOf(row[i]!))));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell + " ".repeat(widths[i]! - lengthOf(cell))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

function cells(record: AuditRecord, asked: Set<string>): string[] {
  const { seq, at, kind, account = "", person, room = "" } = record;
  return [
    String(seq),
    timeOf(at),
    kind === "asked" && again(record, asked) ? "asked again" : kind,
    cut(person === undefined ? account : `${person} (${account})`, CELL),
    cut(room, CELL),
    record.run ?? "",
    cut(words(record), WORDS),
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

/** `2026-01-31 17:30:05`. */
export function timeOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString().slice(0, 19).replace("T", " ");
}

function cut(text: string, limit: number): string {
  const line = [...text.replace(/\s+/gu, " ").replace(UNSEEN, escaped)];
  return line.length <= limit ? line.join("") : `${line.slice(0, limit - 1).join("")}…`;
}

function escaped(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

function lengthOf(text: string): number {
  return [...text].length;
}
