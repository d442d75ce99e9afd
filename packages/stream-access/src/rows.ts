import { hasFields, type Json, type RowKind, type Rows } from "@micro-bot/core";

const text: RowKind = { fits: (value) => typeof value === "string" };
const count: RowKind = { fits: (value) => typeof value === "number" };

const REQUEST = {
  id: "string",
  turn: "string",
  hash: "string",
  command: "string",
  text: "string",
  requester: "string",
  room: "string",
  rule: "string",
  by: "string",
  count: "number",
  until: "number",
  state: "string",
  asked: "boolean",
  grants: "list",
  why: "string?",
  slot: "string",
} as const;
const GRANT = {
  account: "string",
  assurance: "number",
  person: "string?",
  hash: "string",
  at: "number",
} as const;
const FILE = { text: "string", held: "object?" } as const;
const CODE = { sayer: "string", from: "string", to: "string", last: "boolean" } as const;

/** What access keeps: a row that cannot be read lets nobody in. */
export const rows: Rows = {
  "request/": { fits: isRequest },
  "id/": text,
  "slot/": text,
  "link/": { fits: (value) => hasFields({ value }, { value: "strings" }) },
  "code/": { fits: (value) => hasFields(value, CODE) },
  "file/": { fits: (value) => hasFields(value, FILE) && isHeld((value as { held?: Json }).held) },
  "asked/": count,
  "tried/": count,
};

function isHeld(held: Json | undefined): boolean {
  return held === undefined || hasFields(held, { digest: "string", until: "number" });
}

function isRequest(value: Json): boolean {
  if (!hasFields(value, REQUEST)) return false;
  return (value as { grants: readonly Json[] }).grants.every((grant) => hasFields(grant, GRANT));
}
