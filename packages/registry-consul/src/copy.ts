import type { Service } from "@micro-bot/core";

/** What Consul last said, for the time when it says nothing. */
export interface Copy {
  setNames(names: readonly string[]): void;
  /** Undefined when the names were never read. */
  names(): readonly string[] | undefined;
  set(name: string, versions: readonly Service[]): void;
  /** Undefined when nothing is known about that name; empty when it is known that there is none. */
  get(name: string): readonly Service[] | undefined;
  entries(): Iterable<[string, readonly Service[]]>;
}

export function newCopy(): Copy {
  const services = new Map<string, readonly Service[]>();
  let names: ReadonlySet<string> | undefined;

  return {
    setNames(next) {
      names = new Set(next);
      for (const name of services.keys()) if (!names.has(name)) services.delete(name);
    },
    names: () => names && [...names],
    set(name, versions) {
      // Names that do not exist are not kept: anybody can make up any number of them.
      if (versions.length > 0) services.set(name, versions);
      else services.delete(name);
    },
    get(name) {
      const known = services.get(name);
      if (known) return structuredClone(known);
      return names && !names.has(name) ? [] : undefined;
    },
    entries: () => services.entries(),
  };
}
