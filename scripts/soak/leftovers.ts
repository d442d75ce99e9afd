import { type Store, stores } from "@micro-bot/core";

/** Of what is on its way, and of jobs that come once. When all is done and told, nothing is left under them. */
const PREFIXES = ["run/", "log/", "ask/", "answer/", "out/", "job/", "due/"];

/** Keys that a bot left in its store, though nothing was on its way any more. */
export async function leftovers(url: string): Promise<string[]> {
  const store = await openStore(url);
  try {
    const keys: string[] = [];
    for (const prefix of PREFIXES) for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  } finally {
    await store.close();
  }
}

async function openStore(url: string): Promise<Store> {
  await import("@micro-bot/bot/plugins");
  const open = stores.get(url.slice(0, url.indexOf(":")));
  if (!open) throw new Error(`no store for ${url} is linked`);
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return open(url, { log });
}
