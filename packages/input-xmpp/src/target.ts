import { BotError, type Event } from "@micro-bot/core";
import { bareJid, parseJid } from "./jid.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { Directory } from "./settings.ts";

/** A room that the bot is just entering can be spoken to soon, in milliseconds. */
const SOON = 1000;

/** Where a message goes. */
export interface Target {
  readonly to: string;
  /** When it is said to all in a room. */
  readonly room?: Room;
  /** Who it is for, as people write it there. */
  readonly prefix: string;
}

/** Finds out where an event goes. Throws `invalid`, `denied`, or `limited` while a room is being entered. */
export function targetOf({ to, meta }: Event, rooms: Rooms, { callOut }: Directory): Target {
  const fail = (code: BotError["code"], why: string, detail = {}) =>
    new BotError(code, `[input-${to.input}] ${why}`, { detail });
  const text = to.room || to.person || "";
  const jid = parseJid(text);
  if (!jid) throw fail("invalid", `'${text.slice(0, 100)}' is no address: write name@example.org`);
  const room = rooms.get(bareJid(jid));
  if (!room) return { to: text, prefix: "" };
  if (room.entering) throw fail("limited", `not yet in ${room.jid}`, { retryAfter: SOON });
  if (!room.joined) throw fail("denied", `not in ${room.jid}: ${room.why ?? "not let in"}`);
  if (jid.resource !== "") {
    const { resource: nick } = jid;
    if (typeof meta.account === "string" && room.account(nick) !== meta.account)
      throw fail(
        "denied",
        `${nick} in ${room.jid} is not ${meta.account} any more: somebody else may read it`,
      );
    return { to: room.occupant(nick), prefix: "" };
  }
  if (!to.person) return { to: room.jid, room, prefix: "" };
  const known = typeof meta.nick === "string" ? meta.nick : room.nickOf(to.person);
  const nick = known ?? to.person;
  return { to: room.jid, room, prefix: `${callOut(nick, to.person)}: ` };
}
