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

/** Changes a row as a disk would: the server, which makes a new sum for whatever is written, does not hear of it. */
export async function damage(
  store: Store,
  key: string,
  how = "value = overlay(value placing '~' from 3 for 1)",
) {
  const { sum } = (
    await sql(urls.get(store)!, "SELECT prosrc AS sum FROM pg_proc WHERE oid = 'micro_bot_sum'::regproc")
  )[0]!;
  const body = (text: unknown) =>
    `CREATE OR REPLACE FUNCTION micro_bot_sum(key text, value text, version bigint, expires timestamptz)
     RETURNS text LANGUAGE plpgsql IMMUTABLE AS $body$${text}$body$;`;
  const old = `(SELECT sum FROM before)`;
  await sql(
    urls.get(store)!,
    `BEGIN; LOCK micro_bot_entry;
     CREATE TEMP TABLE before ON COMMIT DROP AS SELECT sum FROM micro_bot_entry WHERE key = '${key}';
     ${body(`BEGIN RETURN ${old}; END`)}
     UPDATE micro_bot_entry SET ${how} WHERE key = '${key}';
     ${body(sum)} COMMIT`,
  );
}
