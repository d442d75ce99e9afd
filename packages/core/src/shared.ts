import { BotError } from "./errors.ts";

/** The contract's major version. It is part of the maps' names, so a plugin of another major is not half seen. */
export const CONTRACT = "v1";

const PREFIX = "@micro-bot/core/";

/** A map of plugins. A taken key is an error that names both packages' files. */
export class Plugins<T> extends Map<string, T> {
  readonly #origins = new Map<string, string>();
  #revision = 0;

  /** Rises with every change: whoever derives something from the map knows when to do it again. */
  get revision(): number {
    return this.#revision;
  }

  override set(key: string, value: T): this {
    const origin = callerFile();
    if (this.has(key)) {
      const first = this.#origins.get(key) ?? "unknown";
      throw new BotError("config", `'${key}' is registered twice: by ${first} and by ${origin}`, {
        detail: { key, first, second: origin },
      });
    }
    this.#origins.set(key, origin);
    this.#revision++;
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#origins.delete(key);
    this.#revision++;
    return super.delete(key);
  }

  override clear(): void {
    this.#origins.clear();
    this.#revision++;
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
  all[key] ??= new Plugins<T>();
  return all[key];
}

/** Non-empty maps of other majors of the contract, as `v2/inputs`: plugins that this engine cannot see. */
export function foreignMaps(): string[] {
  return Object.getOwnPropertySymbols(globalThis)
    .map(
      (symbol) =>
        [Symbol.keyFor(symbol), (globalThis as unknown as Record<symbol, unknown>)[symbol]] as const,
    )
    .filter(
      ([name, map]) =>
        name?.startsWith(PREFIX) && !name.startsWith(`${PREFIX}${CONTRACT}/`) && sizeOf(map) > 0,
    )
    .map(([name]) => name!.slice(PREFIX.length));
}

function sizeOf(map: unknown): number {
  return (map as { size?: number } | undefined)?.size ?? 0;
}

// Plugins are told apart by who registered them, and nobody should have to say so by hand.
function callerFile(): string {
  const line = new Error().stack?.split("\n")[3] ?? "";
  return /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):\d+:\d+\)?$/.exec(line)?.[1] ?? "unknown";
}
