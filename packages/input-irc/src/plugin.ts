import { BotError, type Flag, type Input, type Log, type Values } from "@micro-bot/core";
import { compose } from "./compose.ts";
import { IrcConn, type Settings } from "./conn.ts";
import { byteLength } from "./split.ts";
import { isChannel, isNick } from "./text.ts";
import { Wire } from "./wire.ts";

const flags = [
  { name: "irc_server", required: true, usage: "Host name of the IRC server" },
  { name: "irc_port", type: "number", usage: "Port of the server (default: 6667, or 6697 with TLS)" },
  { name: "irc_tls", type: "boolean", usage: "Connect with TLS, and check the server's certificate" },
  {
    name: "irc_nick",
    default: "micro",
    usage: "The bot's name; when it is taken, one near it until it is free",
  },
  { name: "irc_channels", type: "list", usage: "Channels to join, as in #ops,#dev" },
  { name: "irc_password", secret: true, usage: "The server's own password" },
  { name: "irc_sasl_user", usage: "Services account to log in to, by SASL PLAIN" },
  { name: "irc_sasl_password", secret: true, usage: "Password of that account" },
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
] as const satisfies readonly Flag[];

const name = "irc";

/** IRC: RFC 1459 and 2812, with IRCv3 where the network has it. One connection, as one nick, in many channels. */
export function irc(): Input {
  let settings: Settings;
  let lines: number;
  let log: Log;
  let library: typeof import("irc-framework") | undefined;
  let conn: IrcConn | undefined;

  async function hangUp(): Promise<void> {
    await conn?.close();
    conn = undefined;
  }

  return {
    name,
    single: true,
    terse: true,
    flags: () => flags,

    init(ctx) {
      const given = ctx.flags(flags);
      settings = check(given);
      lines = given.irc_lines;
      log = ctx.log;
    },

    fits(event) {
      const sent = compose(event, conn?.mask ?? { nick: byteLength(settings.nick) });
      return sent.take(lines + 1).toArray().length <= lines;
    },

    async start() {
      library ??= await import("irc-framework");
    },

    async stream() {
      await hangUp();
      if (!library) throw new BotError("closed", "[input-irc] it is not started");
      const { Client } = library;
      const mine = new IrcConn(new Wire(new Client(), settings, log), settings, log);
      conn = mine;
      await mine.open();
      return mine;
    },

    async stop() {
      library = undefined;
      await hangUp();
    },

    status: () => conn?.status() ?? [],
  };
}

type Given = Values<typeof flags>;

function check(given: Given): Settings {
  const wrong = (flag: keyof Given, why: string) => new BotError("config", `[input-irc] ${flag} ${why}`);
  const {
    irc_server: server,
    irc_tls: tls,
    irc_port: port = tls ? 6697 : 6667,
    irc_nick: nick,
    irc_channels: channels,
    irc_sasl_user: saslUser,
    irc_sasl_password: saslPassword,
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
  for (const channel of channels)
    if (!/^[#&]/u.test(channel) || !isChannel(channel))
      throw wrong("irc_channels", `'${channel}' is not a channel: it begins with # or &, and has no space`);
  for (const flag of ["irc_password", "irc_sasl_user", "irc_sasl_password"] as const)
    if (/[\r\n\0]/u.test(given[flag] ?? ""))
      throw wrong(flag, "holds a line break or NUL, which IRC cannot send");
  if (saslUser && !saslPassword) throw wrong("irc_sasl_password", `is required with irc_sasl_user`);
  if (saslPassword && !saslUser) throw wrong("irc_sasl_user", `is required with irc_sasl_password`);
  if (!Number.isInteger(lines) || lines < 2)
    throw wrong("irc_lines", `${lines} is not a whole number of 2 or more`);
  if (given.irc_timeout === 0) throw wrong("irc_timeout", "is 0s: the server needs some time to answer");
  return {
    server,
    port,
    tls,
    nick,
    channels,
    password: given.irc_password,
    saslUser,
    saslPassword,
    pace: given.irc_pace,
    rejoin: given.irc_rejoin,
    timeout: given.irc_timeout,
  };
}
