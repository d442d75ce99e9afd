import type { Event } from "@micro-bot/core";
import { afterMention } from "@micro-bot/kit";
import { ACTION } from "./compose.ts";
import { bareJid, type Jid } from "./jid.ts";
import type { Rooms } from "./rooms.ts";
import type { Said } from "./stanza.ts";
import { withoutQuote } from "./typed.ts";

/** What is known when something is heard. */
export interface Hearing {
  /** The input's name. */
  readonly input: string;
  readonly me: Jid;
  readonly rooms: Pick<Rooms, "get" | "account">;
  /** Names that the bot is spoken to by, besides its nick in the room. */
  readonly names: readonly string[];
  /** The server gives again what was said while the connection was lost. */
  readonly replayed: boolean;
  /** Names the message where the network does not: the same when it comes again. */
  readonly key: string;
}

interface Speaker {
  readonly room: string;
  readonly nick?: string;
  /** Bare JID, where a server that is trusted vouches for it. */
  readonly account: string | undefined;
}

/** The event that a message is; undefined when it is history, nobody's, or the bot's own. */
export function hear(said: Said, hearing: Hearing): Event | undefined {
  if ((said.text === "" && !said.encrypted) || isOld(said, hearing)) return undefined;
  const speaker = said.type === "groupchat" ? inRoom(said, hearing) : directly(said, hearing);
  if (!speaker) return undefined;
  const { input, me, rooms, names, key } = hearing;
  const { room, nick, account } = speaker;
  const own = withoutQuote(said.text);
  const rest = afterMention(own, [rooms.get(room)?.nick ?? "", ...names]);
  const action = said.text.startsWith(ACTION);
  const addressed = !said.aside && (said.type === "chat" || rest !== undefined);
  return {
    id: said.stanzaId ? `${bareJid(said.from)} ${said.stanzaId}` : key,
    type: "text",
    from: { input, room, person: account ?? nick! },
    to: { input, room, person: bareJid(me) },
    data: addressed ? rest || own : action ? said.text.slice(ACTION.length).trim() : said.text,
    ...(action && { action }),
    ...(said.edit !== undefined && { edit: said.edit }),
    addressed,
    assurance: account === undefined ? 0 : 1,
    time: Date.now(),
    ...((nick !== undefined || said.files.length > 0) && {
      names: {
        ...(nick !== undefined && { person: nick }),
        ...(said.files.length > 0 && { files: said.files }),
      },
    }),
    meta: { ...(nick !== undefined && { nick }), ...(account !== undefined && { account }) },
  };
}

// What is given again is stamped by the bot's own server, which otherwise stamps only what was said long ago.
function isOld({ delayedBy }: Said, { replayed, me }: Hearing): boolean {
  if (delayedBy === undefined) return false;
  return !replayed || ![bareJid(me), me.domain].includes(delayedBy);
}

// Before the room has said that the bot is in, there is only history.
function inRoom({ from }: Said, { rooms }: Hearing): Speaker | undefined {
  const room = rooms.get(bareJid(from));
  const nick = from.resource;
  if (!room?.joined || nick === "" || nick === room.nick) return undefined;
  return { room: room.jid, nick, account: rooms.account(room.jid, nick) };
}

function directly({ from }: Said, { rooms, me }: Hearing): Speaker | undefined {
  const bare = bareJid(from);
  const room = rooms.get(bare);
  if (bare === bareJid(me) || from.local === "") return undefined;
  if (!room) return { room: bare, account: bare };
  const nick = from.resource;
  if (!room.joined || nick === "" || nick === room.nick) return undefined;
  return { room: room.occupant(nick), nick, account: rooms.account(bare, nick) };
}
