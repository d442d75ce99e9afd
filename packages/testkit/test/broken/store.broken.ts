import { BotError, type Change, damagedIn, type Entry, memoryStore, type Store } from "@micro-bot/core";
import { type StoreSuite, testStore } from "../../src/store.ts";
import { all } from "../../src/waiting.ts";
import { goodStore } from "../good/store.ts";
import { type Breaks, registerBroken } from "./break.ts";

/** Other members for each handle that the suite opens. */
const store =
  (change: (store: Store) => Partial<Store>) =>
  (good: StoreSuite): StoreSuite => {
    // The good store knows its handles by identity.
    const handles = new WeakMap<Store, Store>();
    const broken = (one: Store): Store => {
      const handle = { ...one, ...change(one) };
      handles.set(handle, one);
      return handle;
    };
    return {
      ...good,
      open: async () => broken(await good.open()),
      reopen: async (handle) => broken(await good.reopen!(handles.get(handle)!)),
      crash: async (writes) => broken(await good.crash!(writes)),
      damage: (handle, key) => good.damage!(handles.get(handle)!, key),
    };
  };

const written = (change: (change: Change) => Change) =>
  store((good) => ({ write: (changes) => good.write(changes.map(change)) }));

const read = (change: (entry: Entry) => Entry) =>
  store((good) => ({
    async get(key) {
      const entry = await good.get(key);
      return entry && change(entry);
    },
    async *list(prefix, options) {
      for await (const entry of good.list(prefix, options)) yield change(entry);
    },
  }));

/** Compares first and writes later. */
const hasty = store((good) => ({
  async write(changes) {
    for (const { key, version } of changes)
      if (version !== undefined && version !== ((await good.get(key))?.version ?? 0))
        throw new BotError("conflict", `'${key}' was changed`, { detail: { key } });
    await new Promise((resolve) => setImmediate(resolve));
    return good.write(changes.map(({ version: _, ...change }) => change));
  },
}));

