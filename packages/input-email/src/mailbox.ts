import { BotError, codeOf, type Log, messageOf } from "@micro-bot/core";
import { socketMessage, within } from "@micro-bot/kit";
import type { ImapFlow, ImapFlowOptions } from "imapflow";
import type { Intake, Letter, Receiver, Refusal } from "./intake.ts";
import type { Position } from "./position.ts";

export interface MailboxOptions {
  readonly server: string;
  readonly port: number;
  /** Also without TLS, where the server offers none. */
  readonly plain: boolean;
  readonly user: string;
  readonly password: string;
  /** Its name, `INBOX`. */
  readonly mailbox: string;
  /** Most bytes of a mail; of a larger one only the beginning is read. */
  readonly size: number;
  /** How long the server may be silent, and then how long it may take to answer, in milliseconds. */
  readonly timeout: number;
}

type Library = Pick<typeof import("imapflow"), "ImapFlow">;

/** RFC 8314, section 3.2: TLS from the first byte. */
const IMAPS = 993;
/** Enough for the headers of a mail that is not read. */
const BEGINNING = 64 * 1024;
/** A literal is no larger than what was asked for; the rest is the answer around it. */
const MARGIN = 64 * 1024;
/** A mail at which the connection broke so often is put aside unread. */
const MOST_TRIES = 3;
const LEAVING = 1000;
/** So much a server's clock may be ahead, in milliseconds. */
const CLOCKS = 24 * 60 * 60_000;

/** Which mail was being read when connections broke. Lives longer than they do. */
export interface Reading {
  uid: number;
  times: number;
}

/** One IMAP connection that reads a mailbox: RFC 3501, with IDLE of RFC 2177. */
export class Mailbox implements Intake {
  readonly #client: ImapFlow;
  readonly #options: MailboxOptions;
  readonly #position: Position;
  readonly #reading: Reading;
  readonly #log: Log;
  readonly #over = Promise.withResolvers<never>();
  #receiver: Receiver | undefined;
  #error: BotError | undefined;
  #connected = false;
  #wake: () => void = () => {};
  #fresh = false;

