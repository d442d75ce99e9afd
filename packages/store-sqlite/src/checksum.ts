import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";

/** A row as the file has it: after damage any column may hold anything. */
export interface Row {
  readonly key: unknown;
  /** JSON; null: the row was deleted. */
  readonly value: unknown;
  readonly version: unknown;
  /** Milliseconds since 1970; null: for good. */
  readonly until: unknown;
  readonly crc: unknown;
}

/**
 * The checksum of a row. CRC-32 finds every flip of one or two bits in rows up to 256 MB and every burst up to 32 bits; of
 * larger damage one in 4,294,967,296 passes. A cryptographic hash would find no flip more: who can write the file can
 * write that as well.
 */
export function checksum(
  key: Uint8Array,
  value: string | null,
  version: number | bigint,
  until: number | bigint | null,
): number {
  // With the lengths, and so that no two rows are the same text.
  const head = `${version} ${until ?? "-"} ${key.length} ${value === null ? "-" : "="}`;
  return crc32(value ?? "", crc32(key, crc32(head)));
}

/** Whether a row is as it was written. Whole numbers are to be read as bigints: damage makes them larger than others hold. */
export function isWhole({ key, value, version, until, crc }: Row): boolean {
  if (!(key instanceof Uint8Array) || !(value === null || typeof value === "string")) return false;
  if (typeof version !== "bigint" || !(until === null || typeof until === "bigint")) return false;
  return crc === BigInt(checksum(key, value, version, until));
}

/** Teaches a connection `checksum(key, value, version, until)` and `whole(key, value, version, until, crc)`. */
export function teach(db: DatabaseSync): void {
  const options = { deterministic: true, useBigIntArguments: true };
  db.function("checksum", options, (key, value, version, until) =>
    checksum(key as Uint8Array, value as string | null, version as bigint, until as bigint | null),
  );
  db.function("whole", options, (key, value, version, until, crc) =>
    isWhole({ key, value, version, until, crc }) ? 1 : 0,
  );
}
