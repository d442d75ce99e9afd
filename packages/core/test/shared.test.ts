import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as core from "@micro-bot/core";
import { afterAll, describe, expect, test } from "vitest";

const dir = mkdtempSync(join(tmpdir(), "second-core-"));
afterAll(() => rmSync(dir, { recursive: true }));

async function secondCopy(): Promise<typeof core> {
  cpSync(dirname(fileURLToPath(import.meta.resolve("@micro-bot/core"))), dir, { recursive: true });
  return import(/* @vite-ignore */ pathToFileURL(join(dir, "index.js")).href);
}

describe("the shared maps", () => {
  test("survive two copies of core: one registers, the other sees", async () => {
    const second = await secondCopy();
    expect(second.BotError).not.toBe(core.BotError);
    const ping = second.newCommand("ping", "ping", "Returns pong", () => "pong");
    second.commands.set("^two copies$", ping);
    expect(core.commands.get("^two copies$")).toBe(ping);
    expect(second.inputs).toBe(core.inputs);
    expect(second.streams).toBe(core.streams);
    expect(second.stores).toBe(core.stores);
    expect(second.registries).toBe(core.registries);
  });

  test("know an error of the other copy by its code", async () => {
    const second = await secondCopy();
    expect(core.codeOf(new second.BotError("denied", "no"))).toBe("denied");
    expect(core.codeOf(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe("failed");
    expect(core.codeOf(undefined)).toBe("failed");
  });

  test("refuse a taken key, naming both files", () => {
    const map = new core.Plugins<number>();
    map.set("a", 1);
    expect(() => map.set("a", 2)).toThrow(
      expect.objectContaining({
        code: "config",
        detail: {
          key: "a",
          first: expect.stringContaining("shared.test.ts"),
          second: expect.stringContaining("shared.test.ts"),
        },
      }),
    );
    expect(map.get("a")).toBe(1);
  });

  test("count their changes", () => {
    const map = new core.Plugins<number>();
    const before = map.revision;
    map.set("a", 1).delete("a");
    expect(map.revision).toBe(before + 2);
  });
});
