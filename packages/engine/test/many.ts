import { setImmediate } from "node:timers/promises";
import {
  type Change,
  type Command,
  type FlagValue,
  type Log,
  memoryStore,
  newCommand,
  Plugins,
  type Store,
  type Stream,
} from "@micro-bot/core";
import { onTestFinished } from "vitest";
import { Bot } from "../src/index.ts";
import { type Network, network } from "./network.ts";

export interface Life {
  readonly commands?: Readonly<Record<string, Command["exec"] | Command>>;
  readonly flags?: Readonly<Record<string, FlagValue>>;
  readonly streams?: readonly Stream[];
  readonly single?: boolean;
  readonly sequential?: boolean;
  readonly dialogs?: boolean;
  readonly log?: Log;
}

/** A store, and bots that live on it one after the other or side by side. */
export interface Lives {
  readonly store: Store;
  /** A bot on a network of its own; it is stopped when the test ends. */
  begin(life?: Life): { bot: Bot; net: Network };
  /** Ends a bot as a kill -9 would: nothing it does reaches the store any more, and its heartbeat is gone. */
  kill(bot: Bot): Promise<void>;
}

/** A store that takes many turns of the event loop for some writes. */
export function slow(isSlow: (change: Change) => boolean, store: Store = memoryStore()): Store {
  return {
    ...store,
    async write(changes) {
      for (let turn = 0; changes.some(isSlow) && turn < 50; turn++) await setImmediate();
      return store.write(changes);
    },
  };
}

export function lives(store: Store = memoryStore()): Lives {
  const cut = new Map<Bot, () => void>();

  function begin({ commands = {}, streams = [], flags = {}, dialogs = true, ...kind }: Life = {}) {
    const net = Object.assign(network(), {
      single: kind.single ?? false,
      sequential: kind.sequential ?? false,
    });
    const all = new Plugins<Command>();
    for (const [name, given] of Object.entries(commands))
      all.set(`^${name}( |$)`, typeof given === "function" ? newCommand(name, name, "", given) : given);
    const lined = new Plugins<Stream>();
    for (const stream of streams) lined.set(stream.name, stream);
    let dead = false;
    const alive = <T>(work: () => T): T => (dead ? (new Promise(() => {}) as T) : work());
    const own: Store = {
      get: (key) => alive(() => store.get(key)),
      list: (prefix, options) => store.list(prefix, options),
      write: (changes) => alive(() => store.write(changes)),
      close: async () => {},
    };
    const bot = new Bot({
      inputs: [net],
      commands: all,
      streams: lined,
      dialogs,
      ...(kind.log && { log: kind.log }),
      flags: { drain_timeout: 50, ...flags },
      store: own,
    });
    cut.set(bot, () => {
      dead = true;
      net.drop();
      net.refuse = { stream: new Error("dead") };
    });
    bot.start();
    onTestFinished(async () => {
      if (!dead) await bot.stop();
    });
    return { bot, net };
  }

  return {
    store,
    begin,
    async kill(bot) {
      cut.get(bot)!();
      for await (const { key } of store.list("replica/")) await store.write([{ key }]);
    },
  };
}
