import { isDeepStrictEqual } from "node:util";
import { type Change, codeOf, damagedIn, type Entry, type Json, type Store } from "@micro-bot/core";
import { writeIf } from "@micro-bot/kit";
import { assert, asyncProperty } from "fast-check";
import { expect } from "vitest";
import { describeRules, needed, type Rules, type SuiteOptions, TIMEOUT } from "./rules.ts";
import { operations, tryOut } from "./store-model.ts";
import { all, eventually, gather, rejection, token, within } from "./waiting.ts";

export interface StoreSuite extends SuiteOptions {
  /** A new, empty store. The suite closes it. */
  open(): Promise<Store>;
  /** One more handle on the same data, while the store is open and after it was closed. */
  reopen?(store: Store): Promise<Store>;
  /**
   * In another process: opens a new store, does these writes one after another, and is killed (SIGKILL) the moment the
   * last one resolves. Then opens what is left of it here.
   */
  crash?(writes: readonly (readonly Change[])[]): Promise<Store>;
  /** Changes what the store keeps of a key's value, behind its back, as a disk may. */
  damage?(store: Store, key: string): Promise<void> | void;
  /** Moves the store's clock on, where it has one of its own; otherwise real time passes. */
  advance?(ms: number): Promise<void> | void;
  /** A time to live that the store can keep, in milliseconds. Default 200. */
  readonly ttl?: number;
  /** Random runs against the model. Default 50. */
  readonly runs?: number;
}

const TTL = 200;
const HOUR = 3_600_000;
const RUNS = 50;
const WRITERS = 8;

class StoreBench {
  readonly options: StoreSuite;
  readonly store: Store;
  readonly #handles: Store[];

  constructor(options: StoreSuite, store: Store) {
    this.options = options;
    this.store = store;
    this.#handles = [store];
  }

  get ttl(): number {
    return this.options.ttl ?? TTL;
  }

  get timeout(): number {
    return this.ttl + (this.options.timeout ?? TIMEOUT);
  }

  async another(): Promise<Store> {
    return this.keep(await needed(this.options.reopen, "reopen")(this.store));
  }

  keep(store: Store): Store {
    this.#handles.push(store);
    return store;
  }

  /** Handles to share work among: two where the store can be opened twice. */
  async handles(): Promise<readonly Store[]> {
    return this.options.reopen ? [this.store, await this.another()] : [this.store];
  }

  async put(key: string, value: Json, more: Partial<Change> = {}): Promise<void> {
    await this.store.write([{ key, value, ...more }]);
  }

  async keys(prefix = "", options?: { after?: string; limit?: number }): Promise<string[]> {
    return (await all(this.store.list(prefix, options))).map((entry) => entry.key);
  }

  /** Writes a key that lives as long as `ttl`, and waits until it is gone. */
  async outlive(key: string): Promise<void> {
    await this.put(key, true, { ttl: this.ttl });
    await this.options.advance?.(this.ttl + 1);
    const gone = async () => (await this.store.get(key)) === undefined;
    await eventually(gone, this.timeout, `'${key}' is gone ${this.ttl} ms after it was written`);
  }

  /** The key whose conflict the write rejects with. */
  async conflict(changes: readonly Change[], store: Store = this.store): Promise<unknown> {
    const error = await rejection(store.write(changes), "a write that expects another version");
    expect(codeOf(error), "the code").toBe("conflict");
    return (error as { detail?: { key?: unknown } }).detail?.key;
  }

  /** Writes keys, damages one of them, and gives the version that it had. */
  async damaged(key: string, ...others: readonly string[]): Promise<number> {
    const damage = needed(this.options.damage, "damage");
    await this.store.write([key, ...others].map((one) => ({ key: one, value: { of: one } })));
    const version = await this.version(key);
    await damage(this.store, key);
    return version;
  }

  async version(key: string): Promise<number> {
    return (await this.store.get(key))!.version;
  }

