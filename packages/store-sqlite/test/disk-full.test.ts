import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "@micro-bot/core";
import { afterAll, expect, test } from "vitest";
import { open } from "./help.ts";

const folder = mkdtempSync(join(tmpdir(), "store-sqlite-full-"));
const mounted = mount();
afterAll(() => {
  if (mounted) execFileSync("umount", [folder]);
  rmdirSync(folder);
});

test.skipIf(!mounted)(
  "a full disk refuses all writes of a turn, and the store heals when there is room",
  async () => {
    const file = join(folder, "micro.db");
    const ballast = join(folder, "ballast");
    const store = await open(file);
    await store.write([{ key: "before", value: 1 }]);
    expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 21))).toThrow("ENOSPC");

    const big = "x".repeat(100_000);
    const changes = [{ key: "big", value: big }];
    const outcomes = await Promise.allSettled([
      store.write([{ key: "small", value: 1 }]),
      store.write(changes),
      store.write([{ key: "before", value: 2, version: 999 }]),
    ]);
    expect(outcomes.map((one) => one.status === "rejected" && codeOf(one.reason))).toEqual(
      Array(3).fill("failed"),
    );
    expect(String((outcomes[1] as PromiseRejectedResult).reason)).toContain("the disk is full");
    expect(await store.get("small")).toBeUndefined();
    expect((await store.get("before"))?.value).toBe(1);

    rmSync(ballast);
    await store.write([{ key: "small", value: 2 }, ...changes]);
    await store.close();
    const again = await open(file);
    expect((await again.get("big"))?.value).toBe(big);
    expect((await again.get("small"))?.value).toBe(2);
    await again.close();
  },
);

/** A disk of 1 MB. Only root may have one. */
function mount(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "pipe" });
    return true;
  } catch (error) {
    console.warn(
      `skipped: the test of a full disk needs a small file system: ${String(error).split("\n")[0]}`,
    );
    return false;
  }
}
