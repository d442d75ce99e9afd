import { BotError } from "./errors.ts";
import { keyFault, pluginFault } from "./shape.ts";

/** The contract's major version. It is part of the maps' names, so a plugin of another major is not half seen. */
export const CONTRACT = "v1";

const PREFIX = "@micro-bot/core/";

/**
 * A map of plugins. A taken key is an error that names both packages' files, and what is no plugin of its kind one that
 * names the file and line where it was registered: `detail` has them, and the `fault`.
 */
export class Plugins<T> extends Map<string, T> {
  readonly #kind: string;
  readonly #origins = new Map<string, string>();
  /** Rises with every change: whoever derives something from the map knows when to do it again. Only for reading. */
  revision = 0;

  /** The kind is the map's name: `commands`. Without one, only keys are checked. */
  constructor(kind = "") {
    super();
    this.#kind = kind;
  }

  override set(key: string, value: T): this {
    const { file: origin, line } = caller();
    const fault = keyFault(this.#kind, key) ?? pluginFault(this.#kind, key, value);
    if (fault !== undefined) throw misfit(`${this.#kind || "plugins"}.set: ${fault}`, origin, line);
    if (this.has(key)) {
      const first = this.#origins.get(key) ?? "unknown";
      throw new BotError("config", `'${key}' is registered twice: by ${first} and by ${origin}`, {
        detail: { key, first, second: origin },
      });
    }
    this.#origins.set(key, origin);
    this.revision++;
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#origins.delete(key);
    this.revision++;
    return super.delete(key);
  }

  override clear(): void {
    this.#origins.clear();
    this.revision++;
    super.clear();
  }

  /** URL or path of the file that registered the key. */
  origin(key: string): string | undefined {
    return this.#origins.get(key);
  }
}

/** The map of one kind, the same for every copy of core in this process. */
export function shared<T>(kind: string): Plugins<T> {
  const all = globalThis as unknown as Record<symbol, Plugins<T> | undefined>;
  const key = Symbol.for(`${PREFIX}${CONTRACT}/${kind}`);
  all[key] ??= new Plugins<T>(kind);
  return all[key];
}

function misfit(fault: string, file: string, line: number): BotError {
  return new BotError("config", `${fault} (${file}:${line})`, { detail: { fault, file, line } });
}

// Plugins are told apart by who registered them, and nobody should have to say so by hand.
function caller(): { readonly file: string; readonly line: number } {
  const frame = new Error().stack?.split("\n")[3] ?? "";
  const [, file = "unknown", line = "0"] =
    /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/.exec(frame) ?? [];
  return { file, line: Number(line) };
}
