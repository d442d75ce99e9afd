import type { Store } from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import { Client } from "pg";
import type { Postgres } from "../../../test/servers/postgres.ts";
import { openPostgres } from "../src/plugin.ts";

const urls = new WeakMap<Store, string>();
let count = 0;

export async function open(url: string): Promise<Store> {
  const store = await openPostgres(url, { log: fakeLog() });
  urls.set(store, url);
  return store;
}

/** One more handle on the same data. */
export function reopen(store: Store): Promise<Store> {
  return open(urls.get(store)!);
}

/** The URL of an empty schema. `more` are settings of the session. */
export async function emptyUrl({ url }: Postgres, more = ""): Promise<string> {
  const name = `test_${process.pid}_${++count}`;
  await sql(url, `CREATE SCHEMA ${name}`);
  return `${url}?options=${encodeURIComponent(`-c search_path=${name}${more}`)}`;
}

export async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
