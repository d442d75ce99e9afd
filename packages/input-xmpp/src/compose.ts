import { BotError, type Content } from "@micro-bot/core";
import { clean, neutralizeBotCommands, splitText } from "@micro-bot/kit";
import { type Tag, tag } from "./tag.ts";

/** Bytes of one message: below the smallest stanza a server must take (RFC 6120, section 13.12), escaped and with its head. */
const LONGEST = 8000;
/** Most messages of one reply. */
const MOST = 10;
/** XEP-0245. */
export const ACTION = "/me ";
const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

/** The bodies of the messages that say it; in a `room` none begins like an order to another bot. Throws `invalid` when there is nothing to say. */
export function compose(content: Content, prefix: string, name: string, room: boolean): string[] {
  const text = clean(inWords(content));
  if (!VISIBLE.test(text)) throw new BotError("invalid", `[input-${name}] there is nothing to say`);
  const parts = [...splitText(prefix + text, LONGEST)];
  const safe = room
    ? parts.map((part, i) => (i === 0 && prefix ? part : neutralizeBotCommands(part)))
    : parts;
  return content.action ? safe.map((part) => ACTION + part) : safe;
}

/** Whether it is no more than one reply may be. */
export function fits(content: Content): boolean {
  return (
    splitText(clean(inWords(content)), LONGEST)
      .take(MOST + 1)
      .toArray().length <= MOST
  );
}

/** One message. `edits`: the id of an earlier one that it replaces (XEP-0308). */
export function message(
  to: string,
  { id, body, room, edits }: { id: string; body: string; room: boolean; edits: string | undefined },
): Tag {
  return tag(
    "message",
    { to, id, type: room ? "groupchat" : "chat" },
    tag("body", {}, body),
    tag("origin-id", { xmlns: "urn:xmpp:sid:0", id }),
    edits === undefined ? undefined : tag("replace", { xmlns: "urn:xmpp:message-correct:0", id: edits }),
  );
}

// There are neither buttons nor files: both are told of in words.
function inWords({ data, choices = [], files = [] }: Content): string {
  const notes = files.map(({ name }) => `(the file ${name} cannot be sent over XMPP)`);
  if (choices.length > 0) notes.push(`(${choices.join(" / ")})`);
  return [data, ...notes].join("\n");
}
