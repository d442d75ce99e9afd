import { BotError, type Flag, type ReadFlags, type Values } from "@micro-bot/core";
import { isAddress } from "./address.ts";
import type { ConnOptions } from "./conn.ts";
import type { ExchangerOptions } from "./exchanger.ts";
import type { MailboxOptions } from "./mailbox.ts";
import type { SenderOptions } from "./sender.ts";
import { relaysOf } from "./sessions.ts";

const declared = [
  { name: "email_address", required: true, usage: "The bot's own address, as in bot@example.com" },
  { name: "email_imap_server", usage: "Host name of the IMAP server whose mailbox is read" },
  { name: "email_imap_port", type: "number", default: 993, usage: "Its port: TLS on 993, else STARTTLS" },
  { name: "email_mailbox", default: "INBOX", usage: "The mailbox that is read" },
  {
    name: "email_listen",
    usage: "Instead of IMAP, be the mail exchanger: port, or address:port, to listen on, as in 25",
  },
  { name: "email_cert", usage: "With email_listen: PEM file of the certificate for STARTTLS" },
  { name: "email_key", usage: "With email_listen: PEM file of its key" },
  {
    name: "email_trusted_relays",
    type: "list",
    usage: "With email_listen: addresses whose Authentication-Results are believed, as in 127.0.0.1",
  },
  {
    name: "email_smtp_server",
    required: true,
    usage: "Host name of the SMTP server that takes the bot's mail",
  },
  { name: "email_smtp_port", type: "number", default: 587, usage: "Its port: TLS on 465, else STARTTLS" },
  { name: "email_user", usage: "Who signs in to both servers (default: the address)" },
  {
    name: "email_password",
    secret: true,
    usage: "Password of email_user; SMTP without one needs no sign-in",
  },
  {
    name: "email_plain",
    type: "boolean",
    usage: "Go without TLS where a server offers none: for a server on this machine",
  },
  {
    name: "email_authserv",
    usage: "Server whose Authentication-Results say who wrote a mail, by the name it gives itself there",
  },
  {
    name: "email_size",
    type: "number",
    default: 5_000_000,
    usage: "Most bytes of a mail; a larger one is refused",
  },
  {
    name: "email_replies",
    type: "number",
    default: 10,
    usage: "Most replies to one person, and in one thread, in ten minutes",
  },
  {
    name: "email_timeout",
    type: "duration",
    default: "30s",
    usage: "How long a server may be silent, and may take to answer",
  },
] as const satisfies readonly Flag[];

export const flags: readonly Flag[] = declared;

type Given = Values<typeof declared>;

export interface Settings extends ConnOptions {
  /** One of these two. */
  readonly mailbox?: MailboxOptions;
  readonly exchanger?: ExchangerOptions;
  readonly sender: SenderOptions;
  /** Most replies to one person in ten minutes. */
  readonly replies: number;
}

/** Settings out of flags; throws `config` that names the one at fault. */
export function readSettings(read: ReadFlags): Settings {
  const given = read(declared);
  const address = given.email_address.toLowerCase();
  if (!isAddress(address))
    throw wrong(
      "email_address",
      `'${given.email_address}' is not an address: it is one like bot@example.com`,
    );
  const { email_size: size, email_replies: replies, email_timeout: timeout } = given;
  if (!Number.isInteger(size) || size < 1000)
    throw wrong("email_size", `${size} is not a whole number of 1000 or more`);
  if (!Number.isInteger(replies) || replies < 1)
    throw wrong("email_replies", `${replies} is not a whole number of 1 or more`);
  if (timeout === 0) throw wrong("email_timeout", "is 0s: a server needs some time to answer");
  for (const flag of ["email_user", "email_password", "email_mailbox"] as const)
    if (/[\r\n\0]/u.test(given[flag] ?? "")) throw wrong(flag, "holds a line break or NUL");
  const user = given.email_user || address;
  const password = given.email_password || undefined;
  const { email_plain: plain } = given;
  const authserv = given.email_authserv?.trim().toLowerCase() || undefined;
  const sender = {
    server: host(given, "email_smtp_server"),
    port: port(given, "email_smtp_port"),
    ...{ plain, user, password, timeout },
  };
  const receiving = given.email_listen
    ? { exchanger: exchangerOf(given, address) }
    : { mailbox: mailboxOf(given, user) };
  return { address, authserv, size, replies, sender, ...receiving };
}

function mailboxOf(given: Given, user: string): MailboxOptions {
  const { email_imap_server: server, email_password: password, email_mailbox: mailbox } = given;
  if (!server)
    throw wrong(
      "email_imap_server",
      "is required: --email_imap_server=imap.example.com, or email_listen instead",
    );
  if (!password) throw wrong("email_password", "is required with email_imap_server: MICRO_EMAIL_PASSWORD");
  if (!mailbox) throw wrong("email_mailbox", "is empty: it is a name like INBOX");
  for (const flag of ["email_cert", "email_key"] as const)
    if (given[flag]) throw wrong(flag, "is for email_listen only");
  if (given.email_trusted_relays.length > 0) throw wrong("email_trusted_relays", "is for email_listen only");
  return {
    server: host(given, "email_imap_server"),
    port: port(given, "email_imap_port"),
    plain: given.email_plain,
    size: given.email_size,
    timeout: given.email_timeout,
    ...{ user, password, mailbox },
  };
}

const LISTEN = /^(?:(?<host>\[[0-9a-f:.]+\]|[^\s:[\]]+):)?(?<port>\d{1,5})$/iu;

function exchangerOf(given: Given, address: string): ExchangerOptions {
  const { email_listen: listen = "", email_imap_server: server, email_cert: cert, email_key: key } = given;
  if (server) throw wrong("email_listen", "and email_imap_server exclude each other: mail comes in one way");
  const { host, port = "" } = LISTEN.exec(listen.trim())?.groups ?? {};
  if (!isPort(Number(port)))
    throw wrong("email_listen", `'${listen}' is neither a port nor address:port, as in 25 or 127.0.0.1:2525`);
  if (cert && !key) throw wrong("email_key", "is required with email_cert");
  if (key && !cert) throw wrong("email_cert", "is required with email_key");
  return {
    host: host?.replace(/[[\]]/gu, ""),
    port: Number(port),
    size: given.email_size,
    timeout: given.email_timeout,
    relays: trustedRelays(given),
    ...{ address, cert, key },
  };
}

function trustedRelays({ email_trusted_relays: relays, email_authserv: authserv }: Given) {
  if (relays.length > 0 && !authserv)
    throw wrong(
      "email_authserv",
      "is required with email_trusted_relays: the name they give themselves there",
    );
  try {
    return relaysOf(relays);
  } catch {
    throw wrong(
      "email_trusted_relays",
      `'${relays.join(",")}' holds what is neither an IP address nor a network, as in 127.0.0.1,10.0.0.0/8`,
    );
  }
}

function host(given: Given, flag: "email_imap_server" | "email_smtp_server"): string {
  const value = given[flag] ?? "";
  if (/^[a-z0-9._-]+$|^[0-9a-f:]+$/iu.test(value)) return value;
  throw wrong(flag, `'${value}' is not a host name: it is one like mail.example.com`);
}

function port(given: Given, flag: "email_imap_port" | "email_smtp_port"): number {
  if (isPort(given[flag])) return given[flag];
  throw wrong(flag, `${given[flag]} is not a port: it is a whole number from 1 to 65535`);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function wrong(flag: keyof Given, why: string): BotError {
  return new BotError("config", `[input-email] ${flag} ${why}`);
}
