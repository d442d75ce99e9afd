/** The fields of a protobuf message by number: varints as bigint, the rest as bytes; undefined when it is none. */
export function protobufFields(bytes: Uint8Array): Map<number, bigint | Uint8Array> | undefined {
  const fields = new Map<number, bigint | Uint8Array>();
  let at = 0;

  function varint(): bigint | undefined {
    let value = 0n;
    for (let shift = 0n; shift < 64n && at < bytes.length; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return undefined;
  }

  /** How many bytes a value takes, by its wire type. */
  function sizeOf(type: number): number | undefined {
    if (type === 1) return 8;
    if (type === 5) return 4;
    return type === 2 ? Number(varint() ?? -1n) : undefined;
  }

  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined) return undefined;
    const type = Number(tag & 7n);
    const size = type === 0 ? undefined : sizeOf(type);
    const value = type === 0 ? varint() : bytes.subarray(at, at + (size ?? 0));
    if (value === undefined || (type !== 0 && (size === undefined || size < 0 || at + size > bytes.length)))
      return undefined;
    at += size ?? 0;
    fields.set(Number(tag >> 3n), value);
  }
  return fields;
}
