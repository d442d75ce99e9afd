import { BotError, memoryStore, type Store } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { isBotError } from "../src/errors.ts";
import { readUntilKnown, writeIf, writeUntilKnown } from "../src/write.ts";

/** A store whose write fails so often before it works; `applied`: it had worked, and only its answer was lost. */
function flaky(store: Store, times: number, applied = false): Store {
  let left = times;
  return {
    ...store,
    async write(changes) {
      if (left-- <= 0) return store.write(changes);
      if (applied) await store.write(changes);
      throw new BotError("not_connected", "no answer");
    },
  };
}

describe("a write until known", () => {
  test("is tried again until the store answers", async () => {
    const store = memoryStore();
    const written = await writeUntilKnown(flaky(store, 2), [{ key: "a", value: 1 }], {
      alreadyApplied: async () => undefined,
    });
    expect(written).toHaveProperty("versions");
    expect((await store.get("a"))?.value).toBe(1);
  });

  test("that was made although its answer was lost is known for one's own", async () => {
    const store = memoryStore();
    const written = await writeUntilKnown(flaky(store, 1, true), [{ key: "a", value: 1, version: 0 }], {
      alreadyApplied: async () => [(await store.get("a"))!.version],
    });
    expect(written).toEqual({ versions: [(await store.get("a"))!.version] });
  });

  test("that somebody else was quicker with names the key that was lost", async () => {
    const store = memoryStore();
    await store.write([{ key: "a", value: "theirs" }]);
    const changes = [{ key: "a", value: "ours", version: 0 }];
    expect(await writeUntilKnown(store, changes, { alreadyApplied: async () => undefined })).toEqual({
      lost: "a",
    });
    expect(await writeIf(store, changes)).toBe(false);
    expect(await writeIf(store, [{ key: "b", value: 1, version: 0 }])).toBe(true);
  });

  test("gives up with the store's error when its patience is over or its signal aborts", async () => {
    const broken = flaky(memoryStore(), Infinity);
    const alreadyApplied = async () => undefined;
    await expect(
      writeUntilKnown(broken, [{ key: "a", value: 1 }], { patience: 0, alreadyApplied }),
    ).rejects.toThrow("no answer");
    const over = AbortSignal.abort();
    await expect(writeUntilKnown(broken, [{ key: "a", value: 1 }], { over, alreadyApplied })).rejects.toThrow(
      "no answer",
    );
  });
});

describe("a read until known", () => {
  test("is tried again until it is answered, but not when the question is wrong", async () => {
    let tries = 0;
    const read = async () => {
      if (++tries < 3) throw new BotError("timeout", "slow");
      return "read";
    };
    expect(await readUntilKnown(read, new AbortController().signal)).toBe("read");
    const wrong = async () => {
      throw new BotError("invalid", "wrong");
    };
    await expect(readUntilKnown(wrong, new AbortController().signal)).rejects.toThrow("wrong");
  });
});

test("a bot error is known by its name, not by its class", () => {
  expect(isBotError(new BotError("failed", "x"))).toBe(true);
  expect(isBotError(Object.assign(new Error("x"), { name: "BotError", code: "failed" }))).toBe(true);
  for (const other of [new Error("x"), null, undefined, "BotError", 5]) expect(isBotError(other)).toBe(false);
});
