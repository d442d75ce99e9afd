import type { Address } from "./address.ts";
import { contentOf } from "./content.ts";
import type { Json } from "./json.ts";

/** The kinds of event, open to plugins by interface merging. `text` is the one that commands match. */
export interface EventTypes {
  text: true;
}
export type EventType = keyof EventTypes;

/**
 * Who says that `from.person` is who it is.
 * 0: a claim (bare nick, From line, anything relayed). 1: the network vouches (XMPP JID, IRC services account,
 * DMARC pass). 2: signed by the platform (Slack), or the person who started the bot, on its terminal.
 */
export type Assurance = 0 | 1 | 2;

/** `plain` is shown as it is, `code` keeps its columns, `markdown` is rendered as far as the network can. */
export type Format = "plain" | "code" | "markdown";

export interface Attachment {
  readonly name: string;
  readonly type?: string;
  /** Text as it is; bytes in base64 with `encoding: "base64"`. */
  readonly data: string;
  readonly encoding?: "base64";
}

/** What is said, and how. */
export interface Content {
  /** For text: plain text as the person meant it, with the mention stripped and entities decoded. */
  readonly data: string;
  readonly format?: Format;
  /** What somebody does rather than says: `/me waves`, of which this is `waves`. In words where the network has no such thing. */
  readonly action?: boolean;
  /** Offered answers: buttons where the network has them, words elsewhere. */
  readonly choices?: readonly string[];
  readonly files?: readonly Attachment[];
  /** Id (from a `Receipt`) of an earlier message that this one replaces, where the network can edit. */
  readonly edit?: string;
  /** For networks that have one: e-mail. */
  readonly subject?: string;
}

/**
 * What the network calls the things of an event, as far as the input knows. For people to read, and to find things again:
 * anybody may call themselves anything, so nobody is let in by a name.
 */
export interface Names {
  /** The name shown for `from.person`. */
  readonly person?: string;
  /** The room as an address may write it instead of its id: `#ops`. */
  readonly room?: string;
  /** Names of files that came with it, or instead of words. The files themselves are not fetched. */
  readonly files?: readonly string[];
  /** The message's id as its sender's `Receipt`, or the `thread` under it, would give it. */
  readonly message?: string;
}

/** One thing said, in either direction. Plain JSON: it may be stored and sent later by another process. */
export interface Event extends Content {
  /** Unique within the input and the same when the network delivers it again: what is deduplicated. */
  readonly id: string;
  readonly type: EventType;
  readonly from: Address;
  readonly to: Address;
  /** Said to the bot: a direct message, a mention, its name first. Commands run only then; streams see everything. */
  readonly addressed: boolean;
  readonly assurance: Assurance;
  /** Milliseconds since 1970, by the network's clock where it has one. */
  readonly time: number;
  readonly names?: Names;
  /** Of a choice that was pressed, and not typed: the id (from a `Receipt`) of the message that offered it. */
  readonly chosen?: string;
  /** The input's own notes, needed to answer. The engine hands them back untouched. */
  readonly meta: Readonly<Record<string, Json>>;
  /** Of what goes out: the turn that says it. Said elsewhere than it was asked, it has in `from` who asked. */
  readonly run?: string;
}

/** What a command or stream answers: text, or text with more to it. */
export type Reply = string | Content;

/** The network's word that it took a message. */
export interface Receipt {
  /** The network's id of the message, for a later `edit`. */
  readonly id?: string;
}

/** The event that answers another: `from` and `to` swapped, the input's notes kept. */
export function replyTo(event: Event, reply: Reply, id: string, time: number): Event {
  return {
    ...contentOf(reply),
    id,
    type: "text",
    from: event.to,
    to: event.from,
    addressed: false,
    assurance: 2,
    time,
    meta: event.meta,
  };
}
