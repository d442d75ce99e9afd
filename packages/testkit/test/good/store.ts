import { BotError, memoryStore, type Store } from "@micro-bot/core";
import type { StoreSuite } from "../../src/store.ts";

/** A store that keeps every rule: handles on the reference store, which outlives them. */
export function goodStore(): StoreSuite {
  const backends = new WeakMap<Store, Store>();
  const handle = (backend: Store): Store => {
    const store = handleOn(backend);
    backends.set(store, backend);
    return store;
  };
  return {
    name: "good store",
    ttl: 60,
    open: async () => handle(memoryStore()),
    reopen: async (store) => handle(backends.get(store)!),
    async crash(writes) {
      const backend = memoryStore();
      for (const changes of writes) await backend.write(changes);
      return handle(backend);
    },
  };
}

function handleOn(backend: Store): Store {
  let closed = false;
  const open = () => {
    if (closed) throw new BotError("closed", "the store is closed");
    return backend;
  };
  return {
    get: async (key) => open().get(key),
    async *list(prefix, options) {
      yield* open().list(prefix, options);
    },
    write: async (changes) => open().write(changes),
    watch: (prefix, signal) => open().watch!(prefix, signal),
    async close() {
      closed = true;
    },
  };
}
