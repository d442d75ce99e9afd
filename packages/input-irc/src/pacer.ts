import type { BotError } from "@micro-bot/core";

/** Lines that may go out at once: below what servers that count (ngIRCd, solanum, InspIRCd) take for a flood. */
const BURST = 5;

export interface PacerOptions {
  readonly write: (line: string) => void;
  /** One line each so many milliseconds, after the burst; 0: no limit. */
  readonly pace: number;
  /** How long an answer to a ping may take, in milliseconds. */
  readonly timeout: number;
  readonly fold: (target: string) => string;
  /** Called when it took longer. */
  readonly mute: () => void;
}

interface Message {
  readonly target: string;
  /** Of its ping; none when nobody waits for a receipt. */
  readonly token?: string;
  /** Still to be written; the last one is the ping. */
  readonly lines: string[];
  readonly resolve?: () => void;
  readonly reject?: (error: BotError) => void;
  /** What the server had against it. */
  error?: BotError;
}

/**
 * Sends lines below the flood limit, taking turns between targets, and learns whether they were taken. IRC has no
 * receipts, but a server handles a client's lines in order: a PING follows each message, and its PONG says that all
 * before it was handled, with any refusal already sent. Servers count a PING like any line, so it is paced too.
 */
export class Pacer {
  readonly #options: PacerOptions;
  /** By folded target, in the order of their turns. */
  readonly #waiting = new Map<string, Message[]>();
  /** Begun and not yet settled, oldest first. */
  readonly #open = new Set<Message>();
  #tokens = BURST;
  #filled = performance.now();
  #turn: NodeJS.Timeout | undefined;
  #answer: NodeJS.Timeout | undefined;
  #count = 0;
  #over: BotError | undefined;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the server has handled the lines; rejects when it refused one, or the connection ended first. When
   * `over` aborts, lines that were not written yet are left out.
   */
  async send(target: string, lines: readonly string[], over?: AbortSignal): Promise<void> {
    if (this.#over) throw this.#over;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const token = `sent-${++this.#count}`;
    const all = [...lines, `PING :${token}`];
    const message = { target: this.#options.fold(target), token, lines: all, resolve, reject };
    const shorten = () => leaveOut(message);
    over?.addEventListener("abort", shorten, { once: true });
    this.#queue(message);
    await promise.finally(() => over?.removeEventListener("abort", shorten));
  }

  /** A line whose end nobody waits for. */
  post(line: string): void {
    if (!this.#over) this.#queue({ target: "", lines: [line] });
  }

  /** The server answered a ping. */
  pong(token: string): void {
    for (const message of this.#open) {
      if (message.token !== token) continue;
      this.#open.delete(message);
      if (message.error) message.reject?.(message.error);
      else message.resolve?.();
      clearTimeout(this.#answer);
      this.#answer = undefined;
      if ([...this.#open].some(awaited)) this.#expect();
      return;
    }
  }

  /**
   * The server refused a line to the target. The rest of that message is not sent, but its ping is: until the pong,
   * further refusals are of this message and not of the next one.
   */
  refuse(target: string, error: BotError): void {
    const key = this.#options.fold(target);
    for (const message of this.#open) {
      if (message.target !== key) continue;
      message.error ??= error;
      leaveOut(message);
      return;
    }
  }

  /** Rejects all that is not known to be taken. */
  end(error: BotError): void {
    this.#over = error;
    clearTimeout(this.#turn);
    clearTimeout(this.#answer);
    const all = new Set([...this.#open, ...[...this.#waiting.values()].flat()]);
    this.#open.clear();
    this.#waiting.clear();
    for (const message of all) message.reject?.(error);
  }

  #queue(message: Message): void {
    const queue = this.#waiting.get(message.target);
    if (queue) queue.push(message);
    else this.#waiting.set(message.target, [message]);
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#turn);
    while (this.#waiting.size > 0) {
      const wait = this.#untilToken();
      if (wait > 0) {
        this.#turn = setTimeout(() => this.#pump(), wait);
        return;
      }
      this.#tokens--;
      this.#writeNext();
    }
  }

  // Milliseconds until a line may go.
  #untilToken(): number {
    const { pace } = this.#options;
    if (pace === 0) return 0;
    const now = performance.now();
    this.#tokens = Math.min(BURST, this.#tokens + (now - this.#filled) / pace);
    this.#filled = now;
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * pace);
  }

  // One line of the target whose turn it is; then it goes to the end of the row.
  #writeNext(): void {
    const [key, queue] = this.#waiting.entries().next().value!;
    const message = queue[0]!;
    if (message.token) this.#open.add(message);
    this.#options.write(message.lines.shift()!);
    this.#waiting.delete(key);
    if (message.lines.length === 0) {
      queue.shift();
      if (message.token) this.#expect();
    }
    if (queue.length > 0) this.#waiting.set(key, queue);
  }

  #expect(): void {
    this.#answer ??= setTimeout(this.#options.mute, this.#options.timeout);
  }
}

/** All lines but the ping: what was written before is still learnt of. */
function leaveOut({ lines }: Message): void {
  lines.splice(0, lines.length - 1);
}

function awaited(message: Message): boolean {
  return message.lines.length === 0;
}
