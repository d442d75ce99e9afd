import {
  type Address,
  BotError,
  type Conn,
  type Event,
  type Log,
  messageOf,
  type Receipt,
} from "@micro-bot/core";
import { ellipsis, oneLine, Queue } from "@micro-bot/kit";
import { automaticReason } from "./automatic.ts";
import { compose, isReply } from "./compose.ts";
import { isOwnId, ownId } from "./ids.ts";
import type { Intake, Letter, Refusal } from "./intake.ts";
import { dateOf, headOf, type Library, type Mail, readMail } from "./mail.ts";
import { hearMail, isOwn, notesOf } from "./read.ts";
import type { Restraint } from "./restraint.ts";
import type { Sender } from "./sender.ts";
import type { Threads } from "./threads.ts";

export interface ConnOptions {
  /** The bot's. */
  readonly address: string;
  /** The server whose word on senders is taken. */
  readonly authserv?: string | undefined;
  /** Most bytes of a mail. */
  readonly size: number;
}

export interface ConnParts {
  readonly intake: Intake;
  readonly sender: Sender;
  readonly restraint: Restraint;
  readonly threads: Threads;
  readonly parser: Library;
  readonly log: Log;
}

/** Events that are read ahead. */
const MAX_AHEAD = 20;
/** Answers of the bot in one thread, after which it is told to begin a new one. */
const DEEPEST = 40;

/** Mail in both directions, while one way of receiving it lasts. */
export class EmailConn implements Conn {
  readonly #options: ConnOptions;
  readonly #parts: ConnParts;
  readonly #inbox = new Queue<Event>();
  /** What is to be told to whom brought the mail, by its event's id. */
  readonly #unsafe = new Map<string, Letter["done"][]>();
  #over: BotError | undefined;

  constructor(options: ConnOptions, parts: ConnParts) {
    this.#options = options;
    this.#parts = parts;
  }

