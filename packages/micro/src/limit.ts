import { BotError, codeOf } from "@micro-bot/core";
import { isBotError, within as isDone } from "@micro-bot/kit";
import { localError, type Where } from "./errors.ts";

/** How long a call may take, and the caller's own wish to stop it, in one signal. */
export interface Limit {
  /** Aborts with the `BotError` the call fails with. */
  readonly signal: AbortSignal;
  /** Milliseconds left. */
  left(): number;
  /** Stops the clock, until `renew` begins the time anew. */
  pause(): void;
  renew(): void;
  /** Frees the timer. Whoever makes a limit ends it. */
  end(): void;
}

// A longer timer fires at once in Node.
const LONGEST = 2 ** 31 - 1;

/** A limit of `ms` milliseconds inside an outer signal. */
export function limit(where: Where, ms: number, outer?: AbortSignal): Limit {
  if (!(ms > 0)) throw new BotError("invalid", `timeout must be more than 0 milliseconds, not ${ms}`);
  const time = Math.min(Math.ceil(ms), LONGEST);
  const controller = new AbortController();
  let until = performance.now() + time;
  let due: NodeJS.Immediate | undefined;
  // A process that was held up finds its timers due before it reads what came meanwhile: it reads first.
  const late = () => {
    due = setImmediate(() => controller.abort(localError(where, 408, `no answer within ${time} ms`)));
  };
  const start = () => setTimeout(late, time);
  let timer = start();
  const halt = () => {
    clearTimeout(timer);
    clearImmediate(due);
  };
  const stop = () => controller.abort(stopped(where, outer?.reason));
  if (outer?.aborted) stop();
  else outer?.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    left: () => Math.max(1, until - performance.now()),
    pause: halt,
    renew() {
      halt();
      until = performance.now() + time;
      timer = start();
    },
    end() {
      halt();
      outer?.removeEventListener("abort", stop);
    },
  };
}

/** The work's value; rejects with the signal's reason when that is sooner. The work itself goes on; its failure is then nobody's. */
export async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (!(await isDone(work, signal))) throw signal.reason;
  return work;
}

// The caller's reason says more than we can: the engine aborts with a BotError that tells timeout from shutdown.
function stopped(where: Where, reason: unknown): unknown {
  if (isBotError(reason) && codeOf(reason) !== "failed") return reason;
  const late = (reason as { name?: unknown } | undefined)?.name === "TimeoutError";
  return late
    ? localError(where, 408, "no answer in time", { cause: reason })
    : localError(where, 499, "the call was cancelled", { cause: reason });
}
