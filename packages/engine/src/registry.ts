import { BotError, type Log, type Registry } from "@micro-bot/core";

/**
 * The registry in use: the one named, else the first linked one that finds itself usable. Chosen when first asked for,
 * so that a bot that never looks for a service opens nothing.
 */
export class ChosenRegistry implements Registry {
  readonly #known: ReadonlyMap<string, Registry>;
  readonly #named: string | undefined;
  readonly #log: Log;
  #picked: Promise<Registry> | undefined;
  #current: Registry | undefined;

  constructor(known: ReadonlyMap<string, Registry>, named: string | undefined, log: Log) {
    if (named !== undefined && !known.has(named)) {
      const linked = [...known.keys()].join(", ");
      throw new BotError("config", `--registry: there is no registry '${named}': linked are ${linked}`);
    }
    this.#known = known;
    this.#named = named;
    this.#log = log;
  }

  async list(): Promise<readonly string[]> {
    return (await this.#pick()).list();
  }

  async get(name: string): ReturnType<Registry["get"]> {
    return (await this.#pick()).get(name);
  }

  async unhealthy(name: string): Promise<number> {
    return (await (await this.#pick()).unhealthy?.(name)) ?? 0;
  }

  async register(...args: Parameters<Registry["register"]>): Promise<void> {
    return (await this.#pick()).register(...args);
  }

  async deregister(...args: Parameters<Registry["deregister"]>): Promise<void> {
    return (await this.#pick()).deregister(...args);
  }

  async *watch(signal: AbortSignal): ReturnType<Registry["watch"]> {
    yield* (await this.#pick()).watch(signal);
  }

  stale(): number | undefined {
    return this.#current?.stale?.();
  }

  status(): ReturnType<NonNullable<Registry["status"]>> {
    return this.#current?.status?.() ?? [];
  }

  async close(): Promise<void> {
    await this.#current?.close?.();
  }

  #pick(): Promise<Registry> {
    this.#picked ??= this.#choose().then((registry) => {
      this.#current = registry;
      return registry;
    });
    return this.#picked;
  }

  async #choose(): Promise<Registry> {
    if (this.#named !== undefined) return this.#known.get(this.#named)!;
    for (const [name, registry] of this.#known) {
      if (!(await registry.detect?.().catch(() => false))) continue;
      this.#log.info({ registry: name }, `services are looked for in the registry '${name}'`);
      return registry;
    }
    return this.#known.get("memory") ?? [...this.#known.values()][0]!;
  }
}
