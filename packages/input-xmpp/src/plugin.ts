import { BotError, type Flag, type Input, type Values } from "@micro-bot/core";
import { newXmppInput } from "./input.ts";
import { bareJid, parseJid } from "./jid.ts";
import type { Settings, Tls } from "./settings.ts";

export type { Element } from "./element.ts";
export { newXmppInput, type XmppProfile } from "./input.ts";
export { bareJid, type Jid, parseJid } from "./jid.ts";
export type { Ask, Dialect, Directory, Settings } from "./settings.ts";
export { type Tag, tag } from "./tag.ts";

const flags = [
  { name: "xmpp_jid", required: true, usage: "The bot's account, as in micro@example.org" },
  { name: "xmpp_password", required: true, secret: true, usage: "Password of that account" },
  { name: "xmpp_domain", usage: "The account's domain, where xmpp_jid is only a user name" },
  { name: "xmpp_server", usage: "Host name to connect to (default: what DNS says of the domain)" },
  { name: "xmpp_port", type: "number", usage: "Port of the server (default: 5222, or 5223 with direct TLS)" },
  {
    name: "xmpp_tls",
    default: "starttls",
    usage:
      "How to encrypt: starttls, direct (TLS from the first byte), or none (only on a network of your own)",
  },
  { name: "xmpp_ca", usage: "File of the certificates to trust (PEM), instead of the usual ones" },
  { name: "xmpp_rooms", type: "list", usage: "Rooms to enter, as in ops@conference.example.org" },
  {
    name: "xmpp_room_passwords",
    type: "list",
    secret: true,
    usage: "Passwords of rooms that have one, as in ops@conference.example.org PASSWORD",
  },
  {
    name: "xmpp_nick",
    default: "micro",
    usage: "The bot's name in rooms; when it is taken, one near it until it is free",
  },
  {
    name: "xmpp_resource",
    default: "micro-bot",
    usage: "Names this bot among all connections of its account",
  },
  {
    name: "xmpp_inviters",
    type: "list",
    usage: "Accounts whose invitations into rooms are followed, as in alice@example.org",
  },
  {
    name: "xmpp_timeout",
    type: "duration",
    default: "10s",
    usage: "How long the server may be silent, and may take to answer",
  },
] as const satisfies readonly Flag[];

/** XMPP, also known as Jabber. One account, in many rooms and in direct chats. */
export function xmpp(): Input {
  return newXmppInput({ name: "xmpp", flags, settings: check });
}

type Given = Values<typeof flags>;

function check(given: Given): Settings {
  const wrong = (flag: keyof Given, why: string) => new BotError("config", `[input-xmpp] ${flag} ${why}`);
  const {
    xmpp_jid: user,
    xmpp_domain: domain,
    xmpp_port: port,
    xmpp_server: server,
    xmpp_nick: nick,
    xmpp_tls: tls,
  } = given;
  const account = parseJid(user.includes("@") || !domain ? user : `${user}@${domain}`);
  if (!account || account.local === "")
    throw wrong("xmpp_jid", `'${user}' is not an account: write name@example.org, or name and xmpp_domain`);
  if (domain && account.domain !== domain.toLowerCase())
    throw wrong("xmpp_domain", `'${domain}' is not the domain of ${bareJid(account)}: leave one of them out`);
  if (server !== undefined && !/^[^\s/@]+$/u.test(server))
    throw wrong("xmpp_server", `'${server}' is not a host name: write xmpp.example.org`);
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535))
    throw wrong("xmpp_port", `${port} is not a port: it is a whole number from 1 to 65535`);
  if (!isTls(tls)) throw wrong("xmpp_tls", `'${tls}' is none of starttls, direct, none`);
  if (!parseJid(`room@${account.domain}/${nick}`)?.resource)
    throw wrong("xmpp_nick", `'${nick}' is not a name: it is not empty and has no control character`);
  const resource = account.resource || given.xmpp_resource;
  if (!parseJid(`${bareJid(account)}/${resource}`)?.resource)
    throw wrong(
      "xmpp_resource",
      `'${resource}' is not a resource: it is not empty and has no control character`,
    );
  if (given.xmpp_timeout === 0) throw wrong("xmpp_timeout", "is 0s: the server needs some time to answer");
  const rooms = given.xmpp_rooms.map((text) => bareOf(text) ?? fail("xmpp_rooms", text));
  const passwords = new Map(given.xmpp_room_passwords.map(passwordOf));
  const believed = rooms.map((room) => parseJid(room)!.domain);
  const inviters = new Set(given.xmpp_inviters.map((text) => bareOf(text) ?? fail("xmpp_inviters", text)));

  // The text may hold a password: it is not shown.
  function passwordOf(text: string, at: number): [room: string, password: string] {
    const [, address = "", password = ""] = /^(\S+)\s+(.+)$/su.exec(text) ?? [];
    const room = bareOf(address);
    if (room === undefined || password === "")
      throw wrong(
        "xmpp_room_passwords",
        `${at + 1} is not a room and its password: write ops@conference.example.org PASSWORD, with a space between them and a comma before the next`,
      );
    return [room, password];
  }

  function fail(flag: keyof Given, text: string): never {
    throw wrong(
      flag,
      `'${text}' is no address: write name@${flag === "xmpp_rooms" ? "conference." : ""}example.org`,
    );
  }

  return {
    name: "xmpp",
    account: { ...account, resource },
    password: given.xmpp_password,
    server,
    port,
    tls,
    ca: given.xmpp_ca,
    timeout: given.xmpp_timeout,
    flags: {
      account: "xmpp_jid",
      password: "xmpp_password",
      server: "xmpp_server",
      tls: "xmpp_tls",
      ca: "xmpp_ca",
      resource: "xmpp_resource",
      roomPasswords: "xmpp_room_passwords",
    },
    dialect: {
      presence: [],
      directory: async () => ({ nick, names: [], rooms, believed, passwords, callOut: (nick) => nick }),
      follows: (inviter) => inviters.has(inviter),
    },
  };
}

// As it is, or as an address of this input: `xmpp:ops@conference.example.org`.
function bareOf(text: string): string | undefined {
  const jid = parseJid(text.replace(/^xmpp:/u, ""));
  return jid && jid.local !== "" && jid.resource === "" ? bareJid(jid) : undefined;
}

function isTls(text: string): text is Tls {
  return ["starttls", "direct", "none"].includes(text);
}
