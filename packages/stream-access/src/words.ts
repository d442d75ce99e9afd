import type { Assurance, Event } from "@micro-bot/core";
import { escapeCharacters, escapeConfusables } from "@micro-bot/kit";
import type { Grant, Request } from "./request.ts";

/** The longest command that is shown whole to those who must agree, in characters. */
export const longest = 2000;

// All that a chat would not show, newlines too: the text must read as what it is.
const UNPRINTED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;

/** Between two words so many spaces hide the second from whoever reads the first. */
const GAP = / {4,}/gu;

/** A command as it was typed, with all that is unseen or only looks like something else written out. */
export function shownText({ data, files = [], meta }: Pick<Event, "data" | "files" | "meta">): string {
  const names = files.map(({ name }) => visible(name)).join(", ");
  return (
    visible(wordsOf(meta.args) ?? data).replace(GAP, ({ length }) => ` [${length} spaces] `) +
    (files.length > 0 ? ` [with ${files.length} files: ${names}]` : "")
  );
}

// A shell has taken the quotes off: without them two words could read as one.
function wordsOf(args: unknown): string | undefined {
  if (!Array.isArray(args)) return undefined;
  return args.map((word) => (/^[^\s"']+$/u.test(String(word)) ? word : JSON.stringify(word))).join(" ");
}

/** What those who may agree are asked. */
export function asking(
  { id, text, requester, room, by, count, until }: Request,
  { least, rule, person }: { readonly least: Assurance; readonly rule: string; readonly person?: string },
): string {
  const many = count === 1 ? "one" : `${count}`;
  return [
    ...shown({ id, text, requester, room }, person),
    `It needs ${many} of ${by}, other than ${person ?? "them"}, with assurance ${least} or more, until ${clock(until)} (rule '${rule}').`,
    `Say 'approve ${id}' or 'deny ${id}' to me, here or anywhere.`,
  ].join("\n");
}

/** What somebody is asked who agrees where it was not shown. `person` is the requester's name in the access file. */
export function showing(request: Request, person: string | undefined): string {
  return [...shown(request, person), "Do you approve exactly this?"].join("\n");
}

function shown(
  { id, text, requester, room }: Pick<Request, "id" | "text" | "requester" | "room">,
  person: string | undefined,
): string[] {
  const who = person === undefined ? visible(requester) : `${person} (${visible(requester)})`;
  return [`${who} asks to run this in ${visible(room)}, as ${id}:`, "", `    ${text}`, ""];
}

/** What the requester is told meanwhile. */
export function waits({ id, by, count, until }: Request, place: string): string {
  return `this needs approval by ${count === 1 ? "" : `${count} of `}${by}: I asked in ${place}, as ${id}, until ${clock(until)}. 'cancel' withdraws it`;
}

/** One line of what waits. */
export function line({ id, text, requester, room, grants, count, by, until }: Request): string {
  return `${id} ${text} - by ${visible(requester)} in ${visible(room)}, ${grants.length} of ${count} by ${by}, until ${clock(until)}`;
}

export function told({ account, person }: Pick<Grant, "account" | "person">): string {
  return person === undefined ? visible(account) : `${person} (${visible(account)})`;
}

function visible(text: string): string {
  return escapeCharacters(escapeConfusables(text), UNPRINTED);
}

export function clock(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
