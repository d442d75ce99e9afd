import { clean, oneLine } from "@micro-bot/kit";

/** Names for the ids that stand in a message's text; undefined where none is known. */
export interface Names {
  person(id: string): string | undefined;
  channel(id: string): string | undefined;
}

// Nested angle brackets do not exist in what Slack sends: each `<` and `>` of a person's own is an entity.
const MARKUP = /<([^<>]*)>|&(amp|lt|gt);/gu;
const ENTITY = /&(amp|lt|gt);/gu;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">" };
const SMART: Readonly<Record<string, string>> = { "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " " };
/** Turns text round, or hides in it: bidi controls, zero width characters, line separators. */
const DECEPTIVE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const LONGEST_NAME = 80;
const PEOPLE_NAMED = /<@([A-Z0-9]+)>/gu;
const CHANNELS_NAMED = /<#([A-Z0-9]+)\|?>/gu;

/**
 * A message's text as its person meant it: entities decoded once, mentions as `@name`, channels as `#name`, links as
 * they were typed, smart quotes straight. https://docs.slack.dev/messaging/formatting-message-text
 */
export function decode(text: string, names: Names): string {
  const read = text
    .replace(MARKUP, (_, inside: string | undefined, entity: string | undefined) =>
      inside === undefined ? ENTITIES[entity!]! : special(inside, names),
    )
    .replace(/[“”‘’\u00a0]/gu, (char) => SMART[char]!);
  return clean(read);
}

/** Ids of people who are mentioned without their name. */
export function peopleIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(PEOPLE_NAMED), ([, id]) => id!))];
}

/** Ids of channels that are mentioned without their name. */
export function channelsIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(CHANNELS_NAMED), ([, id]) => id!))];
}

/** A name that somebody chose, safe to show: one line, nothing hidden, not long. */
export function cleanName(name: string): string {
  return Array.from(oneLine(name.replace(DECEPTIVE, " ")))
    .slice(0, LONGEST_NAME)
    .join("");
}

function special(inside: string, names: Names): string {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : entities(inside.slice(bar + 1));
  const id = target.slice(1);
  if (target.startsWith("@")) return `@${label || names.person(id) || id}`;
  if (target.startsWith("#")) return `#${label || names.channel(id) || id}`;
  if (target.startsWith("!subteam^")) return label || `@${id.slice("subteam^".length)}`;
  if (target.startsWith("!")) return label || `@${id}`;
  return link(entities(target), label);
}

// What was typed as `example.com` comes as `<http://example.com|example.com>`.
function link(url: string, label: string): string {
  if (label === "") return url.replace(/^(?:mailto|tel):/u, "");
  return bare(url) === bare(label) ? label : `${label} (${url})`;
}

function bare(link: string): string {
  const short = link.replace(/^(?:https?:\/\/|mailto:|tel:)/iu, "").replace(/\/$/u, "");
  try {
    return decodeURI(short).toLowerCase();
  } catch {
    return short.toLowerCase();
  }
}

function entities(text: string): string {
  return text.replace(ENTITY, (_, entity: string) => ENTITIES[entity]!);
}