const breaks: Breaks<StoreSuite> = {
  "a key that was never written is absent": store((good) => ({
    get: async (key) => (await good.get(key)) ?? { key, value: null, version: 0 },
  })),
  "what is written is read back with its key and a version": read((entry) => ({ ...entry, version: 0 })),
  "a change without a value deletes, and deleting nothing is no error": written((change) => ({
    value: null,
    ...change,
  })),
  "keys are listed in order of their UTF-8 bytes": store((good) => ({
    async *list(prefix, options) {
      yield* (await all(good.list(prefix, options))).sort((a, b) => (a.key < b.key ? -1 : 1));
    },
  })),
  "a prefix means these letters and no pattern": store((good) => ({
    async *list(prefix, options) {
      const like = new RegExp(`^${prefix.replace(/[$*.?[\]\\]/g, "\\$&").replaceAll("_", ".")}`, "su");
      for await (const entry of good.list("", options)) if (like.test(entry.key)) yield entry;
    },
  })),
  "a list starts after a key and stops at a limit": store((good) => ({
    async *list(prefix, { after, limit } = {}) {
      const from = after === undefined ? undefined : after.slice(0, -1);
      yield* good.list(prefix, { ...(from && { after: from }), ...(limit !== undefined && { limit }) });
    },
  })),
  "a long list can be walked while it is written to": store((good) => ({
    async *list(prefix) {
      for (let offset = 0; ; offset += 100) {
        const page = (await all(good.list(prefix))).slice(offset, offset + 100);
        if (page.length === 0) return;
        yield* page;
      }
    },
  })),
  "a list that is left early holds nothing up": store((good) => {
    let walking: Promise<void> | undefined;
    return {
      async *list(prefix, options) {
        const walk = Promise.withResolvers<void>();
        walking = walk.promise;
        yield* good.list(prefix, options);
        walk.resolve();
      },
      async write(changes) {
        await walking;
        return good.write(changes);
      },
    };
  }),
  "a write happens as a whole or not at all": store((good) => ({
    async write(changes) {
      const versions = [];
      for (const change of changes) versions.push(...(await good.write([change])));
      return versions;
    },
  })),
  "a conflict names the key that was changed": store((good) => ({
    write: (changes) =>
      good.write(changes).catch(() => {
        throw new BotError("conflict", "changed by somebody else");
      }),
  })),
  "a write that expects a version happens only at that version": written(({ version, ...change }) =>
    version === 0 ? { ...change, version } : change,
  ),
  "version 0 means that the key must be absent": written(({ version, ...change }) =>
    version ? { ...change, version } : change,
  ),
  "versions rise with every write, also after a delete": read((entry) => ({ ...entry, version: 1 })),
  "a write resolves with the versions that it gave": store((good) => ({
    async write(changes) {
      const versions = await good.write(changes);
      return versions.map(() => Math.max(...versions));
    },
  })),
  "a key that is kept is asked for its version and not changed": store((good) => ({
    write: (changes) => good.write(changes.filter(({ keep }) => !keep)),
  })),
  "an entry is gone when its time to live has passed": written(({ ttl: _, ...change }) => change),
  "a new write sets a new time to live": store((good) => {
    const until = new Map<string, number>();
    return {
      write: (changes) =>
        good.write(
          changes.map((change) => {
            if (change.ttl !== undefined && !until.has(change.key))
              until.set(change.key, Date.now() + change.ttl);
            const first = until.get(change.key);
            return first === undefined ? change : { ...change, ttl: first - Date.now() };
          }),
        ),
    };
  }),
  "JSON comes back the same": written(({ value, ...change }) =>
    value == null ? change : { ...change, value },
  ),
  "big values and big writes are taken": store((good) => ({
    async write(changes) {
      if (JSON.stringify(changes).length > 65_536) throw new BotError("limited", "too big");
      return good.write(changes);
    },
  })),
  "what is read or written is a copy": store((good) => {
    const cache = new Map<string, Entry>();
    return {
      async get(key) {
        const entry = await good.get(key);
        if (entry && cache.get(key)?.version !== entry.version) cache.set(key, entry);
        return entry && cache.get(key);
      },
      async *list(prefix, options) {
        for await (const entry of good.list(prefix, options)) yield cache.get(entry.key) ?? entry;
      },
    };
  }),
  "of many writers that expect one version exactly one wins": hasty,
  "a counter with many writers adds up": hasty,
  "a watch names the keys under its prefix that are written or deleted": store((good) => ({
    async *watch(prefix, signal) {
      for await (const key of good.watch!(prefix, signal)) if (await good.get(key)) yield key;
    },
  })),
  "a watch sees what another handle writes": store((good) => {
    const mine = new Set<string>();
    return {
      write(changes) {
        for (const { key } of changes) mine.add(key);
        return good.write(changes);
      },
      async *watch(prefix, signal) {
        for await (const key of good.watch!(prefix, signal)) if (mine.has(key)) yield key;
      },
    };
  }),
  "a watch ends when its signal aborts": store((good) => ({
    watch: (prefix) => good.watch!(prefix, new AbortController().signal),
  })),
  "another handle sees what was written": (good) => ({ ...good, reopen: async () => memoryStore() }),
  "what was written is there when the store is opened again": (good) => ({
    ...good,
    reopen: async () => memoryStore(),
  }),
  "what a write resolved for survives a crash": (good) => ({
    ...good,
    crash: (writes) => good.crash!(writes.slice(0, -1)),
  }),
  "a damaged row is named when it is read, and its value is never given": store((good) => ({
    get: (key) => good.get(key).catch((error) => damagedIn(error)),
  })),
  "a damaged row is marked in a list, which goes on": store((good) => ({
    async *list(prefix, options) {
      for await (const entry of good.list(prefix, options)) {
        if (entry.damaged !== undefined) throw new BotError("damaged", `'${entry.key}' is damaged`);
        yield entry;
      }
    },
  })),
  "damaged rows are found among all others": store((good) => ({
    list: (prefix, { damaged: _, ...options } = {}) => good.list(prefix, options),
  })),
  "nothing is written that expects something of a damaged row": store((good) => ({
    write: (changes) => good.write(changes.filter(({ keep }) => !keep)),
  })),
  "a damaged row can be replaced and deleted, also at its version": store((good) => ({
    async write(changes) {
      for (const { key } of changes) await good.get(key);
      return good.write(changes);
    },
  })),
  "a closed store answers closed, and close twice is safe": store((good) => ({
    get: (key) => good.get(key).catch(() => undefined),
  })),
  "any sequence of operations agrees with the model": store((good) => ({
    list: (prefix, { after, ...options } = {}) =>
      good.list(prefix, after === undefined ? options : { ...options, after: after.slice(0, -1) }),
  })),
};

registerBroken("store", testStore, goodStore, breaks);
