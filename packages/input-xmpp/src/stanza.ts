import type { ErrorCode } from "@micro-bot/core";
import { clean } from "@micro-bot/kit";
import { ACTION } from "./compose.ts";
import type { Element } from "./element.ts";
import { filesOf } from "./files.ts";
import { bareJid, type Jid, parseJid } from "./jid.ts";
import { readBody } from "./typed.ts";

const CLIENT = "jabber:client";
const ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
/** XEP-0045. */
export const MUC = "http://jabber.org/protocol/muc";
export const MUC_USER: string = `${MUC}#user`;
/** XEP-0280, XEP-0297, XEP-0313: what was said elsewhere or before. */
const FORWARDED = [
  ["received", "urn:xmpp:carbons:2"],
  ["sent", "urn:xmpp:carbons:2"],
  ["forwarded", "urn:xmpp:forward:0"],
  ["result", "urn:xmpp:mam:2"],
] as const;

/** A message of somebody, read. */
export interface Said {
  readonly from: Jid;
  readonly type: "groupchat" | "chat";
  readonly id: string | undefined;
  readonly text: string;
  /** XEP-0359, by the room or the bot's own server. */
  readonly stanzaId: string | undefined;
  /** Who says that it was said earlier (XEP-0203, XEP-0091): a bare JID, or empty. */
  readonly delayedBy: string | undefined;
  /** It replaces an earlier one (XEP-0308), is a file, or tells what its person does (XEP-0245): nothing is asked for. */
  readonly aside: boolean;
  /** The id of the one that it replaces. */
  readonly edit: string | undefined;
  /** Nobody without the keys can read it. */
  readonly encrypted: boolean;
  /** Names of the files that it is about. */
  readonly files: readonly string[];
}

/** Reads a message; undefined when nobody says anything by it. `account` is the bot's bare JID. */
export function readMessage(stanza: Element, account: string): Said | undefined {
  const from = parseJid(stanza.attrs.from ?? "");
  const type = stanza.attrs.type ?? "normal";
  if (!from || !["groupchat", "chat", "normal"].includes(type)) return undefined;
  if (FORWARDED.some(([name, xmlns]) => stanza.getChild(name, xmlns))) return undefined;
  const body = readBody(stanza, stanza.getChild("body", CLIENT)?.text());
  if (!body) return undefined;
  const text = clean(body.text).trim();
  const replace = stanza.getChild("replace", "urn:xmpp:message-correct:0");
  const room = type === "groupchat";
  const voucher = room ? bareJid(from) : account;
  return {
    from,
    type: room ? "groupchat" : "chat",
    id: stanza.attrs.id,
    text,
    stanzaId: stanza
      .getChildren("stanza-id", "urn:xmpp:sid:0")
      .find(({ attrs }) => attrs.by === voucher && attrs.id)?.attrs.id,
    delayedBy: delayedBy(stanza),
    aside: text.startsWith(ACTION) || body.file || replace !== undefined,
    edit: replace && (replace.attrs.id ?? ""),
    encrypted: body.encrypted,
    files: filesOf(stanza),
  };
}

function delayedBy(stanza: Element): string | undefined {
  const delays = [
    ...stanza.getChildren("delay", "urn:xmpp:delay"),
    ...stanza.getChildren("x", "jabber:x:delay"),
  ];
  const [only, ...more] = delays.map(({ attrs }) => attrs.from ?? "");
  return more.length === 0 ? only : "";
}

/** What is wrong with a stanza, in one of our codes and the server's words: RFC 6120, section 8.3. */
export function stanzaError(stanza: Element): {
  readonly code: ErrorCode;
  readonly condition: string;
  readonly why: string;
} {
  const error = stanza.getChild("error");
  const condition = error
    ?.getChildElements()
    .find((one) => one.getNS() === ERRORS && one.getName() !== "text");
  const name = condition?.getName() ?? "undefined-condition";
  const words = clean(error?.getChildText("text", ERRORS) ?? "").slice(0, 200);
  const code = Object.hasOwn(CODES, name) ? CODES[name]! : "failed";
  return { code, condition: name, why: words ? `${name} (${words})` : name };
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  forbidden: "denied",
  "not-allowed": "denied",
  "not-authorized": "denied",
  "not-acceptable": "denied",
  "policy-violation": "denied",
  "registration-required": "denied",
  "subscription-required": "denied",
  "item-not-found": "not_found",
  "remote-server-not-found": "not_found",
  gone: "not_found",
  "jid-malformed": "invalid",
  "resource-constraint": "limited",
};

/** What a room says of somebody in it: XEP-0045, section 7. */
export interface Occupancy {
  readonly room: string;
  readonly nick: string;
  /** Their bare JID, where the room tells. */
  readonly account: string | undefined;
  readonly codes: ReadonlySet<string>;
  readonly gone: boolean;
  /** The nick they change to. */
  readonly next: string | undefined;
  readonly why: string | undefined;
}

/** Reads a presence from a room; undefined for any other. */
export function readOccupancy(stanza: Element): Occupancy | undefined {
  const from = parseJid(stanza.attrs.from ?? "");
  const [user, ...more] = stanza.getChildren("x", MUC_USER);
  const { type } = stanza.attrs;
  if (!from || from.resource === "" || !user || (type !== undefined && type !== "unavailable"))
    return undefined;
  const [item, ...others] = user.getChildren("item");
  // A second word is not the room's, or not on who this is: then nothing is known.
  const jid = more.length + others.length > 0 ? undefined : parseJid(item?.attrs.jid ?? "");
  const codes = new Set(user.getChildren("status").map(({ attrs }) => attrs.code ?? ""));
  const words = item?.getChildText("reason") ?? user.getChild("destroy")?.getChildText("reason");
  return {
    room: bareJid(from),
    nick: from.resource,
    account: jid && jid.local !== "" ? bareJid(jid) : undefined,
    codes,
    gone: type === "unavailable",
    next: codes.has("303") ? item?.attrs.nick : undefined,
    why: words ? clean(words).slice(0, 200) : undefined,
  };
}

/** An invitation into a room: of a person (XEP-0249), or by the room in a person's name (XEP-0045, section 7.8). */
export interface Invitation {
  readonly room: string;
  readonly inviter: string;
  /** Who says so. */
  readonly by: Jid;
  readonly password: string | undefined;
}

export function readInvitation(stanza: Element): Invitation | undefined {
  const by = parseJid(stanza.attrs.from ?? "");
  if (!by || stanza.attrs.type === "error") return undefined;
  const user = stanza.getChild("x", MUC_USER);
  const mediated = user?.getChild("invite");
  const inviter = mediated ? parseJid(mediated.attrs.from ?? "") : by;
  const direct = stanza.getChild("x", "jabber:x:conference")?.attrs;
  const room = mediated ? by : parseJid(direct?.jid ?? "");
  if (!inviter || !room || room.local === "") return undefined;
  const password = (mediated ? user?.getChildText("password") : direct?.password) || undefined;
  return { room: bareJid(room), inviter: bareJid(inviter), by, password };
}
