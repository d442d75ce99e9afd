import type { Event, Receipt, Status, Store, Stream } from "@micro-bot/core";
import { memoryStore } from "@micro-bot/core";
import {
  event,
  type FakeLog,
  fakeFollowContext,
  fakeLog,
  fakePluginContext,
  type Said,
} from "@micro-bot/testkit";
import { onTestFinished } from "vitest";
import { relay } from "../src/plugin.ts";

export const INPUTS = ["slack", "irc", "xmpp", "email"];

/** As `status` names inputs. */
export function statusOf(inputs: readonly string[]): readonly Status[] {
  return inputs.map((name) => ({ name: `input ${name}`, state: "up" }));
}

export interface RelayOptions {
  readonly relay: string;
  readonly store?: Store;
  readonly inputs?: readonly string[];
  /** What a network answers to a carried message; an error refuses it. Default: no id. */
  readonly take?: (event: Event) => Receipt | Error | Promise<Receipt>;
}

/** A relay at work, with everything said through its own `send`, as the engine does it. */
export interface Running {
  readonly stream: Stream;
  readonly log: FakeLog;
  readonly store: Store;
  /** Somebody says something somewhere. */
  hear(said: Said): void;
  /** The bot itself says something. */
  say(said: Partial<Event> & Pick<Event, "to">, receipt?: Receipt): Promise<Receipt>;
  /** The next carried message, each given once. */
  next(): Promise<Event>;
  /** What was carried and not asked for, once all that was said before has been seen to. */
  rest(): Promise<readonly Event[]>;
  stop(): Promise<void>;
}

let count = 0;

export function running(options: RelayOptions): Running {
  const { store = memoryStore(), inputs = INPUTS, take = () => ({}) } = options;
  const stream = relay();
  const log = fakeLog();
  stream.init!(fakePluginContext({ relay: options.relay }, { store, log }));
  const ctx = fakeFollowContext({ log, status: () => statusOf(inputs) });
  const heard = new Line<Event>();
  const carried = new Line<Event>();
  ctx.signal.addEventListener("abort", () => heard.end(), { once: true });
  const followed = follow();
  onTestFinished(stop);

  async function follow(): Promise<void> {
    const said = stream.follow!(heard, ctx);
    if (!(Symbol.asyncIterator in said)) return said;
    for await (const one of said) deliver(one);
  }

  function deliver(one: Event): void {
    carried.put(one);
    const sent = async () => {
      const taken = await take(one);
      if (taken instanceof Error) throw taken;
      return taken;
    };
    stream.send!(one, sent).catch(() => undefined);
  }

  async function stop(): Promise<void> {
    ctx.abort();
    await followed;
  }

  const self: Running = {
    stream,
    log,
    store,
    hear: (said) => heard.put(event({ addressed: false, ...said })),
    say(said, receipt = {}) {
      const one: Event = {
        ...event({ addressed: false, data: "pong", assurance: 2 }),
        from: { input: said.to.input, room: said.to.room },
        ...said,
      };
      return stream.send!(one, async () => receipt);
    },
    next: () => carried.take(),
    async rest() {
      // A message between rooms of their own comes out when all before it was dealt with.
      const mark = `mark ${count++}`;
      self.hear({ input: "irc", room: "#mark", person: "x", data: mark });
      const found: Event[] = [];
      for (let one = await carried.take(); !one.data.endsWith(mark); one = await carried.take())
        found.push(one);
      return found;
    },
    stop,
  };
  return self;
}

/** Room for `rest` to find its way by. */
export const MARK = "irc:#mark -> irc:#marked";

class Line<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #takers: PromiseWithResolvers<T>[] = [];
  #ended: PromiseWithResolvers<void> = Promise.withResolvers();

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker.resolve(item);
    else this.#items.push(item);
  }

  take(): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift()!);
    const taker = Promise.withResolvers<T>();
    this.#takers.push(taker);
    return taker.promise;
  }

  end(): void {
    this.#ended.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const over = this.#ended.promise.then(() => undefined);
    for (;;) {
      const item = await Promise.race([this.take(), over]);
      if (item === undefined) return;
      yield item;
    }
  }
}
