import { createRequire } from "node:module";
import { extname } from "node:path";
import { BotError, messageOf } from "@micro-bot/core";
import type { Node, Pair, Document as YamlDocument } from "yaml";

export type Path = readonly (string | number)[];

/** A file of YAML or JSON that was read: what it says, and on which line. */
export interface Document {
  readonly value: unknown;
  /** The line of a key or an item, from 1. */
  lineOf(path: Path): number;
}

// Only a bot with an access file loads libraries for it; `init`, which must know at once, cannot wait for an import.
const require = createRequire(import.meta.url);

/** Reads text as the file's name says: JSON for `.json`, YAML for all else. Throws `config` with file and line. */
export function readDocument(file: string, text: string): Document {
  const { parseDocument, LineCounter, isMap, isSeq } = require("yaml") as typeof import("yaml");
  const isJson = extname(file).toLowerCase() === ".json";
  if (isJson) checkJson(file, text);
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    schema: isJson ? "json" : "core",
    // `1` and `"1"` are two keys to YAML, and one to whoever reads the value.
    uniqueKeys: (a, b) => String(a) === String(b),
  });
  const [wrong] = [...doc.errors, ...doc.warnings];
  if (wrong)
    throw fault(file, wrong.linePos?.[0].line ?? 1, wrong.message.split("\n")[0]!.replace(/:$/u, ""));
  const line = (node: Node | null | undefined) => lines.linePos(node?.range?.[0] ?? 0).line;
  return {
    value: contentsOf(file, doc),
    lineOf(path) {
      let at: unknown = doc.contents;
      let found = doc.contents as Node | null;
      for (const step of path) {
        const pair: Pair | undefined = isMap(at)
          ? at.items.find(({ key }) => String(key) === String(step))
          : undefined;
        found = (pair ? pair.key : isSeq(at) ? at.items[Number(step)] : undefined) as Node | null;
        if (!found) break;
        at = pair ? pair.value : found;
      }
      return line(found);
    },
  };
}

/** An error of a file: `[stream-access] access_file: access.yaml:12: …`. */
export function fault(file: string, line: number, what: string): BotError {
  return new BotError("config", `[stream-access] access_file: ${file}:${line}: ${what}`);
}

// YAML reads more than JSON is.
function checkJson(file: string, text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const at = Number(/position (\d+)/u.exec(messageOf(error))?.[1] ?? text.length);
    throw fault(file, text.slice(0, at).split("\n").length, `it is no JSON: ${messageOf(error)}`);
  }
}

function contentsOf(file: string, doc: YamlDocument): unknown {
  try {
    const value: unknown = doc.toJS();
    // What goes round, by an alias inside of its anchor, is no tree.
    JSON.stringify(value);
    return value;
  } catch (error) {
    throw fault(file, 1, messageOf(error).split("\n")[0]!);
  }
}
