import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { BotError, type Input, type Log, messageOf } from "@micro-bot/core";
import { byteLength } from "@micro-bot/kit";
import { compose } from "./compose.ts";
import { IrcConn } from "./conn.ts";
import { flags, type Settings, settingsOf } from "./settings.ts";
import { decoding } from "./transport.ts";
import { type Certificate, type Library, Wire } from "./wire.ts";

const name = "irc";

/** IRC: RFC 1459 and 2812, with IRCv3 where the network has it. One connection, as one nick, in many channels. */
export function irc(): Input {
  let settings: Settings;
  let log: Log;
  let library: Library | undefined;
  let certificate: Certificate | undefined;
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
      settings = settingsOf(ctx.flags(flags));
      log = ctx.log;
    },

    fits(event) {
      const sent = compose(event, conn?.mask ?? { nick: byteLength(settings.nick) });
      return sent.take(settings.lines + 1).toArray().length <= settings.lines;
    },

    async start() {
      certificate = settings.certificate && (await readCertificate(settings.certificate));
      library ??= await load();
    },

    async stream() {
      await hangUp();
      if (!library) throw new BotError("closed", "[input-irc] it is not started");
      const mine = new IrcConn(new Wire(library, settings, log, certificate), settings, log);
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

async function load(): Promise<Library> {
  const [{ Client }, { default: transport }] = await Promise.all([
    import("irc-framework"),
    import("irc-framework/src/transports/net.js"),
  ]);
  return { Client, transport: decoding(transport) };
}

/** Throws `config` for files that cannot be read or do not belong together. */
async function readCertificate(files: NonNullable<Settings["certificate"]>): Promise<Certificate> {
  const read = (flag: string, file: string) =>
    readFile(file, "utf8").catch((cause) => {
      throw new BotError("config", `[input-irc] ${flag}: ${messageOf(cause)}`, { cause });
    });
  const certificate = await read("irc_tls_cert", files.certificate);
  const key = await read("irc_tls_key", files.key);
  try {
    createSecureContext({ cert: certificate, key });
  } catch {
    // The library's words may hold parts of the file.
    throw new BotError(
      "config",
      "[input-irc] irc_tls_cert and irc_tls_key: no certificate and its private key, in PEM, are in these files",
    );
  }
  return { certificate, private_key: key };
}
