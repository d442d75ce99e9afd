import { BotError, type Change, codeOf, type Json, type Log, type Store } from "@micro-bot/core";
import { Seen } from "./seen.ts";

/** What an IMAP server says of a mailbox when it is opened: RFC 3501, section 2.3.1.1. */
export interface MailboxState {
  readonly validity: string;
  readonly next: number;
  /** INTERNALDATE of its newest mail, in milliseconds; 0 when it is empty. Asked for once, at the first start. */
  newest(): Promise<number>;
}

/** As it is kept. Times are INTERNALDATEs in milliseconds: the server's clock, and no other. */
interface Place {
  /** UIDs mean something only with this UIDVALIDITY. */
  readonly validity: string;
  /** All up to this UID are done. */
  readonly uid: number;
  /** Those above it that are done as well. */
  readonly done: readonly number[];
  /** Of the newest mail below which none is left. */
  readonly time: number;
  /** Mail from before this is history, and never run. */
  readonly floor: number;
  /** Mail below this UID was there when the UIDs changed: its own Date must not be older than the floor either. */
  readonly moved: number;
}

/** Mail of the same minutes may be put into a mailbox in another order than it came. */
const SLACK = 5 * 60_000;
/** Clocks of senders are wrong, and mail takes its time. */
const DATE_SLACK = 24 * 60 * 60_000;

/**
 * Where in its mailbox the bot is, kept in its store: what is done is never done again, also when the server numbers the
 * mails anew (UIDVALIDITY), and what was there before the bot is never done at all.
 */
export class Position {
  readonly #store: Store;
  readonly #key: string;
  readonly #log: Log;
  readonly #seen: Seen;
  #place: Place | undefined;
  #version = 0;
  /** Found and not done, rising. */
  readonly #open: number[] = [];
  readonly #done = new Set<number>();
  readonly #times = new Map<number, number>();
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, mailbox: string, log: Log) {
    this.#store = store;
    this.#key = `position/${mailbox}`;
    this.#log = log;
    this.#seen = new Seen(store);
  }

  /** Reads where it was; call it for each connection, when the mailbox is open. */
  async begin(state: MailboxState): Promise<void> {
    await this.#writing.catch(() => {});
    const entry = await this.#store.get(this.#key);
    const kept = entry?.value as unknown as Place | undefined;
    this.#version = entry?.version ?? 0;
    this.#open.length = 0;
    this.#times.clear();
    this.#place = kept === undefined ? await firstPlace(state) : this.#resumed(kept, state);
    this.#done.clear();
    for (const uid of this.#place.done) this.#done.add(uid);
    if (this.#place !== kept) await this.#write([]);
  }

  /** The UID after which mails are to be looked for. */
  get after(): number {
    return this.#open.at(-1) ?? this.#place!.uid;
  }

  /** These UIDs were found; gives those that are not done. */
  found(uids: readonly number[]): readonly number[] {
    const { uid: low } = this.#place!;
    const known = new Set(this.#open);
    const fresh = uids.filter((uid) => uid > low && !known.has(uid)).sort((a, b) => a - b);
    this.#open.push(...fresh);
    this.#open.sort((a, b) => a - b);
    return fresh.filter((uid) => !this.#done.has(uid));
  }

  /** Whether a mail is history. `date` is its own Date, if it has one; it is only asked when the UIDs have changed. */
  isHistory(uid: number, time: number, date: () => number | undefined): boolean {
    const { floor, moved } = this.#place!;
    if (time < floor) return true;
    return uid < moved && (date() ?? time) < floor - DATE_SLACK;
  }

  /** Whether a mail with this key was done before, under whatever UID. */
  isSeen(key: string): Promise<boolean> {
    return this.#seen.has(key);
  }

  /** It is done; resolves when that would survive a crash. `key` is absent for what was not read. */
  async done(validity: string, uid: number, time: number, key?: string): Promise<void> {
    if (validity === this.#place?.validity) {
      this.#done.add(uid);
      this.#times.set(uid, time);
      this.#advance();
    }
    await this.#write(key === undefined ? [] : [this.#seen.change(key)]);
  }

  #advance(): void {
    let { uid: low, time } = this.#place!;
    while (this.#open.length > 0 && this.#done.has(this.#open[0]!)) {
      low = this.#open.shift()!;
      time = Math.max(time, this.#times.get(low) ?? 0);
      this.#times.delete(low);
    }
    for (const uid of this.#done) if (uid <= low) this.#done.delete(uid);
    this.#place = { ...this.#place!, uid: low, time, done: [...this.#done] };
  }

  #resumed(kept: Place, { validity, next }: MailboxState): Place {
    if (kept.validity === validity) return kept;
    // Dates are in whole seconds: the second that the floor was in is history as well.
    const floor = Math.max(kept.floor + 1000, kept.time - SLACK);
    this.#log.warn(
      { was: kept.validity, is: validity, floor },
      "email: the server numbers the mailbox anew; mail from before that is not run again",
    );
    return { validity, uid: 0, done: [], time: kept.time, floor, moved: next };
  }

  // One after the other: each states the version that the one before it was given.
  #write(more: readonly Change[]): Promise<void> {
    const next = this.#writing
      .catch(() => {})
      .then(async () => {
        const value = { ...this.#place! } as unknown as Json;
        try {
          const changes = [{ key: this.#key, value, version: this.#version }, ...more];
          [this.#version] = (await this.#store.write(changes)) as [number];
        } catch (error) {
          if (codeOf(error) !== "conflict") throw error;
          throw new BotError("conflict", "[input-email] another bot reads this mailbox", { cause: error });
        }
      });
    this.#writing = next;
    return next;
  }
}

async function firstPlace({ validity, next, newest }: MailboxState): Promise<Place> {
  const floor = await newest();
  return { validity, uid: next - 1, done: [], time: floor, floor, moved: 0 };
}