  async close(): Promise<void> {
    for (const store of this.#handles.reverse()) await store.close();
  }
}

const rules: Rules<StoreBench> = {
  async "a key that was never written is absent"({ store }) {
    expect(await store.get("nothing")).toBeUndefined();
    expect(await all(store.list(""))).toEqual([]);
  },

  async "what is written is read back with its key and a version"(bench) {
    await bench.put("a", { n: 1 });
    const entry = await bench.store.get("a");
    expect(entry).toEqual({ key: "a", value: { n: 1 }, version: expect.any(Number) });
    expect(entry!.version, "a version; 0 means absent").toBeGreaterThan(0);
    expect(await all(bench.store.list("a"))).toEqual([entry]);
  },

  async "a change without a value deletes, and deleting nothing is no error"(bench) {
    await bench.put("a", 1);
    await bench.store.write([{ key: "a" }, { key: "b" }]);
    expect(await bench.store.get("a")).toBeUndefined();
    expect(await bench.keys()).toEqual([]);
    await bench.store.write([]);
  },

  async "keys are listed in order of their UTF-8 bytes"(bench) {
    const sorted = ["A", "a", "a ", "a!", "a/b", "aa", "b", "~", "é", "日", "\uff5e", "😀", "😀a"];
    const mixed = [...sorted].sort((a, b) => hash(a) - hash(b));
    await bench.store.write(mixed.map((key) => ({ key, value: key })));
    expect(await bench.keys()).toEqual(sorted);
  },

  async "a prefix means these letters and no pattern"(bench) {
    const marks = ["%", "_", "*", "\\", "?", "[a]", "'", '"', ".", "$", "A", "é", "😀", "x"];
    const keys = marks.flatMap((mark) => [`a${mark}`, `a${mark}b`]);
    await bench.store.write(keys.map((key) => ({ key, value: true })));
    for (const mark of marks)
      expect(await bench.keys(`a${mark}`), `keys under a${mark}`).toEqual([`a${mark}`, `a${mark}b`]);
    expect(await bench.keys("b"), "keys under b").toEqual([]);
    expect(new Set(await bench.keys("a")), "keys under a").toEqual(new Set(keys));
  },

  async "a list starts after a key and stops at a limit"(bench) {
    await bench.store.write(["a1", "a2", "a3", "a4", "b1"].map((key) => ({ key, value: key })));
    expect(await bench.keys("a", { after: "a2" })).toEqual(["a3", "a4"]);
    expect(await bench.keys("a", { after: "a25" }), "after a key that is not there").toEqual(["a3", "a4"]);
    expect(await bench.keys("b", { after: "a" }), "after a key before the prefix").toEqual(["b1"]);
    expect(await bench.keys("a", { after: "a4" })).toEqual([]);
    expect(await bench.keys("a", { limit: 2 })).toEqual(["a1", "a2"]);
    expect(await bench.keys("a", { after: "a1", limit: 2 })).toEqual(["a2", "a3"]);
    expect(await bench.keys("a", { limit: 0 })).toEqual([]);
    expect(await bench.keys("", { after: "a4", limit: 9 })).toEqual(["b1"]);
  },

  async "a long list can be walked while it is written to"(bench) {
    const keys = Array.from({ length: 500 }, (_, index) => `k${String(index).padStart(4, "0")}`);
    await bench.store.write(keys.map((key) => ({ key, value: key })));
    const walked: string[] = [];
    for await (const { key } of bench.store.list("k")) {
      walked.push(key);
      await bench.store.write([{ key }]);
    }
    expect(walked, "keys walked").toEqual(keys);
    expect(await bench.keys(), "keys left").toEqual([]);
  },

  async "a list that is left early holds nothing up"(bench) {
    await bench.store.write(["a", "b", "c"].map((key) => ({ key, value: key })));
    for await (const { key } of bench.store.list("")) if (key === "b") break;
    await within(bench.put("d", 1), bench.timeout, "a write after a list was left");
    expect(await bench.keys()).toEqual(["a", "b", "c", "d"]);
  },

  async "a write happens as a whole or not at all"(bench) {
    await bench.store.write([{ key: "held", value: 1 }]);
    const good: Change[] = [
      { key: "a", value: 1 },
      { key: "b", value: 2, version: 0 },
    ];
    const bad: Change = { key: "held", value: 2, version: 0 };
    for (const changes of [
      [bad, ...good],
      [good[0]!, bad, good[1]!],
      [...good, bad],
      [{ key: "held" }, { ...bad, key: "a", version: 1e9 }],
    ]) {
      await bench.conflict(changes);
      expect(await bench.keys(), "keys after a refused write").toEqual(["held"]);
      expect((await bench.store.get("held"))!.value).toBe(1);
    }
  },

  async "a conflict names the key that was changed"(bench) {
    await bench.store.write([
      { key: "a", value: 1 },
      { key: "b", value: 1 },
    ]);
    const version = await bench.version("a");
    const changes = [
      { key: "a", value: 2, version },
      { key: "b", value: 2, version: 0 },
    ];
    expect(await bench.conflict(changes), "detail.key").toBe("b");
  },

  async "a write that expects a version happens only at that version"(bench) {
    await bench.put("a", 1);
    const first = await bench.version("a");
    await bench.put("a", 2, { version: first });
    await bench.conflict([{ key: "a", value: 3, version: first }]);
    await bench.conflict([{ key: "a", version: first }]);
    await bench.conflict([{ key: "a", value: 3, version: (await bench.version("a")) + 1 }]);
    await bench.conflict([{ key: "absent", value: 3, version: first }]);
    expect((await bench.store.get("a"))!.value).toBe(2);
    await bench.store.write([{ key: "a", version: await bench.version("a") }]);
    expect(await bench.store.get("a"), "deleted at the right version").toBeUndefined();
  },

  async "version 0 means that the key must be absent"(bench) {
    await bench.put("a", 1, { version: 0 });
    await bench.conflict([{ key: "a", value: 2, version: 0 }]);
    await bench.conflict([{ key: "a", version: 0 }]);
    await bench.store.write([{ key: "a" }, { key: "b", version: 0 }]);
    await bench.put("a", 3, { version: 0 });
    expect((await bench.store.get("a"))!.value).toBe(3);
  },

  async "versions rise with every write, also after a delete"(bench) {
    const versions: number[] = [];
    for (const value of [1, 1, 2]) {
      await bench.put("a", value);
      versions.push(await bench.version("a"));
      await bench.put("b", value);
      versions.push(await bench.version("b"));
      await bench.store.write([{ key: "a" }]);
    }
    expect(versions, "versions in order of writing").toEqual([...new Set(versions)].sort((a, b) => a - b));
  },

  async "a write resolves with the versions that it gave"(bench) {
    await bench.put("old", 1);
    const kept = { key: "kept", version: 0, keep: true } as const;
    const versions = await bench.store.write([
      { key: "a", value: 1 },
      { key: "old" },
      kept,
      { key: "b", value: null },
    ]);
    expect(versions).toEqual([await bench.version("a"), 0, 0, await bench.version("b")]);
    expect(await bench.store.write([])).toEqual([]);
  },

  async "a key that is kept is asked for its version and not changed"(bench) {
    await bench.put("fence", { holder: "x" });
    const version = await bench.version("fence");
    const keep = true as const;
    await bench.store.write([
      { key: "fence", version, keep },
      { key: "none", version: 0, keep },
      { key: "a", value: 1 },
    ]);
    expect(await bench.store.get("fence"), "after it was kept").toEqual({
      key: "fence",
      value: { holder: "x" },
      version,
    });
    const lost = [
      { key: "a", value: 2 },
      { key: "fence", version: version + 1, keep },
    ];
    expect(await bench.conflict(lost), "detail.key").toBe("fence");
    expect(await bench.conflict([{ key: "fence", version: 0, keep }]), "detail.key").toBe("fence");
    expect(await bench.keys()).toEqual(["a", "fence"]);
    expect((await bench.store.get("a"))!.value).toBe(1);
  },

  async "an entry is gone when its time to live has passed"(bench) {
    await bench.put("later", 1, { ttl: HOUR });
    await bench.outlive("soon");
    expect(await bench.keys(), "keys listed").toEqual(["later"]);
    await bench.put("soon", 2, { version: 0 });
    expect((await bench.store.get("soon"))!.value, "written again as a new key").toBe(2);
  },

  async "a new write sets a new time to live"(bench) {
    await bench.put("longer", 1, { ttl: bench.ttl });
    await bench.put("longer", 2, { ttl: HOUR });
    await bench.put("for good", 1, { ttl: bench.ttl });
    await bench.put("for good", 2);
    await bench.outlive("witness");
    expect(await bench.keys()).toEqual(["for good", "longer"]);
  },

  async "JSON comes back the same"(bench) {
    for (const [index, value] of samples.entries()) {
      const key = `sample ${index}`;
      await bench.put(key, value);
      const entry = await bench.store.get(key);
      expect(entry, `an entry for ${JSON.stringify(value)}`).toBeDefined();
      expect(isDeepStrictEqual(entry!.value, value), `${JSON.stringify(value)} came back the same`).toBe(
        true,
      );
    }
    expect((await all(bench.store.list("sample"))).length).toBe(samples.length);
  },

  async "big values and big writes are taken"(bench) {
    const big = "0123456789é日😀\n".repeat(60_000);
    await bench.put("big", { big });
    expect(((await bench.store.get("big"))!.value as { big: string }).big === big, "1 MB came back").toBe(
      true,
    );
    const changes = Array.from({ length: 2000 }, (_, index) => ({ key: `many ${index}`, value: index }));
    await bench.store.write(changes);
    expect((await bench.keys("many ")).length).toBe(changes.length);
  },

  async "what is read or written is a copy"(bench) {
    const value = { list: [1] };
    await bench.put("a", value);
    value.list.push(2);
    const read = (await bench.store.get("a"))!.value as { list: number[] };
    expect(read, "after the written object was changed").toEqual({ list: [1] });
    read.list.push(3);
    const [listed] = (await all(bench.store.list("a"))) as Entry<{ list: number[] }>[];
    expect(listed!.value, "after the read object was changed").toEqual({ list: [1] });
    listed!.value.list.push(4);
    expect((await bench.store.get("a"))!.value, "after the listed object was changed").toEqual({ list: [1] });
  },

  async "of many writers that expect one version exactly one wins"(bench) {
    const handles = await bench.handles();
    for (let round = 0; round < 20; round++) {
      const version = (await bench.store.get("prize"))?.version ?? 0;
      const attempts = Array.from({ length: WRITERS }, (_, writer) =>
        handles[writer % handles.length]!.write([{ key: "prize", value: { round, writer }, version }]),
      );
      const outcomes = await Promise.allSettled(attempts);
      const lost = outcomes.flatMap((one) => (one.status === "rejected" ? [codeOf(one.reason)] : []));
      expect(lost, `codes of the losers in round ${round}`).toEqual(Array(WRITERS - 1).fill("conflict"));
    }
  },

  async "a counter with many writers adds up"(bench) {
    const each = 15;
    const handles = await bench.handles();
    await bench.put("count", 0);
    const add = async (store: Store) => {
      for (let done = 0; done < each; ) {
        const entry = (await store.get("count")) as Entry<number>;
        const change = { key: "count", value: entry.value + 1, version: entry.version };
        if (await writeIf(store, [change])) done++;
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => add(handles[writer % handles.length]!)));
    expect((await bench.store.get("count"))!.value).toBe(WRITERS * each);
  },

  async "a watch names the keys under its prefix that are written or deleted"(bench) {
    const keys = watching(bench, bench.store, "w/");
    await keys.live();
    await bench.store.write([
      { key: "other", value: 1 },
      { key: "w/a", value: 1 },
    ]);
    await keys.see("w/a");
    await bench.store.write([{ key: "w/b" }, { key: "w/c", value: 1 }]);
    await keys.see("w/c");
    await bench.store.write([{ key: "w/c" }]);
    await eventually(() => keys.count("w/c") > 1, bench.timeout, "the watch names a deleted key");
    expect(keys.strangers(), "keys that are not under the prefix").toEqual([]);
    await keys.end();
  },

  async "a watch sees what another handle writes"(bench) {
    const other = await bench.another();
    const keys = watching(bench, bench.store, "w/");
    await keys.live();
    await other.write([{ key: "w/other", value: 1 }]);
    await keys.see("w/other");
    await keys.end();
  },

  async "a watch ends when its signal aborts"(bench) {
    const watch = needed(bench.store.watch, "store.watch");
    const over = new AbortController();
    over.abort();
    const late = gather(watch.call(bench.store, "w/", over.signal));
    await within(late.ended, bench.timeout, "a watch whose signal had aborted before ends");
    const keys = watching(bench, bench.store, "w/");
    await keys.live();
    await keys.end();
  },

  async "another handle sees what was written"(bench) {
    const other = await bench.another();
    await bench.put("a", { n: 1 });
    expect(await other.get("a")).toEqual(await bench.store.get("a"));
    await other.write([{ key: "b", value: 2, version: 0 }]);
    expect(await bench.conflict([{ key: "b", value: 3, version: 0 }]), "detail.key").toBe("b");
    expect(await bench.keys()).toEqual(["a", "b"]);
  },

  async "what was written is there when the store is opened again"(bench) {
    const reopen = needed(bench.options.reopen, "reopen");
    await bench.store.write(samples.map((value, index) => ({ key: `sample ${index}`, value })));
    await bench.put("last", 1);
    const last = await bench.version("last");
    await bench.store.write([{ key: "last" }]);
    const before = await all(bench.store.list(""));
    await bench.store.close();
    const again = bench.keep(await reopen(bench.store));
    expect(await all(again.list(""))).toEqual(before);
    await again.write([{ key: "last", value: 2 }]);
    expect((await again.get("last"))!.version, "the version after the highest was deleted").toBeGreaterThan(
      last,
    );
  },

  async "what a write resolved for survives a crash"(bench) {
    const writes = Array.from({ length: 50 }, (_, index) => [
      { key: `a${index}`, value: index },
      { key: "last", value: index },
    ]);
    const left = bench.keep(await needed(bench.options.crash, "crash")(writes));
    expect((await left.get("last"))?.value, "the last value written").toBe(49);
    expect((await all(left.list("a"))).length, "keys written").toBe(50);
    await left.write([{ key: "last", value: "writable" }]);
  },

  async "a damaged row is named when it is read, and its value is never given"(bench) {
    const version = await bench.damaged("b");
    const error = await rejection(bench.store.get("b"), "a damaged row");
    expect(codeOf(error), "the code").toBe("damaged");
    const left = damagedIn(error);
    expect(left, "what its error holds").toEqual({ key: "b", value: null, version, damaged: left?.damaged });
    expect(left?.damaged, "what is left of it").toBeTypeOf("string");
  },

  async "a damaged row is marked in a list, which goes on"(bench) {
    const version = await bench.damaged("b", "a", "c");
    const listed = await all(bench.store.list(""));
    expect(listed.map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(listed[1], "the damaged one").toMatchObject({ key: "b", value: null, version });
    expect(listed.map(({ damaged }) => typeof damaged)).toEqual(["undefined", "string", "undefined"]);
  },

  async "damaged rows are found among all others"(bench) {
    await bench.damaged("x/b", "x/a", "y/a");
    const damaged = async (prefix: string) => all(bench.store.list(prefix, { damaged: true }));
    expect(await damaged("")).toMatchObject([{ key: "x/b", value: null, damaged: expect.any(String) }]);
    expect((await damaged("x/")).map(({ key }) => key)).toEqual(["x/b"]);
    expect(await damaged("y/")).toEqual([]);
  },

  async "nothing is written that expects something of a damaged row"(bench) {
    const version = await bench.damaged("a");
    const expecting: readonly Change[] = [
      { key: "a", value: 1, version: 0 },
      { key: "a", value: 1, version: version + 1 },
      { key: "a", version: version + 1 },
      { key: "a", version, keep: true },
    ];
    for (const change of expecting) {
      const error = await rejection(
        bench.store.write([{ key: "b", value: 1 }, change]),
        JSON.stringify(change),
      );
      expect(codeOf(error), JSON.stringify(change)).toBe("damaged");
      expect(damagedIn(error)).toMatchObject({ key: "a", version });
    }
    expect(await bench.keys()).toEqual(["a"]);
  },

  async "a damaged row can be replaced and deleted, also at its version"(bench) {
    for (const expected of [false, true])
      for (const value of [undefined, { mended: true }]) {
        const version = await bench.damaged("a");
        await bench.store.write([
          { key: "a", ...(value && { value }), ...(expected && { version }) },
          { key: "b", value: 1 },
        ]);
        expect((await bench.store.get("a"))?.value).toEqual(value);
        await bench.store.write([{ key: "a", value: 1, version: value ? await bench.version("a") : 0 }]);
        expect(await all(bench.store.list("", { damaged: true }))).toEqual([]);
      }
  },

  async "a closed store answers closed, and close twice is safe"(bench) {
    await bench.put("a", 1);
    await bench.store.close();
    await bench.store.close();
    for (const use of [() => bench.store.get("a"), () => bench.put("a", 2), () => all(bench.store.list(""))])
      expect(codeOf(await rejection(use(), "a closed store")), "the code").toBe("closed");
  },

  async "any sequence of operations agrees with the model"(bench) {
    const property = asyncProperty(operations, (list) => tryOut(bench.store, `${token()}/`, list));
    await assert(property, { numRuns: bench.options.runs ?? RUNS });
  },
};

/** Names of the rules of `testStore`. */
export const storeRules: readonly string[] = Object.keys(rules);

/** Tries a store against the whole contract of `Store`. */
export function testStore(options: StoreSuite): void {
  describeRules(options, rules, {
    open: async () => new StoreBench(options, await options.open()),
    close: (bench) => bench.close(),
  });
}

/** A watch, and what it has named so far. */
interface Watching {
  /** Resolves when the watch is known to be told of writes. */
  live(): Promise<void>;
  see(key: string): Promise<unknown>;
  count(key: string): number;
  strangers(): string[];
  end(): Promise<void>;
}

function watching(bench: StoreBench, store: Store, prefix: string): Watching {
  const aborter = new AbortController();
  const keys = gather(needed(store.watch, "store.watch").call(store, prefix, aborter.signal));
  const see = (key: string) =>
    eventually(() => keys.items.includes(key), bench.timeout, `the watch names '${key}'`);
  let beats = 0;
  return {
    async live() {
      // A database may take a moment to listen, and has no way to say when it does.
      const beat = async () => {
        await bench.put(`${prefix}beat ${beats++}`, true);
        return keys.items.length > 0;
      };
      await eventually(beat, bench.timeout, "the watch names a key");
      await see(`${prefix}beat ${beats - 1}`);
    },
    see,
    count: (key) => keys.items.filter((item) => item === key).length,
    strangers: () => keys.items.filter((key) => !key.startsWith(prefix)),
    async end() {
      aborter.abort();
      await within(keys.ended, bench.timeout, "the watch ends when its signal aborts");
    },
  };
}

const samples: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  1e21,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_VALUE,
  "",
  " ",
  "null",
  "1",
  "é 日本語 👩‍🚀",
  "line\nbreak\ttab \\ \" ' % _",
  "\u0000 a nought and half a pair \ud83d",
  [],
  {},
  [null, [], [[1]], { a: null }],
  { "": 1, " ": 2, a: { b: { c: [{}] } }, é: "日", "a.b": 1, $set: 1 },
];

// Any fixed order that is not the sorted one.
function hash(text: string): number {
  return [...text].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) % 997, 7);
}