  constructor(
    { ImapFlow }: Library,
    options: MailboxOptions,
    { position, reading, log }: { position: Position; reading: Reading; log: Log },
  ) {
    this.#options = options;
    this.#position = position;
    this.#reading = reading;
    this.#log = log;
    this.#over.promise.catch(() => {});
    this.#client = new ImapFlow(clientOptions(options));
    // One without a listener would end the process.
    this.#client.on("error", (error) => this.#lost(messageOf(error), error));
    this.#client.on("close", () => this.#lost("the server hung up"));
    this.#client.on("exists", () => {
      this.#fresh = true;
      this.#wake();
    });
  }

  async open(receiver: Receiver): Promise<void> {
    this.#receiver = receiver;
    try {
      await this.#ask("the greeting", this.#client.connect());
      this.#connected = true;
      const box = await this.#ask("SELECT", this.#client.mailboxOpen(this.#options.mailbox));
      await this.#position.begin({
        validity: String(box.uidValidity),
        next: box.uidNext,
        newest: () => this.#newest(),
      });
    } catch (error) {
      const told = this.#told(error);
      this.#end(told);
      throw told;
    }
    void this.#read();
  }

  async close(): Promise<void> {
    if (this.#error) return;
    this.#end(new BotError("closed", "[input-email] the connection was closed"), "politely");
    await within(
      this.#client.logout().catch(() => {}),
      LEAVING,
    );
    this.#client.close();
  }

  async #newest(): Promise<number> {
    const mail = await this.#ask("FETCH", this.#client.fetchOne("*", { uid: true, internalDate: true }));
    return mail ? timeOf(mail.internalDate) : 0;
  }

  async #read(): Promise<void> {
    try {
      while (!this.#error) {
        this.#fresh = false;
        for (const uid of await this.#search()) await this.#take(uid);
        if (!this.#fresh) await this.#rest();
      }
    } catch (error) {
      if (!this.#error) this.#end(this.#told(error));
    }
  }

  async #search(): Promise<readonly number[]> {
    const range = { uid: `${this.#position.after + 1}:*` };
    const uids = await this.#ask("SEARCH", this.#client.search(range, { uid: true }));
    if (!Array.isArray(uids)) throw new Error("SEARCH was refused");
    return this.#position.found(uids);
  }

  /** Until there is something new, or the server was silent for long: then it is asked whether it is there. */
  async #rest(): Promise<void> {
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    // Any command ends IDLE: that, too, is a reason to look again.
    const idle = this.#client.idle().catch(() => {});
    await within(Promise.race([woken, idle, this.#over.promise]), this.#options.timeout);
    await this.#ask("NOOP", this.#client.noop());
  }

  async #take(uid: number): Promise<void> {
    if (this.#reading.uid !== uid) Object.assign(this.#reading, { uid, times: 0 });
    if (++this.#reading.times > MOST_TRIES) return this.#skip(uid);
    const letter = await this.#letter(uid);
    if (letter) await this.#receiver!.receive(letter);
    // It is the connection's fault no more.
    this.#reading.times = 0;
  }

  async #skip(uid: number): Promise<void> {
    this.#log.error(
      { uid },
      "email: a mail at which the connection broke again and again is put aside unread",
    );
    await this.#position.done(this.#validity(), uid, 0);
    await this.#mark(uid, ["\\Seen", "\\Flagged"]);
  }

  /** Undefined when it is gone, or history. */
  async #letter(uid: number): Promise<Letter | undefined> {
    const { size: most } = this.#options;
    const about = await this.#fetch(uid, { uid: true, size: true, internalDate: true });
    const validity = this.#validity();
    const size = about ? (about.size ?? 0) : 0;
    const time = about ? timeOf(about.internalDate) : 0;
    if (!about || this.#position.isHistory(uid, time, () => undefined)) {
      await this.#position.done(validity, uid, time);
      return undefined;
    }
    // Asked for in part, so that no size that the server announces wrongly is more than was bargained for.
    const maxLength = size > most ? BEGINNING : most + 1;
    const mail = await this.#fetch(uid, { uid: true, source: { start: 0, maxLength } });
    const source = mail ? mail.source : undefined;
    if (!source) {
      await this.#position.done(validity, uid, time);
      return undefined;
    }
    return {
      source,
      size: Math.max(size, source.length),
      time,
      trusted: true,
      isHistory: (date) => this.#position.isHistory(uid, time, () => date),
      isSeen: (key) => this.#position.isSeen(key),
      done: async (key) => {
        await this.#position.done(validity, uid, time, key);
        await this.#mark(uid, ["\\Seen"]);
      },
      refuse: async (refusal) => this.#putAside(uid, time, refusal),
    };
  }

  // It stays where it is, with a flag that people see.
  async #putAside(uid: number, time: number, { words }: Refusal): Promise<boolean> {
    this.#log.warn({ uid, why: words }, `email: a mail is put aside: ${words}`);
    await this.#position.done(this.#validity(), uid, time);
    await this.#mark(uid, ["\\Seen", "\\Flagged"]);
    return true;
  }

  /** For people who look into the mailbox; where the bot is, it knows by itself. */
  async #mark(uid: number, flags: string[]): Promise<void> {
    if (this.#error) return;
    const work = this.#client.messageFlagsAdd(String(uid), flags, { uid: true, silent: true });
    await this.#ask("STORE", work).catch((error: unknown) =>
      this.#log.debug({ uid, error: messageOf(error) }, "email: a mail could not be marked"),
    );
  }

  #fetch(uid: number, query: Parameters<ImapFlow["fetchOne"]>[1]) {
    return this.#ask("FETCH", this.#client.fetchOne(String(uid), query, { uid: true }));
  }

  #validity(): string {
    const { mailbox } = this.#client;
    return mailbox ? String(mailbox.uidValidity) : "";
  }

  /** What the server answers; ends the connection when it does not. */
  async #ask<T>(what: string, work: Promise<T>): Promise<T> {
    const { timeout } = this.#options;
    const late = setTimeout(() => this.#lost(`no answer to ${what} in ${timeout} ms`), timeout);
    try {
      return await Promise.race([work, this.#over.promise]);
    } finally {
      clearTimeout(late);
      work.catch(() => {});
    }
  }

  #lost(why: string, cause?: unknown): void {
    if (!this.#error) this.#end(this.#told(new Error(why, { cause })));
  }

  #end(error: BotError, how?: "politely"): void {
    if (this.#error) return;
    this.#error = error;
    this.#over.reject(error);
    this.#wake();
    this.#receiver?.end(error);
    if (how === undefined) this.#client.close();
  }

  /** What is wrong, in words of ours. */
  #told(error: unknown): BotError {
    if (this.#error) return this.#error;
    const { server, port, user, mailbox } = this.#options;
    const at = `${server}:${port}`;
    const failure = error as { authenticationFailed?: boolean; response?: unknown; mailboxMissing?: boolean };
    const make = (code: BotError["code"], words: string) =>
      new BotError(code, `[input-email] ${words}`, { cause: error });
    if (failure.authenticationFailed) {
      const said = typeof failure.response === "string" ? failure.response : messageOf(error);
      return make(
        "config",
        `${at} does not let '${user}' in: ${said}: are email_user and email_password right?`,
      );
    }
    if (failure.mailboxMissing) return make("config", `email_mailbox '${mailbox}' is not on ${at}`);
    if (["conflict", "config", "closed"].includes(codeOf(error)))
      return make("not_connected", messageOf(error));
    const what = this.#connected ? "connection lost to" : "cannot connect to";
    return make("not_connected", `${what} ${at}: ${socketMessage(error)}`);
  }
}

function clientOptions(options: MailboxOptions): ImapFlowOptions {
  const { server, port, plain, user, password, size, timeout } = options;
  const secure = port === IMAPS;
  return {
    host: server,
    port,
    secure,
    ...(!secure && !plain && { doSTARTTLS: true }),
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
    // What is small on the wire must not be large here.
    disableCompression: true,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    // The second watchdog: ours asks after `timeout`, and waits as long for the answer.
    socketTimeout: 3 * timeout,
    maxLiteralSize: size + MARGIN,
    maxResponseSize: size + 4 * MARGIN,
    maxLineLength: 16 * MARGIN,
    maxResponseTokens: 100_000,
  };
}

/** An INTERNALDATE in milliseconds. One that has not come is not believed: all mail before it would be history. */
export function timeOf(date: Date | string | undefined): number {
  const now = Date.now();
  const time = date === undefined ? Number.NaN : new Date(date).getTime();
  return Number.isNaN(time) || time > now + CLOCKS ? now : time;
}
