import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@micro-bot/core";
import { canonicalJson } from "@micro-bot/kit";
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { compare } from "../src/compare.ts";
import { Lines } from "../src/lines.ts";
import { type AuditRecord, keyOf, seal } from "../src/record.ts";
import { newChain, put, recordsOf, said } from "./support.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stream-audit-"));
  path = join(folder, "audit.jsonl");
  const mine = folder;
  onTestFinished(() => rmSync(mine, { recursive: true, force: true }));
});

function open(file = path): Lines {
  const lines = new Lines(file);
  onTestFinished(() => lines.close());
  return lines;
}

function read(file = path): AuditRecord[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the file", () => {
  test("has each record as a line with its hash, and is its owner's alone", async () => {
    const store = memoryStore();
    const chain = newChain(store, { lines: open() });
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => chain.append(said(`${i} \u2028 \u2029 \r\n end`))),
    );
    expect(read()).toEqual(await recordsOf(store));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await compare(path, store)).toBe(300);
  });

  test("is opened again when it was moved away", async () => {
    const chain = newChain(memoryStore(), { lines: open() });
    await chain.append(said("before"));
    renameSync(path, `${path}.1`);
    await chain.append(said("after"));
    expect(read(`${path}.1`).map(({ seq }) => seq)).toEqual([1]);
    expect(read().map(({ seq }) => seq)).toEqual([2]);
  });

  test("may be shared by several bots", async () => {
    const store = memoryStore();
    const chains = [newChain(store, { lines: open() }), newChain(store, { lines: open() })];
    await Promise.all(
      chains.map(async (chain) => {
        for (let i = 0; i < 100; i++) await chain.append(said(`${i}`));
      }),
    );
    expect(new Set(read().map(({ seq }) => seq)).size).toBe(200);
    expect(await compare(path, store)).toBe(200);
  });

  test("that cannot be written is named, and nothing is recorded without it", async () => {
    const store = memoryStore();
    const chain = newChain(store, { lines: open(join(folder, "nowhere", "audit.jsonl")) });
    await expect(chain.append(said("x"))).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(/--audit_file: .*nowhere/),
    });
    expect(await recordsOf(store)).toEqual([]);
  });
});

describe("compare", () => {
  async function filled() {
    const store = memoryStore();
    const chain = newChain(store, { lines: open() });
    await Promise.all(Array.from({ length: 1200 }, (_, i) => chain.append(said(`${i}`))));
    return store;
  }

  test("names a record that is in the file and no longer in the store", async () => {
    const store = await filled();
    await put(store, keyOf(1100), undefined);
    await expect(compare(path, store)).rejects.toMatchObject({ detail: { kind: "missing", seq: 1100 } });
  });

  test("names a record that was written anew in the store", async () => {
    const store = await filled();
    const records = await recordsOf(store);
    await put(store, keyOf(700), seal(said("harmless"), 1, records[698]!) as never);
    await expect(compare(path, store)).rejects.toMatchObject({ detail: { kind: "changed", seq: 700 } });
  });

  test("names a line that was changed, or is none", async () => {
    const store = await filled();
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"text":"500"', '"text":"50O"'));
    await expect(compare(path, store)).rejects.toThrow("line 501: record 501 does not have the hash");
    writeFileSync(path, `${text}{"seq":`);
    await expect(compare(path, store)).rejects.toThrow("line 1201: it is no record");
  });

  test("takes lines in any order, twice, far apart and with gaps", async () => {
    const store = await filled();
    const records = await recordsOf(store);
    const some = [records[1199]!, ...records.slice(300, 700).reverse(), records[0]!, records[0]!];
    writeFileSync(path, some.map((record) => `${canonicalJson(record)}\n\n`).join(""));
    expect(await compare(path, store)).toBe(some.length);
  });

  test("says so when there is no file", async () => {
    await expect(compare(path, memoryStore())).rejects.toThrow(/--audit_file: .* cannot be read/);
  });
});

const disk = mkdtempSync(join(tmpdir(), "stream-audit-full-"));
const mounted = mount();
afterAll(() => {
  if (mounted) execFileSync("umount", [disk]);
  rmdirSync(disk);
});

test.skipIf(!mounted)(
  "a full disk fails what is recorded, tears no line, and the file has all when there is room",
  async () => {
    const store = memoryStore();
    const file = join(disk, "audit.jsonl");
    const chain = newChain(store, { lines: open(file) });
    await chain.append(said("before"));
    const ballast = join(disk, "ballast");
    expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 21))).toThrow("ENOSPC");
    await expect(chain.append(said("x".repeat(20_000)))).rejects.toThrow(/--audit_file: .*ENOSPC/);
    expect(await recordsOf(store)).toHaveLength(2);
    await expect(chain.append(said("y"))).rejects.toThrow("ENOSPC");
    expect(await recordsOf(store), "the second does not even reach the store").toHaveLength(2);
    rmSync(ballast);
    await chain.append(said("with room again"));
    expect(read(file)).toEqual(await recordsOf(store));
    // Somebody else's line is not torn by what follows.
    appendFileSync(file, `${canonicalJson(read(file)[0])}\n`);
    expect(await compare(file, store)).toBe(4);
  },
);

/** A disk of 1 MB. Only root may have one. */
function mount(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "pipe" });
    return true;
  } catch (error) {
    console.warn(
      `skipped: the test of a full disk needs a small file system: ${String(error).split("\n")[0]}`,
    );
    return false;
  }
}
