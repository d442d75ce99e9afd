import type { BotError } from "@micro-bot/core";

/** A message on its way. */
interface Sending {
  readonly id: string;
  /** Its number among the stanzas of the session. */
  readonly seq: number;
  /** The room that will show it. */
  readonly room: string | undefined;
  readonly body: string;
  readonly resolve: () => void;
  readonly reject: (error: BotError) => void;
  timer?: NodeJS.Timeout;
}

export interface ReceiptOptions {
  /** How long the network may take, in milliseconds. */
  readonly timeout: number;
  readonly error: (code: BotError["code"], why: string) => BotError;
}

/**
 * Knows of each message whether it was taken. A room shows it to all in it, the bot too: that is its word. Else it is
 * the server's count of what it handled. A lost connection settles nothing yet, since the next one may tell.
 */
export class Receipts {
  readonly #options: ReceiptOptions;
  readonly #open = new Set<Sending>();

  constructor(options: ReceiptOptions) {
    this.#options = options;
  }

  /** Resolves when the message was taken; rejects with `timeout` when that stays unknown. */
  wait(message: Pick<Sending, "id" | "seq" | "room" | "body">): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sending: Sending = { ...message, resolve, reject };
    this.#open.add(sending);
    this.#time(sending);
    return promise;
  }

  /** The server has handled so many stanzas. */
  taken(h: number): void {
    for (const sending of this.#open) if (sending.seq <= h && !sending.room) this.#settle(sending);
  }

  /** The room has shown a message of the bot's own. Some rooms give it another id: then its words tell which it is. */
  shown(room: string, id: string | undefined, body: string): void {
    const here = [...this.#open].filter((sending) => sending.room === room);
    const one = here.find((sending) => sending.id === id) ?? here.find((sending) => sending.body === body);
    if (one) this.#settle(one);
  }

  /** An error came back for it; false when it is of none that waits. */
  refused(id: string | undefined, error: BotError): boolean {
    const one = [...this.#open].find((sending) => sending.id === id);
    if (one) this.#settle(one, error);
    return one !== undefined;
  }

  /** The connection is lost. */
  lost(): void {
    for (const { timer } of this.#open) clearTimeout(timer);
  }

  /** The session goes on; the server has handled so many stanzas of it, and nothing after. */
  resumed(h: number): void {
    this.taken(h);
    for (const sending of this.#open)
      if (sending.seq > h)
        this.#settle(
          sending,
          this.#error("not_connected", "the connection was lost before it got the message"),
        );
      else this.#time(sending);
  }

  /** The session is over. `h`: how many stanzas the server has handled, where that is known. */
  end(h?: number): void {
    if (h !== undefined) this.resumed(h);
    for (const sending of this.#open)
      this.#settle(
        sending,
        this.#error("timeout", "the connection was lost, and it is not known whether the message was taken"),
      );
  }

  #time(sending: Sending): void {
    const { timeout } = this.#options;
    const late = () =>
      this.#settle(sending, this.#error("timeout", `no word in ${timeout} ms whether the message was taken`));
    sending.timer = setTimeout(late, timeout);
  }

  #settle(sending: Sending, error?: BotError): void {
    clearTimeout(sending.timer);
    this.#open.delete(sending);
    if (error) sending.reject(error);
    else sending.resolve();
  }

  #error(code: BotError["code"], why: string): BotError {
    return this.#options.error(code, why);
  }
}
