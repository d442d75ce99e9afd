import { type Change, codeOf, type Entry, type Json, type Store } from "@micro-bot/core";
import {
  type Arbitrary,
  array,
  constantFrom,
  jsonValue,
  nat,
  oneof,
  option,
  record,
  string,
} from "fast-check";
import { expect } from "vitest";
import { all } from "./waiting.ts";

/** What a change expects of its key: nothing, what is there now, or what is not. */
type Expected = "any" | "right" | "wrong" | "absent";

type Put = { readonly key: string; readonly value: Json | undefined; readonly expected: Expected };

export type Operation =
  | { readonly kind: "write"; readonly puts: readonly Put[] }
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "list"; readonly prefix: string; readonly after?: string; readonly limit?: number };

// Few keys, so that they meet; some that sort differently by bytes, by UTF-16 and by locale.
const key = oneof(
  { weight: 5, arbitrary: constantFrom("a", "b", "B", "ab", "a%", "a_", "é", "\uff5e", "😀") },
  { weight: 1, arbitrary: string({ unit: "grapheme-ascii", minLength: 1, maxLength: 3 }) },
);
const value = option(jsonValue({ maxDepth: 3 }) as Arbitrary<Json>, { nil: undefined, freq: 4 });
const expected = constantFrom<Expected>("any", "any", "right", "absent", "wrong");

/** Random sequences of operations. */
export const operations: Arbitrary<Operation[]> = array(
  oneof(
    { weight: 3, arbitrary: record({ kind: constantFrom("write" as const), puts: puts() }) },
    { weight: 1, arbitrary: record({ kind: constantFrom("get" as const), key }) },
    {
      weight: 1,
      arbitrary: record(
        {
          kind: constantFrom("list" as const),
          prefix: oneof(constantFrom("", "", "a"), key),
          after: key,
          limit: nat({ max: 4 }),
        },
        { requiredKeys: ["kind", "prefix"] },
      ),
    },
  ),
  { maxLength: 30, size: "large" },
);

/** Does them to the store and to a plain map, under a prefix of their own, and compares at each step. */
export async function tryOut(store: Store, space: string, list: readonly Operation[]): Promise<void> {
  const model = new Map<string, Entry>();
  for (const operation of list) {
    if (operation.kind === "write") await tryWrite(store, space, model, operation.puts);
    else if (operation.kind === "get")
      expect(await store.get(space + operation.key)).toEqual(model.get(operation.key));
    else await tryList(store, space, model, operation);
  }
  await tryList(store, space, model, { prefix: "" });
}

function puts(): Arbitrary<Put[]> {
  const put = record({ key, value, expected });
  // The contract leaves open what two changes of one key in one write mean.
  return array(put, { minLength: 1, maxLength: 3 }).map((some) => [
    ...new Map(some.map((one) => [one.key, one])).values(),
  ]);
}

async function tryWrite(
  store: Store,
  space: string,
  model: Map<string, Entry>,
  puts: readonly Put[],
): Promise<void> {
  const changes = puts.map((put) => changeOf(space, put, model.get(put.key)?.version ?? 0));
  const refused = changes.filter(
    (change, index) =>
      change.version !== undefined && change.version !== (model.get(puts[index]!.key)?.version ?? 0),
  );
  const outcome = await store.write(changes).then(
    () => "done",
    (error: unknown) => codeOf(error),
  );
  expect(outcome, `write ${JSON.stringify(changes)}`).toBe(refused.length > 0 ? "conflict" : "done");
  if (refused.length > 0) return;
  const highest = Math.max(0, ...[...model.values()].map((entry) => entry.version));
  for (const put of puts) {
    const entry = await store.get(space + put.key);
    if (put.value === undefined) {
      expect(entry, `'${put.key}' after it was deleted`).toBeUndefined();
      model.delete(put.key);
      continue;
    }
    expect(entry, `'${put.key}' after it was written`).toMatchObject({ key: space + put.key });
    expect(JSON.stringify(sorted(entry!.value))).toBe(JSON.stringify(sorted(put.value)));
    expect(entry!.version, "a new version").toBeGreaterThan(highest);
    model.set(put.key, entry!);
  }
}

async function tryList(
  store: Store,
  space: string,
  model: Map<string, Entry>,
  { prefix, after, limit }: { prefix: string; after?: string; limit?: number },
): Promise<void> {
  const wanted = [...model]
    .filter(([key]) => key.startsWith(prefix) && (after === undefined || compare(key, after) > 0))
    .sort(([a], [b]) => compare(a, b))
    .slice(0, limit)
    .map(([, entry]) => entry);
  const options = {
    ...(after !== undefined && { after: space + after }),
    ...(limit !== undefined && { limit }),
  };
  expect(await all(store.list(space + prefix, options))).toEqual(wanted);
}

function changeOf(space: string, put: Put, version: number): Change {
  const versions = { any: undefined, right: version, wrong: version + 1, absent: 0 };
  return {
    key: space + put.key,
    ...(put.value !== undefined && { value: put.value }),
    ...(versions[put.expected] !== undefined && { version: versions[put.expected] }),
  };
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

// -0 is written as 0 in JSON, and objects have no order.
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)]);
}
