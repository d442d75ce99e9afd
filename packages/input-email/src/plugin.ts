import { BotError, codeOf, type Input, type Log, messageOf, type Store } from "@micro-bot/core";
import type { EmailConn } from "./conn.ts";
import type { Intake } from "./intake.ts";
import type { Reading } from "./mailbox.ts";
import type { Position } from "./position.ts";
import { Restraint } from "./restraint.ts";
import { rows } from "./rows.ts";
import { flags, readSettings, type Settings } from "./settings.ts";

const name = "email";

/** What is loaded when it starts. */
interface Libraries {
  readonly parts: typeof import("./parts.ts");
  readonly parser: typeof import("mailparser");
  readonly mailer: typeof import("nodemailer");
  openIntake(): Intake;
}

/** E-mail: a mailbox read by IMAP, or the mail exchanger itself; answers go out by SMTP. */
export function email(): Input {
  let settings: Settings | undefined;
  let log: Log;
  let store: Store;
  let restraint: Restraint;
  let libraries: Libraries | undefined;
  let conn: EmailConn | undefined;
  let position: Position | undefined;
  const reading: Reading = { uid: 0, times: 0 };

  async function hangUp(): Promise<void> {
    const old = conn;
    conn = undefined;
    await old?.close();
  }

  /** The way in which mail is received: each connection is a new one. */
  async function loadIntake(
    { mailbox, exchanger }: Settings,
    parts: Libraries["parts"],
  ): Promise<() => Intake> {
    if (exchanger) {
      const library = await import("smtp-server");
      return () => new parts.Exchanger(library, exchanger, { seen: new parts.Seen(store), log });
    }
    const library = await import("imapflow");
    return () => {
      position ??= new parts.Position(store, `${mailbox!.user}/${mailbox!.mailbox}`, log);
      return new parts.Mailbox(library, mailbox!, { position, reading, log });
    };
  }

  return {
    name,
    flags: () => flags,
    rows,
    /** A mailbox is read by one; mail exchangers may be many. */
    get single() {
      return settings?.exchanger === undefined;
    },

    init(ctx) {
      settings = readSettings(ctx.flags);
      ({ log, store } = ctx);
      restraint = new Restraint(settings.replies);
    },

    async start() {
      const parts = await import("./parts.ts");
      const [openIntake, parser, mailer] = await Promise.all([
        loadIntake(settings!, parts),
        import("mailparser"),
        import("nodemailer"),
      ]);
      libraries = { parts, openIntake, parser, mailer };
    },

    async stream() {
      await hangUp();
      if (!libraries || !settings) throw new BotError("closed", "[input-email] it is not started");
      const sender = new libraries.parts.Sender(libraries.mailer, settings.sender);
      const parts = {
        intake: libraries.openIntake(),
        sender,
        restraint,
        threads: new libraries.parts.Threads(store, settings.address),
        parser: libraries.parser,
        log,
      };
      const mine = new libraries.parts.EmailConn(settings, parts);
      conn = mine;
      // A server that takes no mail now does not keep the bot from reading: what it says waits.
      const refused = sender.check().catch((error: unknown) => error);
      await mine.open();
      const error = await refused;
      if (error !== undefined && codeOf(error) !== "config") log.warn({}, messageOf(error));
      else if (error !== undefined) {
        await mine.close();
        throw error;
      }
      return mine;
    },

    async stop() {
      libraries = undefined;
      await hangUp();
    },
  };
}
