import { BotError } from "@micro-bot/core";
import type { Element } from "./element.ts";
import { type Jid, parseJid } from "./jid.ts";
import type { Settings } from "./settings.ts";
import { stanzaError } from "./stanza.ts";
import { SM, StreamManagement } from "./stream-management.ts";
import { tag } from "./tag.ts";
import type { Wire } from "./wire.ts";

const TLS = "urn:ietf:params:xml:ns:xmpp-tls";
const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND = "urn:ietf:params:xml:ns:xmpp-bind";
const SESSION = "urn:ietf:params:xml:ns:xmpp-session";
const STREAMS = "http://etherx.jabber.org/streams";

/** A session as it was left. */
export interface Left {
  readonly me: Jid;
  readonly counter: StreamManagement;
}

/** What logging in came to: the session that was left goes on, or there is a new one. */
export interface LoggedIn extends Left {
  readonly resumed: boolean;
  /** How many stanzas of the session before the server has handled, where it says so. */
  readonly h?: number;
}

/** Connects, secures, logs in, and takes up the session that was left (XEP-0198) or begins one: RFC 6120, section 4.3. */
export async function login(wire: Wire, settings: Settings, left: Left | undefined): Promise<LoggedIn> {
  await wire.open();
  let features = await nextFeatures(wire);
  if (settings.tls === "starttls") features = await secure(wire, settings, features);
  if (settings.tls !== "none" && !wire.secure) throw fail(settings, "the connection is not encrypted");
  features = await authenticate(wire, settings, features);
  const counts = features.getChild("sm", SM) !== undefined;
  const h = counts && left?.counter.id ? await resume(wire, left.counter) : undefined;
  if (h?.resumed) return { ...left!, resumed: true, h: h.h! };
  const me = await bind(wire, settings);
  const session = features.getChild("session", SESSION);
  if (session && !session.getChild("optional")) await begin(wire);
  const counter = counts ? await enable(wire) : new StreamManagement({ id: undefined, active: false });
  return { me, counter, resumed: false, ...(h?.h !== undefined && { h: h.h }) };
}

async function secure(wire: Wire, settings: Settings, features: Element): Promise<Element> {
  if (!features.getChild("starttls", TLS))
    throw fail(settings, `the server offers no encryption by STARTTLS: see ${settings.flags.tls}`);
  wire.send(tag("starttls", { xmlns: TLS }));
  const answer = await wire.take();
  if (!answer.is("proceed", TLS)) throw fail(settings, "the server refuses to go over to TLS");
  await wire.secureNow();
  return nextFeatures(wire);
}

// The library has all of SASL, and is shown no other feature: it would go on by itself.
async function authenticate(wire: Wire, settings: Settings, features: Element): Promise<Element> {
  if (!features.getChild("mechanisms", SASL)) throw fail(settings, "the server offers no way to log in");
  features.children = features.getChildren("mechanisms", SASL);
  wire.pass(features);
  for (;;) {
    const element = await wire.take();
    if (element.is("features", STREAMS)) return element;
    wire.pass(element);
  }
}

async function resume(wire: Wire, { id, h }: StreamManagement): Promise<{ resumed: boolean; h?: number }> {
  wire.send(tag("resume", { xmlns: SM, previd: id, h: String(h) }));
  const answer = await until(wire, (element) => element.getNS() === SM);
  const theirs = Number(answer.attrs.h ?? Number.NaN);
  const told = Number.isInteger(theirs) && theirs >= 0;
  return { resumed: answer.is("resumed", SM) && told, ...(told && { h: theirs }) };
}

async function bind(wire: Wire, settings: Settings): Promise<Jid> {
  const { resource } = settings.account;
  const wanted = resource === "" ? undefined : tag("resource", {}, resource);
  wire.send(tag("iq", { type: "set", id: "bind" }, tag("bind", { xmlns: BIND }, wanted)));
  const answer = await until(wire, ({ attrs }) => attrs.id === "bind");
  if (answer.attrs.type === "error")
    throw fail(settings, `the server begins no session: ${stanzaError(answer).why}`);
  return parseJid(answer.getChild("bind", BIND)?.getChildText("jid") ?? "") ?? settings.account;
}

// RFC 3921, section 3: servers from before 2011 give no message without it.
async function begin(wire: Wire): Promise<void> {
  wire.send(tag("iq", { type: "set", id: "session" }, tag("session", { xmlns: SESSION })));
  await until(wire, ({ attrs }) => attrs.id === "session");
}

async function enable(wire: Wire): Promise<StreamManagement> {
  wire.send(tag("enable", { xmlns: SM, resume: "true" }));
  const answer = await until(wire, (element) => element.getNS() === SM);
  const { id, resume } = answer.attrs;
  const may = resume === "true" || resume === "1";
  return new StreamManagement({ id: may ? id : undefined, active: answer.is("enabled", SM) });
}

async function nextFeatures(wire: Wire): Promise<Element> {
  return until(wire, (element) => element.is("features", STREAMS));
}

async function until(wire: Wire, test: (element: Element) => boolean): Promise<Element> {
  for (;;) {
    const element = await wire.take();
    if (test(element)) return element;
  }
}

function fail(settings: Settings, why: string): BotError {
  return new BotError("not_connected", `[input-${settings.name}] ${why}`);
}
