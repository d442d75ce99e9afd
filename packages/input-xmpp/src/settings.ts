import type { Element } from "./element.ts";
import type { Jid } from "./jid.ts";
import type { Tag } from "./tag.ts";

/** How the connection is encrypted: by STARTTLS, from the first byte (XEP-0368), or not at all. */
export type Tls = "starttls" | "direct" | "none";

/** Where and as whom to connect. */
export interface Settings {
  /** The input's name: first word of its addresses, and of what it logs. */
  readonly name: string;
  readonly account: Jid;
  readonly password: string;
  /** Host name; absent: by the domain's SRV records, else the domain itself. */
  readonly server: string | undefined;
  readonly port: number | undefined;
  readonly tls: Tls;
  /** File of certificates to trust, instead of those that Node knows. */
  readonly ca: string | undefined;
  /** How long the server may be silent, and may take to answer, in milliseconds. */
  readonly timeout: number;
  /** Names of flags, for errors. */
  readonly flags: {
    readonly [what in "account" | "password" | "server" | "tls" | "ca" | "resource"]: string;
  } & { readonly roomPasswords?: string };
  /** Every stanza is logged as `info`. */
  readonly verbose?: boolean;
  readonly dialect: Dialect;
}

/** What a network does in its own way. */
export interface Dialect {
  /** What is in the bot's presence. */
  readonly presence: readonly Tag[];
  /** Who the bot is, and where; asked after each login, and again after each `refresh`. */
  directory(ask: Ask): Promise<Directory>;
  /** Milliseconds; absent: never. */
  readonly refresh?: number;
  /** Whether an invitation by this account (bare JID) is followed. */
  follows(inviter: string): boolean;
}

/** Asks the server by an `iq`: `ask("get", to, tag(…))` resolves with the answer's payload. */
export type Ask = (type: "get" | "set", to: string | undefined, payload: Tag) => Promise<Element | undefined>;

export interface Directory {
  /** The bot's name in rooms; when it is taken, one near it until it is free. */
  readonly nick: string;
  /** Names that the bot is spoken to by, besides its nick. */
  readonly names: readonly string[];
  /** Bare JIDs. */
  readonly rooms: readonly string[];
  /** Domains of rooms that are believed who is in them, besides the account's own. */
  readonly believed: readonly string[];
  /** Passwords of rooms that have one, by bare JID. */
  readonly passwords?: ReadonlyMap<string, string>;
  /** How somebody is spoken to in a room. `person` is their bare JID, or their nick where that is all there is. */
  callOut(nick: string, person: string): string;
}
