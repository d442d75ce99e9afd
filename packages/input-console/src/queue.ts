import { BotError, type Event } from "@micro-bot/core";

/** Events between who says them and who asks for them. */
export interface EventQueue {
  push(event: Event): void;
  /** The next event; rejects with `closed` when none is left and none will come. */
  take(): Promise<Event>;
  empty(): boolean;
  /** Forgets what nobody asked for yet. */
  clear(): void;
  /** No more will come. Twice is safe. */
  end(): void;
}

export function eventQueue(): EventQueue {
  const events: Event[] = [];
  const waiting: PromiseWithResolvers<Event>[] = [];
  let ended = false;

  return {
    push(event) {
      if (ended) return;
      const first = waiting.shift();
      if (first) first.resolve(event);
      else events.push(event);
    },
    async take() {
      const event = events.shift();
      if (event) return event;
      if (ended) throw closed();
      const next = Promise.withResolvers<Event>();
      waiting.push(next);
      return next.promise;
    },
    empty: () => events.length === 0,
    clear() {
      events.length = 0;
    },
    end() {
      ended = true;
      for (const { reject } of waiting.splice(0)) reject(closed());
    },
  };
}

function closed(): BotError {
  return new BotError("closed", "[input-console] the input has ended");
}
