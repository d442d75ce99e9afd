import type { Json, Store } from "@micro-bot/core";
import { BotError, messageOf } from "@micro-bot/core";
import { baseOf } from "./chain.ts";
import { type AuditRecord, isSealed, keyOf, RECORDS, recordOf } from "./record.ts";
import { broken } from "./verify.ts";

/** Lines that are compared at a time. */
const PAGE = 500;
/** Lines of several bots are nearly in order: so far apart they are read in one go. */
const SPAN = 4 * PAGE;

/**
 * Compares a file of lines with the store: every record in the file must be in the store, and be the same, unless it was
 * cut by retention. Resolves with how many there are. Throws `failed` naming the first that is not.
 */
export async function compare(path: string, store: Store, signal?: AbortSignal): Promise<number> {
  let count = 0;
  let page: AuditRecord[] = [];
  for await (const record of recordsIn(path)) {
    page.push(record);
    count++;
    if (page.length < PAGE) continue;
    signal?.throwIfAborted();
    await check(page, store);
    page = [];
  }
  await check(page, store);
  return count;
}

async function* recordsIn(path: string): AsyncGenerator<AuditRecord> {
  const { createReadStream } = await import("node:fs");
  const { createInterface } = await import("node:readline");
  const file = createReadStream(path, "utf8");
  const failed = new Promise<never>((_, reject) => {
    file.once("error", (cause) =>
      reject(new BotError("failed", `--audit_file: ${path} cannot be read: ${messageOf(cause)}`, { cause })),
    );
  });
  failed.catch(() => {});
  await Promise.race([failed, new Promise((resolve) => file.once("open", resolve))]);
  let number = 0;
  for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === "") continue;
    const record = recordOf(parsed(line));
    if (!record || !isSealed(record))
      throw new BotError(
        "failed",
        `broken in ${path}, line ${number}: ${record ? `record ${record.seq} does not have the hash that was written with it` : "it is no record"}`,
        { detail: { kind: "changed", line: number, ...(record && { seq: record.seq }) } },
      );
    yield record;
  }
}

async function check(page: readonly AuditRecord[], store: Store): Promise<void> {
  if (page.length === 0) return;
  const numbers = page.map(({ seq }) => seq);
  const from = Math.min(...numbers);
  const to = Math.max(...numbers);
  const stored = to - from < SPAN ? await range(store, from, to) : undefined;
  const base = await baseOf(store);
  for (const record of page) {
    if (record.seq <= base.seq) continue;
    const hash = stored
      ? stored.get(record.seq)
      : recordOf((await store.get(keyOf(record.seq)))?.value)?.hash;
    if (hash === record.hash) continue;
    throw hash === undefined
      ? broken("missing", record.seq, "it is in the file, and not in the store")
      : broken("changed", record.seq, "it is another one in the file than in the store");
  }
}

async function range(store: Store, from: number, to: number): Promise<ReadonlyMap<number, string>> {
  const hashes = new Map<number, string>();
  const after = from > 0 ? { after: keyOf(from - 1) } : {};
  for await (const { value } of store.list(RECORDS, { ...after, limit: to - from + 1 })) {
    const record = recordOf(value);
    if (record) hashes.set(record.seq, record.hash);
  }
  return hashes;
}

function parsed(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}
