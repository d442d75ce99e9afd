import type { Json, Store } from "@micro-bot/core";
import { BotError, messageOf } from "@micro-bot/core";
import { baseOf } from "./chain.ts";
import { type AuditRecord, isSealed, keyOf, recordOf } from "./record.ts";
import { broken } from "./verify.ts";

/** Lines that are compared at a time. */
const PAGE = 500;

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
  const { open } = await import("node:fs/promises");
  const file = await open(path).catch((cause) => {
    throw new BotError("failed", `--audit_file: ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  let number = 0;
  try {
    for await (const line of file.readLines({ encoding: "utf8" })) {
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
  } finally {
    await file.close();
  }
}

async function check(page: readonly AuditRecord[], store: Store): Promise<void> {
  const stored = await Promise.all(page.map(({ seq }) => store.get(keyOf(seq))));
  // Read after them: what was cut meanwhile is not missing.
  const base = await baseOf(store);
  for (const [at, { seq, hash }] of page.entries()) {
    const found = recordOf(stored[at]?.value)?.hash;
    if (seq <= base.seq || found === hash) continue;
    throw found === undefined
      ? broken("missing", seq, "it is in the file, and not in the store")
      : broken("changed", seq, "it is another one in the file than in the store");
  }
}

function parsed(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}
