import type { Assurance, Command, Event } from "@micro-bot/core";
import { type Account, claimOf, isDirect } from "./account.ts";
import { type ArgPattern, type ArgPatterns, covers, type Group, type Policy, type Rule } from "./policy.ts";

/** Who asks, as far as anybody vouches for it. */
export interface Who {
  /** Absent: nobody. */
  readonly account?: Account;
  /** The names that the file has for them: none, or one. */
  readonly people: ReadonlySet<string>;
  readonly operator: boolean;
}

/** What somebody wants to run, and where. */
export interface Wish {
  readonly command: Command;
  /** As the command gets them: the first is its own word. */
  readonly args: readonly string[];
  readonly event: Pick<Event, "from" | "meta" | "names" | "assurance">;
  readonly who: Who;
}

export type Decision =
  | { readonly kind: "allow"; readonly rule: Rule }
  | { readonly kind: "approval"; readonly rule: Rule & Required<Pick<Rule, "approval">> }
  | {
      readonly kind: "deny";
      readonly rule: Rule;
      readonly why: string;
      /** What would let them. */
      readonly help: string;
    };

/**
 * The first rule that fits decides. A command that a rule with `allow` names is closed but for what its rules allow.
 * Undefined: no rule is about it, and the default decides. Pure.
 */
export function decide(policy: Policy, wish: Wish): Decision | undefined {
  const about = policy.rules.filter((rule) => covers(rule, wish.command));
  for (const rule of about)
    if (isHere(rule, wish) && fitsArgs(rule, wish)) {
      const decision = decided(rule, wish);
      if (decision) return decision;
    }
  const own = about.filter(({ verdict, commands }) => verdict === "allow" && !commands.includes("*"));
  return own.length === 0 ? undefined : closed(own, wish);
}

/** Whether there are arguments with which `decide` does not deny. Undefined: the default decides. */
export function mayRun(policy: Policy, wish: Omit<Wish, "args">): boolean | undefined {
  const about = policy.rules.filter((rule) => covers(rule, wish.command) && isHere(rule, wish));
  for (const rule of about) {
    const decision = decided(rule, wish);
    if (decision && decision.kind !== "deny") return true;
    if (decision && !rule.args) return false;
  }
  const named = policy.rules.some(
    ({ verdict, commands }) => verdict === "allow" && commands.includes(wish.command.name),
  );
  return named ? false : undefined;
}

/** Whether a group has somebody among it. */
export function isAmong(group: Group, { people, operator }: Pick<Who, "people" | "operator">): boolean {
  return group.anyone || (group.operators && operator) || [...people].some((name) => group.people.has(name));
}

/** What a rule says of somebody; undefined when it denies others than them. */
function decided(rule: Rule, wish: Omit<Wish, "args">): Decision | undefined {
  const { who, event } = wish;
  if (rule.verdict === "deny") {
    // Nobody may be any of those who are refused.
    const isRefused = isAmong(rule.who, who) || who.account === undefined;
    return isRefused ? denied(rule, ...refused(rule, wish)) : undefined;
  }
  if (!isAmong(rule.who, who)) return denied(rule, `is for ${named(rule.who)}`, strangerHelp(wish));
  const least = leastOf(rule);
  if (event.assurance < least || (least > 0 && who.account === undefined))
    return denied(
      rule,
      `asks for assurance ${least}, and yours is ${event.assurance}`,
      assuranceHelp(least, wish),
    );
  const { approval } = rule;
  return approval ? { kind: "approval", rule: { ...rule, approval } } : { kind: "allow", rule };
}

/** The least assurance that a rule asks for. */
export function leastOf({ assurance, who, approval }: Rule): Assurance {
  const least = assurance ?? (who.anyone ? 0 : 1);
  // Whoever asks for an approval must be known: they may not give it to themselves.
  return approval && least === 0 ? 1 : least;
}

