import { type Change, type Entry, type Json, memoryStore, type Store } from "@micro-bot/core";
import { Chain, type ChainOptions } from "../src/chain.ts";
import { type AuditRecord, type Facts, RECORDS, recordOf } from "../src/record.ts";

/** A chain whose clock stands still and whose tries follow at once. */
export function newChain(store: Store, more: Partial<ChainOptions> = {}): Chain {
  return new Chain({ store, now: () => 1_700_000_000_000, pause: async () => {}, warn: () => {}, ...more });
}

/** Waits as long as it is told: for stores that need time to come back. */
export function patiently(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function said(text: string, run = text): Facts {
  return { kind: "asked", run, account: "irc:alice", room: "irc:#ops", command: "echo", text };
}

/** A store with so many records in it. */
export async function storeOf(count: number): Promise<Store> {
  const store = memoryStore();
  const chain = newChain(store);
  await Promise.all(Array.from({ length: count }, (_, i) => chain.append(said(`text ${i + 1}`))));
  return store;
}

/** All rows of a store. */
export async function rowsOf(store: Store): Promise<Entry[]> {
  const rows: Entry[] = [];
  for await (const row of store.list("")) rows.push(row);
  return rows;
}

export async function recordsOf(store: Store): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const { value } of store.list(RECORDS)) records.push(recordOf(value)!);
  return records;
}

/** Puts a value there, as somebody does who has the database in their hands. */
export async function put(store: Store, key: string, value: Json | undefined): Promise<void> {
  await store.write([value === undefined ? { key } : { key, value }]);
}

/** A store whose writes go wrong as told: before they are made, or after. */
export function faulty(
  store: Store,
  fault: (changes: readonly Change[]) => "before" | "after" | undefined,
): Store {
  return {
    ...store,
    async write(changes) {
      const when = fault(changes);
      if (when === "before") throw new Error("the disk is full");
      const versions = await store.write(changes);
      if (when === "after") throw new Error("the connection was lost during a write");
      return versions;
    },
  };
}
