import type { Address, Event } from "@micro-bot/core";
import { cleanName, decode, type Names } from "./decode.ts";
import { unformatted, withoutQuote } from "./marks.ts";

/** Who the bot is: the answer of auth.test. */
export interface Self {
  readonly team: string;
  readonly user: string;
  readonly name: string;
}

/** A `message` or `app_mention` of the Events API, as far as it is read here. Nothing in it is certain. */
export interface Message {
  readonly type?: unknown;
  readonly subtype?: unknown;
  readonly user?: unknown;
  readonly bot_id?: unknown;
  readonly bot_profile?: unknown;
  readonly text?: unknown;
  readonly blocks?: unknown;
  readonly files?: unknown;
  readonly ts?: unknown;
  readonly thread_ts?: unknown;
  readonly channel?: unknown;
  readonly channel_type?: unknown;
  readonly team?: unknown;
  readonly user_team?: unknown;
  readonly source_team?: unknown;
}

/** Messages that are no more than what a person says; joins, edits, topics and all others are not. */
const SAID: ReadonlySet<unknown> = new Set([undefined, "file_share", "me_message", "thread_broadcast"]);
/** Files of one message, and letters of one name. */
const MOST_FILES = 20;
const LONGEST_NAME = 200;
const SLACKBOT = "USLACKBOT";
const ID = /^[A-Z0-9]{2,40}$/u;
const TS = /^\d{1,15}(?:\.\d{1,15})?$/u;

/** Whether it is an id of Slack's: of a person, a channel, a team. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

/** Whether it is a timestamp of Slack's, which is a message's id in its channel. */
export function isTs(value: unknown): value is string {
  return typeof value === "string" && TS.test(value);
}

/** The text of a message that is a person's, and not ours, without formatting; entities and `<…>` stay. */
export function textOf(message: Message, self: Self): string | undefined {
  const { type, subtype, user, bot_id, bot_profile, text, blocks, ts, channel } = message;
  const isMessage = (type === "message" || type === "app_mention") && SAID.has(subtype);
  const isBot =
    (bot_id !== undefined && bot_id !== null) || bot_profile || user === self.user || user === SLACKBOT;
  const whole = isId(user) && isId(channel) && isTs(ts);
  return isMessage && !isBot && whole && typeof text === "string" ? unformatted(text, blocks) : undefined;
}

/** What a person said in a message that `textOf` lets pass. `team` is the workspace that the event came from. */
export function hear(message: Message, text: string, self: Self, names: Names, team?: unknown): Event {
  const { channel, user, ts, thread_ts } = message as Readonly<Record<string, string>>;
  const guestOf = otherTeam(message, self, team);
  const direct = message.channel_type === "im" || channel!.startsWith("D");
  const own = withoutQuote(text);
  const rest = afterMention(own, self);
  const said = decode(rest ?? own, names).trim();
  const byName = rest === undefined ? afterName(said, self.name) : undefined;
  // What somebody does is said to nobody.
  const action = message.subtype === "me_message";
  const named = direct || rest !== undefined || byName !== undefined || message.type === "app_mention";
  const addressed = named && !action;
  return {
    id: [self.team, channel, ts, user].join("/"),
    type: "text",
    ...ends(channel!, personOf(user!, guestOf), self, thread_ts),
    // What is only overheard keeps what it quotes.
    data: byName ?? (addressed ? said : decode(text, names).trim()),
    addressed,
    assurance: guestOf === undefined ? 2 : 1,
    time: timeOf(ts!),
    ...(action && { action }),
    names: { ...namesOf(channel!, user!, ts!, names), ...filesOf(message) },
    meta: direct ? { direct } : {},
  };
}

function namesOf(channel: string, user: string, message: string, names: Names): NonNullable<Event["names"]> {
  const [person, room] = [names.person(user), names.channel(channel)];
  return {
    message,
    ...(person !== undefined && { person }),
    ...(room !== undefined && { room: `#${room}` }),
  };
}

/** https://docs.slack.dev/reference/objects/file-object: a name may be missing, as of a file that was taken back. */
function filesOf({ files }: Message): Pick<NonNullable<Event["names"]>, "files"> {
  if (!Array.isArray(files) || files.length === 0) return {};
  const names = files.slice(0, MOST_FILES).map((file: unknown) => {
    const { name, title } = (file ?? {}) as { readonly name?: unknown; readonly title?: unknown };
    return String([name, title].find((one) => typeof one === "string" && one !== "") ?? "").slice(
      0,
      LONGEST_NAME,
    );
  });
  return { files: names };
}

/** Who says something in a room of Slack, and to whom. */
export function ends(
  room: string,
  person: string,
  self: Self,
  thread: unknown,
): { from: Address; to: Address } {
  const place = { input: "slack", room, ...(isTs(thread) && { thread }) };
  return { from: { ...place, person }, to: { ...place, person: self.user } };
}

// In a channel shared with another company, that company says who its people are; so does a workspace that has the same app.
// What says that the author is of another team is believed against what says that they are of ours.
function otherTeam({ user_team, team, source_team }: Message, self: Self, from: unknown): string | undefined {
  const teams = [user_team, team, source_team].filter((one) => typeof one === "string" && one !== "");
  const [other] = (teams.length > 0 ? teams : [from]).filter((one) => one !== self.team);
  return typeof other === "string" ? cleanName(other) : undefined;
}

/** An id is one person's only within a workspace: that of somebody else's person is written T061EG9R6/U061F7AUR. */
export function personOf(user: string, guestOf: string | undefined): string {
  return guestOf === undefined ? user : `${guestOf}/${user}`;
}

/** The id that Slack knows a person of an event by. */
export function userOf(person: string | undefined): string | undefined {
  return person?.slice(person.lastIndexOf("/") + 1);
}

/** The text without the first mention of the bot; undefined when there is none. */
function afterMention(text: string, { user }: Self): string | undefined {
  const match = new RegExp(`<@${user}(?:\\|[^<>]*)?>[:,]?`, "u").exec(text);
  if (!match) return undefined;
  const [before, after] = [text.slice(0, match.index), text.slice(match.index + match[0].length)];
  return before.trim() === "" ? after.trimStart() : `${before.trimEnd()} ${after.trimStart()}`;
}

/** What follows the bot's name at the start, written `name:`, `name,`, `@name` or `name `. */
function afterName(text: string, name: string): string | undefined {
  const start = text.startsWith("@") ? 1 : 0;
  const end = start + name.length;
  if (name === "" || text.slice(start, end).toLowerCase() !== name.toLowerCase()) return undefined;
  const separator = /^(?:[:,]\s*|\s+|$)/u.exec(text.slice(end));
  return separator ? text.slice(end + separator[0].length) : undefined;
}

/** A timestamp of Slack's in milliseconds. */
export function timeOf(ts: string): number {
  const seconds = Number(ts);
  return Number.isFinite(seconds) ? Math.floor(seconds * 1000) : Date.now();
}
