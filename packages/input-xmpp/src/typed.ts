import type { Element } from "./element.ts";

/** XEP-0428, and its name before: parts of a body that stand there for clients that do not know better. */
const FALLBACKS = ["urn:xmpp:fallback:0", "urn:xmpp:feature-fallback:0"];
/** What is about an earlier message and says nothing itself: XEP-0444, XEP-0424, XEP-0422, XEP-0367. */
const ABOUT_ANOTHER = [
  ["reactions", "urn:xmpp:reactions:0"],
  ["retract", "urn:xmpp:message-retract:0"],
  ["retract", "urn:xmpp:message-retract:1"],
  ["apply-to", "urn:xmpp:fasten:0"],
  ["attach-to", "urn:xmpp:message-attaching:1"],
] as const;
/** Keys without a text have no `payload`: XEP-0384, section 4.5 of version 0.3. */
const OMEMO = ["eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2"];
/** XEP-0380, XEP-0373, XEP-0027. */
const ENCRYPTED = [
  ["encryption", "urn:xmpp:eme:0"],
  ["openpgp", "urn:xmpp:openpgp:0"],
  ["x", "jabber:x:encrypted"],
] as const;
/** XEP-0364, section 3. */
const OTR = /^\?OTR/u;
/** XEP-0393, section 5.1.3. A face such as `>:(` is none. */
const QUOTE = /^(?:>(?=[\s>]|$).*(?:\n|$))+\s*/u;

/** What a message's body is, besides text. */
export interface Body {
  /** What was typed; of a file, its address; of what is encrypted, anything. */
  readonly text: string;
  /** Nobody without the keys can read it; the body only says so. */
  readonly encrypted: boolean;
  /** The text is the address of a file (XEP-0066, XEP-0447). */
  readonly file: boolean;
}

/** What a message's body says in its person's own words; undefined when it says nothing. */
export function readBody(stanza: Element, body: string | undefined): Body | undefined {
  if (ABOUT_ANOTHER.some(([name, xmlns]) => stanza.getChild(name, xmlns))) return undefined;
  const omemo = OMEMO.map((xmlns) => stanza.getChild("encrypted", xmlns)).find((one) => one !== undefined);
  if (omemo && !omemo.getChild("payload")) return undefined;
  const encrypted = omemo !== undefined || ENCRYPTED.some(([name, xmlns]) => stanza.getChild(name, xmlns));
  if (encrypted || OTR.test(body ?? "")) return { text: body ?? "", encrypted: true, file: false };
  if (body === undefined) return undefined;
  const text = typed(stanza, body);
  if (isFile(stanza, body, text)) return { text: body, encrypted: false, file: true };
  return { text, encrypted: false, file: false };
}

/** A text without the lines at its start that quote somebody; as it is when it holds nothing else. */
export function withoutQuote(text: string): string {
  return text.replace(QUOTE, "") || text;
}

// Counted in code points: XEP-0426. A part that is not well marked may be all of it: nothing of such a body is run.
function typed(stanza: Element, body: string): string {
  const chars = Array.from(body);
  const parts = FALLBACKS.flatMap((xmlns) => stanza.getChildren("fallback", xmlns))
    .flatMap((fallback) => rangesOf(fallback, chars.length))
    .sort(([a], [b]) => a - b);
  let kept = "";
  let at = 0;
  for (const [start, end] of parts) {
    kept += chars.slice(at, Math.max(at, start)).join("");
    at = Math.max(at, end);
  }
  return kept + chars.slice(at).join("");
}

function rangesOf(fallback: Element, length: number): [start: number, end: number][] {
  const whole: [number, number] = [0, length];
  if (fallback.getChildElements().length === 0) return [whole];
  return fallback.getChildren("body").map(({ attrs: { start = "0", end = String(length) } }) => {
    const isRange = /^\d+$/u.test(start) && /^\d+$/u.test(end) && Number(start) <= Number(end);
    return isRange ? [Number(start), Number(end)] : whole;
  });
}

function isFile(stanza: Element, body: string, text: string): boolean {
  const address = stanza.getChild("x", "jabber:x:oob")?.getChildText("url");
  if (typeof address === "string" && address.trim() === body.trim()) return true;
  return text.trim() === "" && stanza.getChild("file-sharing", "urn:xmpp:sfs:0") !== undefined;
}
