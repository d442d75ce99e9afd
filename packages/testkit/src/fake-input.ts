import { BotError, type Conn, type Event, type Input } from "@micro-bot/core";
import { event, type Said } from "./fakes.ts";

/** An input on a network in memory, with hands for the people on it. */
export interface FakeInput extends Input {
  /** A person says something to the bot. Kept until the bot is connected. The same `id` again is a redelivery. */
  say(data: string, more?: Said): Event;
  /** As `say`, but not to the bot. */
  overhear(data: string, more?: Said): Event;
  /** The next message people get from the bot; each is given once. */
  hear(): Promise<Event>;
  /** All that people got, in order. */
  readonly heard: readonly Event[];
  /** Ids of the events that the bot said it has safe. */
  readonly acked: readonly string[];
  /** Cuts the connection: `recv` and `send` reject with `not_connected` until the next `stream`. */
  drop(): void;
  /** The person hangs up: `recv` rejects with `closed`. */
  end(): void;
  /** The next call of this kind rejects; several calls of `fail` are used up one by one. */
  fail(call: "start" | "stream" | "send", error?: Error): void;
  readonly connected: boolean;
}

/** A working input for tests of whatever stands behind an input. It needs no flags and opens nothing. */
export function fakeInput(name = "fake"): FakeInput {
  const said: Event[] = [];
  const heard: Event[] = [];
  const acked: string[] = [];
  const hearers: ((event: Event) => void)[] = [];
  const failures = { start: [] as Error[], stream: [] as Error[], send: [] as Error[] };
  let unheard = 0;
  let line: Line | undefined;

  function failing(call: keyof typeof failures): void {
    const error = failures[call].shift();
    if (error) throw error;
  }

  function arrive(event: Event): Event {
    said.push(event);
    line?.wake();
    return event;
  }

  function take(event: Event): void {
    heard.push(event);
    const hearer = hearers.shift();
    if (!hearer) return;
    unheard++;
    hearer(event);
  }

  function cut(code: "not_connected" | "closed", why: string): void {
    line?.cut(new BotError(code, `[${name}] ${why}`));
    line = undefined;
  }

  function connect(mine: Line): Conn {
    return {
      recv: () => mine.next(),
      async ack(event) {
        acked.push(event.id);
      },
      async send(event) {
        mine.check();
        failing("send");
        take(copy(event));
        return { id: `${name}-${heard.length}` };
      },
      async close() {
        mine.cut(new BotError("closed", `[${name}] the connection was closed`));
        if (line === mine) line = undefined;
      },
    };
  }

  return {
    name,
    flags: () => [],
    init() {},
    async start() {
      failing("start");
    },
    async stream() {
      failing("stream");
      cut("not_connected", "a newer connection took its place");
      line = newLine(said);
      return connect(line);
    },
    async stop() {
      cut("closed", "the input was stopped");
    },
    say: (data, more = {}) => arrive(event({ input: name, data, ...more })),
    overhear: (data, more = {}) => arrive(event({ input: name, data, addressed: false, ...more })),
    hear() {
      const next = heard[unheard];
      if (!next) return new Promise((resolve) => hearers.push(resolve));
      unheard++;
      return Promise.resolve(next);
    },
    heard,
    acked,
    drop: () => cut("not_connected", "the connection was dropped"),
    end: () => cut("closed", "the person hung up"),
    fail(call, error = new BotError("failed", `[${name}] ${call} failed, as the test asked`)) {
      failures[call].push(error);
    },
    get connected() {
      return line !== undefined;
    },
  };
}

/** One connection's way in. */
interface Line {
  next(): Promise<Event>;
  wake(): void;
  check(): void;
  cut(error: Error): void;
}

function newLine(said: Event[]): Line {
  const waiting: PromiseWithResolvers<Event>[] = [];
  let over: Error | undefined;
  return {
    next() {
      if (over) return Promise.reject(over);
      const event = said.shift();
      if (event) return Promise.resolve(event);
      const waiter = Promise.withResolvers<Event>();
      waiting.push(waiter);
      return waiter.promise;
    },
    wake() {
      while (waiting.length > 0 && said.length > 0) waiting.shift()!.resolve(said.shift()!);
    },
    check() {
      if (over) throw over;
    },
    cut(error) {
      over ??= error;
      for (const waiter of waiting.splice(0)) waiter.reject(over);
    },
  };
}

// What is sent must be plain JSON, as it may have been stored on the way.
function copy(event: Event): Event {
  return JSON.parse(JSON.stringify(event)) as Event;
}
