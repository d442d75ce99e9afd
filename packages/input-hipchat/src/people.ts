import type { Element } from "@micro-bot/input-xmpp/plugin";
import { bareJid, parseJid } from "@micro-bot/input-xmpp/plugin";

/** Somebody of the roster. */
export interface Person {
  /** Full name: the nick in every room. */
  readonly name: string;
  /** What stands after the @. */
  readonly mention: string;
}

/** Everybody of the company, by bare JID: items of `jabber:iq:roster`, with HipChat's own `mention_name`. */
export type People = ReadonlyMap<string, Person>;

/** Reads the roster. Entries without a JID or a mention name are nobody's. */
export function readPeople(roster: Element | undefined): People {
  const people = new Map<string, Person>();
  for (const { attrs } of roster?.getChildren("item") ?? []) {
    const jid = parseJid(attrs.jid ?? "");
    const { name = "", mention_name: mention } = attrs;
    if (jid && mention && MENTION.test(mention)) people.set(bareJid(jid), { name, mention });
  }
  return people;
}

// Letters, digits and what else a mention name had: never a space, which would end it, nor an @.
const MENTION = /^[^\s@\p{Cc}\p{Cf}]+$/u;

/** How somebody is called in a room: `@mention` where the roster knows them, by account or else by full name. */
export function mentionOf(people: People, nick: string, person: string): string {
  const known = people.get(person) ?? [...people.values()].find(({ name }) => name === nick);
  return known ? `@${known.mention}` : nick;
}

/** Bare JIDs of the rooms that the conference host lists and that are in use. */
export function readRooms(items: Element | undefined): string[] {
  return (items?.getChildren("item") ?? []).flatMap((item) => {
    const jid = parseJid(item.attrs.jid ?? "");
    const archived = item.getChild("x", "http://hipchat.com/protocol/muc#room")?.getChild("is_archived");
    return jid && jid.local !== "" && !archived ? [bareJid(jid)] : [];
  });
}
