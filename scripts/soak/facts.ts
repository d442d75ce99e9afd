import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/**
 * `alive`: the first heartbeat was stored. `accepted`: a run was. `begun`: stored was that a run begins, or a side effect
 * of it; `ended`: its end. `write`: a write that has to do with runs is about to be tried.
 */
export type FactKind = "alive" | "accepted" | "begun" | "ended" | "write";

/** What the bot's store was seen to do, written down by the bot's own process in a file that outlives it. */
export interface Fact {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly pid: number;
  readonly kind: FactKind;
  readonly run: string;
  /** Of `accepted`, and of a run that begins: what was said. */
  readonly text?: string;
}

/** Each fact is handed to the kernel before the call returns: a SIGKILL after it does not undo it. */
export function factWriter(file: string): (fact: Fact) => void {
  const to = openSync(file, "a");
  return (fact) => void writeSync(to, `${JSON.stringify(fact)}\n`);
}

/** Reads what has come since it was last asked. */
export function factReader(file: string): () => Fact[] {
  const chunk = Buffer.alloc(1 << 20);
  const decoder = new StringDecoder("utf8");
  let position = 0;
  let rest = "";

  function more(): string {
    if (!existsSync(file)) return "";
    const from = openSync(file, "r");
    let text = "";
    for (let size = -1; size !== 0; position += size) {
      size = readSync(from, chunk, 0, chunk.length, position);
      text += decoder.write(chunk.subarray(0, size));
    }
    closeSync(from);
    return text;
  }

  return () => {
    const lines = (rest + more()).split("\n");
    rest = lines.pop()!;
    return lines.map((line) => JSON.parse(line) as Fact);
  };
}
