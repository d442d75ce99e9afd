import { BotError, memoryStore, type Store } from "@micro-bot/core";
import type { StoreSuite } from "../../src/store.ts";
import { Damage } from "./damage.ts";

/** A store that keeps every rule: handles on the reference store, which outlives them. */
export function goodStore(): StoreSuite {
  const backends = new WeakMap<Store, Store>();
  const damages = new WeakMap<Store, Damage>();
  const handle = (backend: Store): Store => {
    const damage = damages.get(backend) ?? new Damage(backend);
    damages.set(backend, damage);
    const store = handleOn(backend, damage);
    backends.set(store, backend);
    return store;
  };
  return {
    name: "good store",
    ttl: 60,
    open: async () => handle(memoryStore()),
    reopen: async (store) => handle(backends.get(store)!),
    damage: (store, key) => damages.get(backends.get(store)!)!.harm(key),
    async crash(writes) {
      const backend = memoryStore();
      for (const changes of writes) await backend.write(changes);
      return handle(backend);
    },
  };
}

function handleOn(backend: Store, damage: Damage): Store {
  let closed = false;
  const open = () => {
    if (closed) throw new BotError("closed", "the store is closed");
    return backend;
  };
  return {
    get: async (key) => open() && damage.get(key),
    async *list(prefix, { damaged, ...options } = {}) {
      for await (const entry of open().list(prefix, options)) {
        const seen = damage.seen(entry);
        if (!damaged || seen.damaged !== undefined) yield seen;
      }
    },
    async write(changes) {
      await damage.check(changes);
      return open().write(changes);
    },
    watch: (prefix, signal) => open().watch!(prefix, signal),
    async close() {
      closed = true;
    },
  };
}
