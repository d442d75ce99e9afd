import { BotError, type Values } from "@micro-bot/core";
import type { Channel } from "./rooms.ts";
import { MECHANISMS } from "./sasl.ts";
import { isChannel, isNick } from "./text.ts";
import type { WireOptions } from "./wire.ts";

export const flags = [
  { name: "irc_server", required: true, usage: "Host name of the IRC server" },
  { name: "irc_port", type: "number", usage: "Port of the server (default: 6667, or 6697 with TLS)" },
  { name: "irc_tls", type: "boolean", usage: "Connect with TLS, and check the server's certificate" },
  {
    name: "irc_nick",
    default: "micro",
    usage: "The bot's name; when it is taken, one near it until it is free",
  },
  {
    name: "irc_user",
    usage: "User name that the server is told (default: the nick, as far as user names go)",
  },
  {
    name: "irc_channels",
    type: "list",
    usage: "Channels to join, as in #ops,#dev; one with a key: #ops key",
  },
  { name: "irc_password", secret: true, usage: "The server's own password" },
  { name: "irc_sasl_user", usage: "Services account to log in to, by SASL" },
  { name: "irc_sasl_password", secret: true, usage: "Password of that account" },
  {
    name: "irc_sasl_mechanism",
    usage: "SCRAM-SHA-256, PLAIN or EXTERNAL, and no other (default: the best that the server has of these)",
  },
  {
    name: "irc_tls_cert",
    usage: "File with a client certificate, in PEM, to log in by; without irc_sasl_user by SASL EXTERNAL",
  },
  { name: "irc_tls_key", usage: "File with its private key, in PEM (default: that of irc_tls_cert)" },
  {
    name: "irc_lines",
    type: "number",
    default: 20,
    usage: "Most lines of one reply, 2 or more; 'more' brings the rest",
  },
  {
    name: "irc_pace",
    type: "duration",
    default: "2s",
    usage: "Time between two lines after a burst of five, so that the server sees no flood",
  },
  {
    name: "irc_rejoin",
    type: "duration",
    default: "10s",
    usage: "How long after a kick to come back, once; 0s for never",
  },
  {
    name: "irc_timeout",
    type: "duration",
    default: "30s",
    usage: "How long the server may be silent, and may take to answer",
  },
] as const;

/** What the flags say. */
export interface Settings extends WireOptions {
  readonly channels: readonly Channel[];
  /** Most lines of one reply. */
  readonly lines: number;
  /** Milliseconds a line, after the burst. */
  readonly pace: number;
  /** Milliseconds after a kick. */
  readonly rejoin: number;
  /** Files in PEM. */
  readonly certificate?: { readonly certificate: string; readonly key: string } | undefined;
}

/** As servers take it: ngIRCd, InspIRCd and solanum agree on these. */
const USER = /^[\dA-Za-z][\w.-]*$/u;

type Given = Values<typeof flags>;

/** Throws `config` that names the flag at fault. */
export function settingsOf(given: Given): Settings {
  const wrong = (flag: keyof Given, why: string) => new BotError("config", `[input-irc] ${flag} ${why}`);
  const {
    irc_server: server,
    irc_tls: tls,
    irc_port: port = tls ? 6697 : 6667,
    irc_nick: nick,
    irc_user: user = userOf(nick),
    irc_channels,
    irc_sasl_user: saslUser,
    irc_sasl_password: saslPassword,
    irc_sasl_mechanism: way,
    irc_tls_cert: certificate,
    irc_tls_key: key = certificate,
    irc_lines: lines,
  } = given;
  if (!server || /[\s/]/u.test(server))
    throw wrong(
      "irc_server",
      `'${server}' is not a host name: --irc_server=irc.example.org or MICRO_IRC_SERVER`,
    );
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw wrong("irc_port", `${port} is not a port: it is a whole number from 1 to 65535`);
  if (!isNick(nick))
    throw wrong("irc_nick", `'${nick}' is not a nick: letters, digits, and any of - _ [ ] { } ^ \``);
  if (!USER.test(user))
    throw wrong("irc_user", `'${user}' is not a user name: letters and digits, then any of - _ . too`);
  const channels = irc_channels.map((text): Channel => {
    const [name = "", key, ...more] = text.trim().split(/\s+/u);
    // What stands behind it may be a key, and is not told.
    if (!/^[#&]/u.test(name) || !isChannel(name) || more.length > 0)
      throw wrong(
        "irc_channels",
        `'${name}' is not a channel: it begins with # or &, and then a key may follow`,
      );
    return { name, key };
  });
  for (const flag of ["irc_password", "irc_sasl_user", "irc_sasl_password"] as const)
    if (/[\r\n\0]/u.test(given[flag] ?? ""))
      throw wrong(flag, "holds a line break or NUL, which IRC cannot send");
  if (saslUser && !saslPassword) throw wrong("irc_sasl_password", `is required with irc_sasl_user`);
  if (saslPassword && !saslUser) throw wrong("irc_sasl_user", `is required with irc_sasl_password`);
  const mechanism = MECHANISMS.find((name) => name === way?.toUpperCase());
  if (way !== undefined && !mechanism)
    throw wrong("irc_sasl_mechanism", `'${way}' is not one of ${MECHANISMS.join(", ")}`);
  if (mechanism === "EXTERNAL" && !certificate)
    throw wrong("irc_tls_cert", "is required with the mechanism EXTERNAL");
  if (mechanism !== undefined && mechanism !== "EXTERNAL" && !saslUser)
    throw wrong("irc_sasl_user", `is required with the mechanism ${mechanism}`);
  if (key !== undefined && !certificate) throw wrong("irc_tls_cert", "is required with irc_tls_key");
  if (certificate && !tls) throw wrong("irc_tls", "is required with irc_tls_cert");
  if (!Number.isInteger(lines) || lines < 2)
    throw wrong("irc_lines", `${lines} is not a whole number of 2 or more`);
  if (given.irc_timeout === 0) throw wrong("irc_timeout", "is 0s: the server needs some time to answer");
  return {
    server,
    port,
    tls,
    nick,
    channels,
    user,
    password: given.irc_password,
    sasl: { user: saslUser, password: saslPassword, certificate: certificate !== undefined, mechanism },
    certificate: certificate && key ? { certificate, key } : undefined,
    lines,
    pace: given.irc_pace,
    rejoin: given.irc_rejoin,
    timeout: given.irc_timeout,
  };
}

/** A user name like the nick, without the letters that only nicks may have. */
function userOf(nick: string): string {
  return nick.replace(/[^\w.-]/gu, "").replace(/^[^\dA-Za-z]+/u, "") || "micro";
}
