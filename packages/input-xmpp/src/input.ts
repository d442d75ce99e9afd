import { readFile } from "node:fs/promises";
import { BotError, type Flag, type Input, type Log, messageOf, type Values } from "@micro-bot/core";
import { fits } from "./compose.ts";
import { type Keeper, XmppConn } from "./conn.ts";
import { locate } from "./locate.ts";
import { Receipts } from "./receipts.ts";
import { Rooms } from "./rooms.ts";
import { Session } from "./session.ts";
import type { Settings } from "./settings.ts";
import { type Library, Wire } from "./wire.ts";

/** An input over XMPP: its name, its flags, and how they are read. */
export interface XmppProfile<F extends readonly Flag[]> {
  readonly name: string;
  readonly flags: F;
  /** Throws `config` naming the flag at fault. */
  settings(given: Values<F>): Settings;
}

/** How long after a kick to come back to a room, in milliseconds. */
const PAUSE = 10_000;

/** XMPP: RFC 6120 and 6121, in rooms (XEP-0045) and directly. One account, one connection. */
export function newXmppInput<const F extends readonly Flag[]>(profile: XmppProfile<F>): Input {
  const { name } = profile;
  let settings: Settings;
  let log: Log;
  let library: Library | undefined;
  let ca: string | undefined;
  let conn: XmppConn | undefined;

  const error = (code: BotError["code"], why: string) => new BotError(code, `[input-${name}] ${why}`);

  let rooms: Rooms;
  const keeper: Keeper = {
    session: undefined,
    begin(me, counter) {
      rooms.reset();
      return new Session({
        me,
        counter,
        rooms,
        receipts: new Receipts({ timeout: settings.timeout, error }),
      });
    },
  };

  async function hangUp(): Promise<void> {
    await conn?.close();
    conn = undefined;
  }

  return {
    name,
    single: true,
    fits,
    flags: () => profile.flags,

    init(ctx) {
      settings = profile.settings(ctx.flags(profile.flags));
      log = ctx.log;
    },

    async start() {
      library ??= await import("@xmpp/client");
      const { account, flags } = settings;
      rooms = new Rooms({
        log,
        name,
        pause: PAUSE,
        domain: account.domain,
        ...(flags.roomPasswords !== undefined && { passwordFlag: flags.roomPasswords }),
      });
      ca = settings.ca === undefined ? undefined : await readCa(settings.ca, error);
    },

    async stream() {
      await hangUp();
      const place = await locate(settings);
      if (!library) throw error("closed", "it is not started");
      const wire = new Wire({ library, settings, log, place, ca });
      const mine = new XmppConn(wire, settings, log, keeper);
      conn = mine;
      await mine.open();
      return mine;
    },

    async stop() {
      library = undefined;
      await hangUp();
      keeper.session?.end();
      keeper.session = undefined;
    },

    status: () => keeper.session?.rooms.status() ?? [],
  };

  function readCa(file: string, error: (code: BotError["code"], why: string) => BotError): Promise<string> {
    return readFile(file, "utf8").catch((reason) => {
      throw error("config", `${settings.flags.ca}: ${messageOf(reason)}`);
    });
  }
}