  open(): Promise<void> {
    return this.#parts.intake.open({
      receive: (letter) => this.#receive(letter),
      end: (error) => this.#end(error),
    });
  }

  recv(): Promise<Event> {
    return this.#inbox.take();
  }

  async ack(event: Event): Promise<void> {
    const letters = this.#unsafe.get(event.id) ?? [];
    this.#unsafe.delete(event.id);
    try {
      for (const done of letters) await done(event.id);
    } catch (error) {
      // A new connection finds out where the mailbox really stands.
      this.#end(new BotError("not_connected", `[input-email] ${messageOf(error)}`, { cause: error }));
      await this.#parts.intake.close();
      throw error;
    }
  }

  async send(event: Event): Promise<Receipt> {
    if (this.#over) throw new BotError("not_connected", this.#over.message, { cause: this.#over });
    const { address } = this.#options;
    const { restraint, sender, threads } = this.#parts;
    const mail = compose(event, address);
    const keys = isReply(event) ? keysOf(event.to) : [];
    if (!restraint.allows(keys))
      throw new BotError(
        "failed",
        `[input-email] ${event.to.room} was answered too often lately (email_replies)`,
      );
    if (event.to.thread !== undefined) await threads.keep(ownId(event.id, address), event.to.thread);
    await sender.send(mail);
    restraint.count(keys);
    // No id: mail that was sent cannot be replaced.
    return {};
  }

  async close(): Promise<void> {
    await this.#parts.intake.close();
  }

  async #receive(letter: Letter): Promise<void> {
    const { address, authserv, size } = this.#options;
    if (letter.size > size) return this.#refuse(letter, tooLarge(size));
    const mail = await readMail(letter.source, this.#parts.parser).catch((error: unknown) =>
      messageOf(error),
    );
    if (typeof mail === "string") return this.#refuse(letter, unreadable(mail));
    const { key } = mail;
    const isOld = letter.isHistory?.(dateOf(mail)) ?? false;
    if (isOld || isOwn(mail, address) || (await letter.isSeen(key))) return letter.done(key);
    const trusted = letter.trusted ? authserv : undefined;
    const thread = await this.#parts.threads.of(mail);
    const heard = hearMail(mail, {
      ...{ address, authserv: trusted, thread },
      time: letter.time,
      noReply: letter.noReply,
    });
    if (!heard) {
      this.#parts.log.info({ id: mail.id }, "email: a mail without one plain address in From is passed over");
      return letter.done(key);
    }
    const { event, refused } = heard;
    if (refused !== undefined) this.#explain(mail, refused);
    const { automatic: why } = event.meta;
    if (why !== undefined)
      this.#parts.log.info({ id: mail.id, why }, "email: a mail that nobody wrote is not answered");
    const answerable = event.addressed && this.#mayAnswer(event, mail);
    await this.#inbox.room(MAX_AHEAD);
    const letters = this.#unsafe.get(key) ?? [];
    this.#unsafe.set(key, [...letters, letter.done]);
    this.#inbox.put({ ...event, addressed: answerable });
  }

  /** Two machines that answer each other come to an end here. */
  #mayAnswer({ from }: Event, mail: Mail): boolean {
    const { restraint, log } = this.#parts;
    const { room, thread = "" } = from;
    const depth = mail.references.filter((id) => isOwnId(id, this.#options.address)).length;
    const reasons: readonly (readonly [string, boolean, string])[] = [
      [
        `often ${room}`,
        !restraint.allows(keysOf(from)),
        "I answered you often in the last minutes. I read on in ten.",
      ],
      [
        `deep ${thread}`,
        depth >= DEEPEST,
        `I answered ${depth} times in this thread. Please begin a new one.`,
      ],
    ];
    for (const [name, holds] of reasons) if (!holds) restraint.settle(name);
    const reason = reasons.find(([, holds]) => holds);
    if (!reason) return true;
    const [name, , words] = reason;
    if (restraint.isNews(name)) {
      log.warn({ person: room, thread }, `email: ${room} is not answered: ${name}`);
      this.#tell(mail, words);
    }
    return false;
  }

  async #refuse(letter: Letter, refusal: Refusal): Promise<void> {
    const { address } = this.#options;
    if (!(await letter.refuse(refusal)) || letter.noReply) return;
    const mail = await readMail(headOf(letter.source), this.#parts.parser).catch(() => undefined);
    if (mail?.from === undefined || isOwn(mail, address) || !mail.recipients.includes(address)) return;
    if (automaticReason(mail.headers, mail.from) !== undefined) return;
    this.#explain(mail, refusal.words);
  }

  /** Why a mail is no command, to who wrote it. */
  #explain(mail: Mail, words: string): void {
    const { restraint, log } = this.#parts;
    log.info({ id: mail.id, person: mail.from, why: words }, "email: a mail is not taken as a command");
    const keys = [`person ${mail.from}`];
    if (!restraint.allows(keys)) return;
    restraint.count(keys);
    this.#tell(mail, words);
  }

  /** One try, beside all else. */
  #tell(mail: Mail, words: string): void {
    const { sender, log } = this.#parts;
    const { address } = this.#options;
    const place = { input: "email", room: mail.from! };
    const notice: Event = {
      id: `notice ${mail.key}`,
      type: "text",
      from: { ...place, person: address },
      to: { ...place, person: mail.from! },
      data: words,
      addressed: false,
      assurance: 2,
      time: Date.now(),
      meta: notesOf(mail),
    };
    const send = async () => sender.send(compose(notice, address));
    send().catch((error: unknown) =>
      log.warn({ to: mail.from }, `email: a notice was not sent: ${messageOf(error)}`),
    );
  }

  #end(error: BotError): void {
    if (this.#over) return;
    this.#over = error;
    // What was not taken by then comes again.
    this.#inbox.drain();
    this.#inbox.end(error);
  }
}

function keysOf({ room, thread }: Address): string[] {
  return [`person ${room}`, ...(thread === undefined ? [] : [`thread ${thread}`])];
}

function tooLarge(size: number): Refusal {
  const words = `Your mail is too large for me: I read mails of up to ${Math.floor(size / 1000)} kB.`;
  return { code: "552 5.3.4", words };
}

function unreadable(why: string): Refusal {
  return {
    code: "554 5.6.0",
    words: `I could not read your mail: ${ellipsis(oneLine(why), 200)}`,
  };
}
