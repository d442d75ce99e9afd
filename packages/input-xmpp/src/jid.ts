/** An XMPP address: RFC 7622. */
export interface Jid {
  /** Empty for a server. */
  readonly local: string;
  readonly domain: string;
  /** One connection of an account, or a nick in a room. May be empty. */
  readonly resource: string;
}

// RFC 7622, sections 3.2 to 3.4: what may stand in none of them, and in a local part besides.
const PARTS = /^(?:([^@/]+)@)?([^@/]+)(?:\/(.+))?$/su;
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f]/u;
const FORBIDDEN_OUTSIDE_RESOURCE = /[\s"&':<>\p{Default_Ignorable_Code_Point}]/u;
const LONGEST_PART = 1023;

/** Reads `local@domain/resource`, or says by undefined that it is none. Local part and domain become lower case. */
export function parseJid(text: string): Jid | undefined {
  const [, local = "", domain = "", resource = ""] = PARTS.exec(text) ?? [];
  const parts = [local, domain, resource];
  if (domain === "" || !text.isWellFormed()) return undefined;
  if (parts.some((part) => FORBIDDEN.test(part) || Buffer.byteLength(part) > LONGEST_PART)) return undefined;
  if (FORBIDDEN_OUTSIDE_RESOURCE.test(local) || FORBIDDEN_OUTSIDE_RESOURCE.test(domain)) return undefined;
  return { local: local.toLowerCase(), domain: domain.toLowerCase(), resource };
}

/** The address without its resource. */
export function bareJid({ local, domain }: Omit<Jid, "resource">): string {
  return local === "" ? domain : `${local}@${domain}`;
}

/** The address as text. */
export function formatJid(jid: Jid): string {
  return jid.resource === "" ? bareJid(jid) : `${bareJid(jid)}/${jid.resource}`;
}
