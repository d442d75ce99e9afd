import { BotError, type ErrorCode, messageOf } from "@micro-bot/core";
import { clean, isBotError } from "@micro-bot/kit";
import type { Element } from "./element.ts";
import { bareJid } from "./jid.ts";
import type { Settings } from "./settings.ts";

const STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams";
/** RFC 6120, section 6.5: what another try does not mend. The rest may pass. */
const REFUSED = new Set([
  "account-disabled",
  "credentials-expired",
  "encryption-required",
  "invalid-authzid",
  "malformed-request",
  "mechanism-too-weak",
  "not-authorized",
]);
const UNKNOWN_CA = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly condition?: string;
}

/** What ended a connection, in our words. `place` is where it went to. */
export function explain(error: unknown, settings: Settings, place: { host: string; port: number }): BotError {
  const { flags, account } = settings;
  const { name, code = "", condition = "" } = error as Thrown;
  const fail = (kind: ErrorCode, why: string) =>
    new BotError(kind, `[input-${settings.name}] ${place.host}:${place.port}: ${why}`, { cause: error });
  if (isBotError(error)) return error;
  if (name === "SASLError" && REFUSED.has(condition))
    return fail(
      "config",
      `the server refuses ${bareJid(account)} with this password (${condition}): see ${flags.account} and ${flags.password}`,
    );
  if (name === "SASLError") return fail("not_connected", `logging in failed: ${condition}`);
  if (code === "CERT_HAS_EXPIRED") return fail("not_connected", "its certificate has expired");
  if (code === "CERT_NOT_YET_VALID")
    return fail("not_connected", "its certificate is not valid yet: is the clock right?");
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return fail(
      "not_connected",
      `its certificate is not for ${account.domain}, the domain of ${flags.account}`,
    );
  if (UNKNOWN_CA.has(code))
    return fail(
      "not_connected",
      `its certificate is signed by nobody known here (${code}): name the file of its CA by ${flags.ca}`,
    );
  if (name === "TimeoutError") return fail("not_connected", `no answer in ${settings.timeout} ms`);
  if (name === "XMLError")
    return fail("not_connected", `it sent XML that is not well-formed (${messageOf(error)})`);
  return fail("not_connected", messageOf(error) || code || "the connection was lost");
}

/** A stream error is the server's last word: RFC 6120, section 4.9. */
export function streamError(element: Element, { flags, account, name }: Settings): BotError {
  const condition = element
    .getChildElements()
    .find((one) => one.getNS() === STREAM_ERRORS && !one.is("text"));
  const what = condition?.getName() ?? "undefined-condition";
  const words = clean(element.getChildText("text", STREAM_ERRORS) ?? "").slice(0, 200);
  const why: Readonly<Record<string, string>> = {
    conflict: `another program has logged in as ${bareJid(account)} with the same resource: give each its own ${flags.resource}`,
    "host-unknown": `the server does not serve ${account.domain}, the domain of ${flags.account}`,
    "see-other-host": `the server sends this account to ${clean(condition?.text() ?? "").slice(0, 200)}: name it by ${flags.server}`,
  };
  const text = (Object.hasOwn(why, what) && why[what]) || `the server ended the stream: ${what}`;
  return new BotError("not_connected", `[input-${name}] ${words ? `${text} (${words})` : text}`, {
    detail: { condition: what },
  });
}
