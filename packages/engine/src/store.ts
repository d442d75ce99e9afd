import {
  BotError,
  type Change,
  codeOf,
  type Entry,
  type ListOptions,
  type Log,
  messageOf,
  type OpenStore,
  type Status,
  type Store,
} from "@micro-bot/core";

/**
 * The store that a URL names, opened when it is first used and again until that works; how it is doing is seen by
 * `status`. Throws `config` for a scheme that no linked package knows.
 */
export class BotStore implements Store {
  readonly #url: string;
  readonly #open: OpenStore;
  readonly #log: Log;
  readonly #prepare: () => void;
  #opened: Promise<Store> | undefined;
  #since: number | undefined;
  #trouble: string | undefined;

  /** `prepare` is called before it is opened, and may throw. */
  constructor(url: string, known: ReadonlyMap<string, OpenStore>, log: Log, prepare: () => void = () => {}) {
    const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0].toLowerCase();
    const open = known.get(scheme ?? "");
    if (!open) {
      const schemes = [...known.keys()].map((name) => `${name}:`).join(", ");
      const what = scheme === undefined ? "it does not begin with a scheme" : `no '${scheme}:' is linked`;
      throw new BotError("config", `--store: ${what}: linked are ${schemes}`);
    }
    this.#url = url;
    this.#open = open;
    this.#log = log;
    this.#prepare = prepare;
  }

  /** Opens it now, so that what is wrong with it is known. Rejects with `config` for what another try does not mend. */
  async ready(): Promise<void> {
    await this.#tried((store) => store.get("ready"));
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#tried((store) => store.get(key));
  }

  async *list(prefix: string, options?: ListOptions): AsyncIterable<Entry> {
    const tried = async <T>(work: () => Promise<T>) => this.#tried(work);
    const entries = (await tried(() => this.#store())).list(prefix, options)[Symbol.asyncIterator]();
    try {
      for (let next = await tried(() => entries.next()); !next.done; next = await tried(() => entries.next()))
        yield next.value;
    } finally {
      await entries.return?.();
    }
  }

  write(changes: readonly Change[]): Promise<readonly number[]> {
    return this.#tried((store) => store.write(changes));
  }

  /** Names nothing where the store has no watch: whoever relies on it must look from time to time as well. */
  async *watch(prefix: string, signal: AbortSignal): AsyncIterable<string> {
    const store = await this.#store();
    if (store.watch) yield* store.watch(prefix, signal);
  }

  async close(): Promise<void> {
    const store = await this.#opened?.catch(() => undefined);
    await store?.close();
  }

  status(): Status {
    const name = `store ${this.#url.slice(0, this.#url.indexOf(":"))}`;
    if (this.#trouble === undefined) return { name, state: this.#opened ? "up" : "stopped" };
    return { name, state: "down", since: this.#since!, note: this.#trouble };
  }

  async #tried<T>(work: (store: Store) => Promise<T>): Promise<T> {
    try {
      const result = await work(await this.#store());
      this.#works();
      return result;
    } catch (error) {
      const code = codeOf(error);
      if (code === "conflict" || code === "damaged" || code === "invalid") this.#works();
      // Whoever gives a wrong setting is told by the program's end.
      else if (code !== "closed" && code !== "config") this.#fails(error);
      throw error;
    }
  }

  #store(): Promise<Store> {
    if (this.#opened) return this.#opened;
    const opened = this.#openNow();
    this.#opened = opened;
    opened.catch(() => {
      this.#opened = undefined;
    });
    return opened;
  }

  async #openNow(): Promise<Store> {
    this.#prepare();
    return this.#open(this.#url, { log: this.#log });
  }

  #works(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#log.info({}, "the store works again");
  }

  #fails(error: unknown): void {
    if (this.#trouble === undefined) {
      this.#since = Date.now();
      this.#log.error({ err: error }, `the store does not work: ${messageOf(error)}`);
    }
    this.#trouble = messageOf(error);
  }
}