function isHere({ rooms, verdict }: Rule, { event }: Pick<Wish, "event">): boolean {
  if (!rooms) return true;
  const { input, room } = event.from;
  const name = event.names?.room;
  const is = (one: string) => {
    if (verdict === "allow") return one === room || one === name;
    // A network may not mind letter case: what is refused in a room is refused however it is written. A room whose name
    // the network did not say may be the one that is named.
    const unknown = name === undefined && isName(one) && !isName(room) && !isDirect(event);
    return unknown || folded(one) === folded(room) || (name !== undefined && folded(one) === folded(name));
  };
  return rooms.some((one) => (one === "direct" ? isDirect(event) : one.input === input && is(one.room)));
}

function isName(room: string): boolean {
  return room.startsWith("#");
}

function fitsArgs(
  { args, verdict }: Rule,
  { command, args: given }: Pick<Wish, "command" | "args">,
): boolean {
  if (!args) return true;
  const own = command.name.split(" ");
  const isCalledSo = own.every((word, at) => word.toLowerCase() === given[at]?.toLowerCase());
  const words = given.slice(isCalledSo ? own.length : 1);
  if (verdict === "allow") return areOf(args, words);
  if (isCalledSo) return hasOf(args, words);
  // Nobody knows how many of the words call it: what is refused is refused wherever it stands.
  return given.some((_, at) => hasOf(args, given.slice(at + 1)));
}

function areOf(args: ArgPatterns, words: readonly string[]): boolean {
  if (args.each) return words.every((word) => args.each.fits(word));
  return words.length <= args.places.length && beginsLike(args.places, words);
}

/** The same for what is refused: a word more must not make it another thing. */
function hasOf(args: ArgPatterns, words: readonly string[]): boolean {
  if (args.each) return words.length === 0 || words.some((word) => args.each.fits(word));
  return args.places.length === 0 ? words.length === 0 : beginsLike(args.places, words);
}

// What is left out is empty: a pattern that fits nothing at all says that it may be.
function beginsLike(places: readonly ArgPattern[], words: readonly string[]): boolean {
  return places.every(({ fits }, at) => fits(words[at] ?? ""));
}

function closed(rules: readonly Rule[], wish: Wish): Decision {
  const rule = rules.find((one) => isHere(one, wish)) ?? rules[0]!;
  if (!isHere(rule, wish)) return denied(rule, "is not for this place", `Say it in ${roomsOf(rules)}`);
  return denied(
    rule,
    "is not for these arguments",
    `Allowed are ${rules.flatMap(({ args }) => shownArgs(args)).join(", or ")}`,
  );
}

function denied(rule: Rule, why: string, help: string): Decision {
  return { kind: "deny", rule, why, help };
}

function refused({ who }: Rule, wish: Omit<Wish, "args">): [string, string] {
  if (wish.who.account !== undefined || who.anyone)
    return ["is refused", "Whoever keeps the access file can change that"];
  return [`is refused to ${named(who)}, and nobody vouches that you are somebody else`, logIn(wish)];
}

function strangerHelp({ who, event }: Omit<Wish, "args">): string {
  if (who.account === undefined) return `I do not know who you are: ${logIn({ event })}`;
  const [name] = who.people;
  const known =
    name === undefined ? `${who.account}, whom the access file does not name` : `${name} (${who.account})`;
  return `You are ${known}. Whoever keeps the access file can let you in; an account of yours that may can 'link ${who.account}'`;
}

function assuranceHelp(least: Assurance, wish: Pick<Wish, "event">): string {
  return least === 2
    ? "Say it where the platform signs who speaks, as Slack does, or at the bot's terminal"
    : logIn(wish);
}

function logIn({ event: { from } }: Pick<Wish, "event">): string {
  return `log in to ${from.input}'s accounts, so that it vouches that you are ${claimOf(from)}, and ask again`;
}

export function named({ words }: Pick<Group, "words">): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

export function shownArgs(args: ArgPatterns | undefined): string[] {
  if (!args) return [];
  return [
    args.each
      ? `arguments like ${args.each.text}`
      : args.places.map(({ text }) => text).join(" ") || "no arguments",
  ];
}

export function roomsOf(rules: readonly Rule[]): string {
  const rooms = rules.flatMap(({ rooms }) => rooms ?? []);
  return [
    ...new Set(
      rooms.map((room) => (room === "direct" ? "a direct message to me" : `${room.input}:${room.room}`)),
    ),
  ].join(", ");
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
