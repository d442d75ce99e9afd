import { once } from "node:events";
import type { Store } from "@micro-bot/core";
import { testStore } from "@micro-bot/testkit";
import { damage, newFile, open, start } from "./help.ts";

const files = new WeakMap<Store, string>();

async function openAt(file: string): Promise<Store> {
  const store = await open(file);
  files.set(store, file);
  return store;
}

testStore({
  name: "sqlite",
  open: () => openAt(newFile()),
  reopen: (store) => openAt(files.get(store)!),
  damage: (store, key) => damage(files.get(store)!, key),
  async crash(writes) {
    const file = newFile();
    const child = start("crash", file);
    child.send(writes);
    const [, signal] = await once(child, "exit");
    if (signal !== "SIGKILL") throw new Error(`the process was not killed but ended: ${signal}`);
    return openAt(file);
  },
});
