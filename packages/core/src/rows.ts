import type { Json } from "./json.ts";

/** One kind of row that a plugin keeps in the store. */
export interface RowKind {
  /** Whether a value is what its reader takes for one. `key` is the row's, as the plugin names it. */
  fits(value: Json, key: string): boolean;
  /** What stands in the place of one that cannot be read, where its being there says something. Without it the key is free. */
  instead?(key: string): Json;
}

/**
 * Kinds of rows, by how their keys begin. A row that does not fit, or is damaged, never reaches its reader: the engine puts
 * it aside, and `status` tells how many there are.
 */
export type Rows = Readonly<Record<string, RowKind>>;

/** What a field may be; with `?` it may also be absent. */
export type FieldType = Type | `${Type}?`;

type Type = "string" | "number" | "boolean" | "object" | "list" | "strings";

/** Whether a value is an object with these fields; it may have more. */
export function hasFields(value: unknown, fields: Readonly<Record<string, FieldType>>): boolean {
  if (typeOf(value) !== "object") return false;
  return Object.entries(fields).every(([name, type]) => isOf((value as Record<string, unknown>)[name], type));
}

function isOf(value: unknown, type: FieldType): boolean {
  if (type.endsWith("?")) return value === undefined || isOf(value, type.slice(0, -1) as Type);
  if (type === "strings") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeOf(value) === type;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return value === null ? "null" : typeof value;
}
