import { codeOf, type Event, formatAddress, type Json, messageOf, type Turn } from "@micro-bot/core";
import type { Facts, Kind } from "./record.ts";

/** Characters of a command that are kept, and of a message to another place. */
const TYPED = 65_536;
const CARRIED = 1000;
const WORDS = 2000;

/** Hides secrets in a text. */
export type Hide = (text: string) => string;

/** Who said what, where; before anything comes of it. */
export function askedOf(turn: Turn, hide: Hide): Facts {
  const { event, match } = turn;
  return {
    kind: "asked",
    ...whoOf(turn, hide),
    ...textOf(event.data, TYPED, hide),
    ...(match.kind === "answer" && { message: `to ${match.run}` }),
  };
}

/** What came of a turn that has passed. `error` is what a stream or the engine threw. */
export function endOf(turn: Turn, ms: number, hide: Hide, thrown?: { readonly error: unknown }): Facts {
  const { event, match, outcome } = turn;
  const ran = match.kind === "command" || match.kind === "answer" || match.kind === "cancel";
  return {
    kind: kindOf(turn, thrown && codeOf(thrown.error)),
    ...whoOf(turn, hide),
    // It was not told before.
    ...(!ran && textOf(event.data, TYPED, hide)),
    ms: Math.round(ms),
    ...(outcome?.state === "failed" && wrong(outcome.code, outcome.message, hide)),
    ...(thrown && outcome?.state !== "failed" && wrong(codeOf(thrown.error), messageOf(thrown.error), hide)),
  };
}

/** What happened outside of any turn. */
export function changedOf(what: string, text: string, hide: Hide): Facts {
  return { kind: "changed", what, ...textOf(text, TYPED, hide) };
}

/** A message on its way to another place. */
export function sentOf(event: Event, hide: Hide): Facts {
  const { from, to, run } = event;
  return {
    kind: "sent",
    ...(run !== undefined && { run }),
    event: cut(event.id, CARRIED),
    ...(from.person !== undefined && { account: accountOf(from) }),
    from: placeOf(from),
    to: placeOf(to),
    ...textOf(event.data, CARRIED, hide),
  };
}

/** That the network did not take it, or that it is left to the next process (`closed`). */
export function unsentOf(event: Event, error: unknown, hide: Hide): Facts {
  const { text: _, length: __, ...facts } = sentOf(event, hide);
  return { ...facts, kind: "unsent", ...wrong(codeOf(error), messageOf(error), hide) };
}

function kindOf({ match, outcome }: Turn, threw: string | undefined): Kind {
  if (match.kind === "unknown" || match.kind === "interrupted" || match.kind === "refused") return match.kind;
  if (outcome) return outcome.state;
  // What waited for people when the bot ended is asked again by the next process.
  if (threw === "closed") return "left";
  if (threw) return "refused";
  return match.kind === "cancel" ? "done" : "left";
}

function whoOf({ id, event, match, notes }: Turn, hide: Hide): Omit<Facts, "kind"> {
  const { who, rule, approval } = notes;
  return {
    run: id,
    event: cut(event.id, CARRIED),
    account: accountOf(event.from),
    ...(typeof who === "string" && { person: cut(hide(who), CARRIED) }),
    assurance: event.assurance,
    room: placeOf(event.from),
    ...(match.kind === "command" ? { command: match.command.name } : { what: match.kind }),
    ...(rule !== undefined && { rule: hidden(rule, hide) }),
    ...(approval !== undefined && { approval: hidden(approval, hide) }),
  };
}

function textOf(data: string, limit: number, hide: Hide): Pick<Facts, "text" | "length"> {
  // Hidden first: a cut through a secret would show half of it.
  const text = hide(data);
  return text.length <= limit ? { text } : { text: cut(text, limit), length: data.length };
}

function wrong(code: string, message: string, hide: Hide): Pick<Facts, "code" | "message"> {
  return { code, message: cut(hide(message), WORDS) };
}

function hidden(value: Json, hide: Hide): Json {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((item) => hidden(item, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hidden(item as Json, hide)]));
}

function accountOf({ input, room, person }: Event["from"]): string {
  return formatAddress({ input, room: person ?? room });
}

function placeOf({ input, room, thread }: Event["from"]): string {
  return formatAddress({ input, room, ...(thread !== undefined && { thread }) });
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit);
}
