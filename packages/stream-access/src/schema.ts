import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { OutputUnit, Schema, Validator } from "@cfworker/json-schema";
import type { Path } from "./document.ts";

const require = createRequire(import.meta.url);
/** Keywords that only say that something inside them is wrong. */
const OUTER = /^(?:properties|items|additionalProperties|\$ref|allOf|anyOf)$/u;
let validator: Validator | undefined;

/** What the published schema has against a file's value, if anything. */
export function schemaFault(value: unknown): { readonly path: Path; readonly what: string } | undefined {
  const { valid, errors } = schema().validate(value);
  if (valid) return undefined;
  const inner = errors.filter(({ keyword }) => !OUTER.test(keyword));
  const [first = errors[0]!] = inner.sort((a, b) => depth(b) - depth(a));
  return { path: pathOf(first), what: wordsFor(first, value) };
}

function schema(): Validator {
  const { Validator } = require("@cfworker/json-schema") as typeof import("@cfworker/json-schema");
  const file = new URL("../access.schema.json", import.meta.url);
  validator ??= new Validator(JSON.parse(readFileSync(file, "utf8")) as Schema, "2020-12", false);
  return validator;
}

function depth({ instanceLocation }: OutputUnit): number {
  return instanceLocation.split("/").length;
}

function pathOf({ instanceLocation }: OutputUnit): string[] {
  const steps = instanceLocation.split("/").slice(1);
  return steps.map((step) => decodeURI(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The validator's own words are for programmers. */
function wordsFor(error: OutputUnit, value: unknown): string {
  const path = pathOf(error);
  const key = path.at(-1) ?? "the file";
  const found = path.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[step],
    value,
  );
  const shown = JSON.stringify(found)?.slice(0, 80);
  const say = SAYINGS[error.keyword];
  return say ? say(key, shown, error) : `${key}: ${error.error}`;
}

const SAYINGS: Readonly<
  Record<string, (key: string, shown: string | undefined, error: OutputUnit) => string>
> = {
  false: (key) => `there is no key '${key}' here`,
  required: (key, _shown, { error }) => `${at(key)} lacks ${/"([^"]+)"/u.exec(error)?.[1] ?? "a key"}`,
  oneOf: () => "a rule has either allow or deny",
  dependentSchemas: () => "a rule that denies has neither approval nor assurance",
  not: () => "a rule that denies has neither approval nor assurance",
  type: (key, shown, { error }) => `${at(key)} is ${shown}: ${error}`,
  pattern: (key, shown, { keywordLocation }) => {
    if (keywordLocation.includes("propertyNames"))
      return `nobody can be called '${key}': names are letters, digits, dots and dashes, and not anyone or operators`;
    const hint = key === "within" ? "10m, 2h or 1d" : "input:id, as in irc:alice or irc:#ops";
    return `${at(key)} cannot be ${shown}: write ${hint}`;
  },
  enum: (key, shown) => `${at(key)} cannot be ${shown}`,
  uniqueItems: (key) => `${at(key)} says something twice`,
};

function at(key: string): string {
  return /^\d+$/u.test(key) ? `entry ${Number(key) + 1}` : key;
}
