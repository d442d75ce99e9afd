import { BotError, type Change, type Entry, type Json, type Store } from "@micro-bot/core";
import { pause, writeIf } from "@micro-bot/kit";
import { digest, newCode, update } from "./records.ts";
import type { Grant, Request } from "./request.ts";

/** Requests of one account that wait at one time. */
const MOST = 5;
const ID_LETTERS = 5;
/** How long one that is over is known, in milliseconds: a run may be taken up again. */
const REMEMBERED = 2 * 86_400_000;
/** How often the store is looked at while something waits: others may have heard the answer. */
const LOOK_MS = 1000;

/** Requests in the store, which all replicas of the bot share. Each step is one conditional write. */
export class Approvals {
  readonly #store: Store;
  readonly #wakes = new Map<string, Set<() => void>>();

  constructor(store: Store) {
    this.#store = store;
  }

  async of(turn: string): Promise<Request | undefined> {
    return (await this.#store.get(requestKey(turn)))?.value as unknown as Request | undefined;
  }

  /** Those that wait, the oldest first. */
  async waiting(): Promise<readonly Request[]> {
    const found: Request[] = [];
    for await (const { value } of this.#store.list("request/")) {
      const request = value as unknown as Request;
      if (request.state === "waiting" && request.until > Date.now()) found.push(request);
    }
    return found.sort((a, b) => a.until - b.until);
  }

  /** Keeps a new request. Rejects with `limited` when its requester has too many that wait. */
  async open(request: Omit<Request, "id" | "slot" | "state" | "asked" | "grants">): Promise<Request> {
    const ttl = request.until - Date.now();
    for (let at = 0; at < MOST; ) {
      const slot = `slot/${digest(request.requester)}/${at}`;
      const id = newCode(ID_LETTERS);
      const opened: Request = { ...request, id, slot, state: "waiting", asked: false, grants: [] };
      const isOpen = await writeIf(this.#store, [
        {
          key: requestKey(request.turn),
          value: opened as unknown as Json,
          version: 0,
          ttl: ttl + REMEMBERED,
        },
        { key: idKey(id), value: request.turn, version: 0, ttl },
        { key: slot, value: request.turn, version: 0, ttl },
      ]);
      if (isOpen) return opened;
      const before = await this.of(request.turn);
      if (before) return before;
      if (await this.#store.get(slot)) at++;
    }
    throw new BotError(
      "limited",
      `${MOST} commands of yours wait for approval already: 'approvals' lists them`,
    );
  }

  /** The request that people call by its id. Rejects with `not_found`. */
  async byId(id: string): Promise<Request> {
    const { request } = await this.#find(id);
    return request;
  }

  /**
   * Adds a yes. `check` is asked of the request as it is at that moment, and throws what is against it. Of several at
   * once each counts, once.
   */
  async grant(
    id: string,
    grant: Omit<Grant, "hash" | "at">,
    check: (request: Request) => Promise<void>,
  ): Promise<Request> {
    while (true) {
      const { request, named, entry } = await this.#find(id);
      await check(request);
      const grants = [...request.grants, { ...grant, hash: request.hash, at: Date.now() }];
      const granted: Request = { ...request, grants };
      const changes: Change[] = [
        // By the store's clock its time is not over.
        { key: named.key, version: named.version, keep: true },
        this.#change(granted, entry.version, request.until - Date.now() + REMEMBERED),
      ];
      if (!(await writeIf(this.#store, changes))) continue;
      this.#wake(request.turn);
      return granted;
    }
  }

  /** Ends one that waits. Undefined: it was over, or used, before. */
  async close(
    turn: string,
    state: "used" | "denied" | "withdrawn" | "expired",
    why?: string,
  ): Promise<Request | undefined> {
    while (true) {
      const entry = await this.#store.get(requestKey(turn));
      const request = entry?.value as unknown as Request | undefined;
      if (!entry || request?.state !== "waiting") return undefined;
      const over: Request = { ...request, state, ...(why !== undefined && { why }) };
      const changes = [
        this.#change(over, entry.version, REMEMBERED),
        { key: idKey(request.id) },
        { key: request.slot },
      ];
      if (!(await writeIf(this.#store, changes))) continue;
      this.#wake(turn);
      return over;
    }
  }

  /** Lets one go on that still is as it was read: its grants are used up. False: somebody was quicker. */
  async use(read: Request): Promise<boolean> {
    const entry = await this.#store.get(requestKey(read.turn));
    const request = entry?.value as unknown as Request | undefined;
    if (!entry || request?.state !== "waiting" || request.grants.length !== read.grants.length) return false;
    return writeIf(this.#store, [
      this.#change({ ...request, state: "used" }, entry.version, REMEMBERED),
      { key: idKey(request.id) },
      { key: request.slot },
    ]);
  }

  async asked(turn: string): Promise<void> {
    await update<Request>(this.#store, requestKey(turn), (request) =>
      request && !request.asked
        ? { value: { ...request, asked: true }, ttl: Math.max(1, request.until - Date.now()) + REMEMBERED }
        : undefined,
    );
  }

  /** Resolves when a request may have changed: here, or by another bot. Rejects when the signal aborts. */
  async changed(turn: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const woken = new AbortController();
    const wake = () => woken.abort();
    const wakes = this.#wakes.get(turn) ?? new Set();
    this.#wakes.set(turn, wakes.add(wake));
    await pause(LOOK_MS, AbortSignal.any([signal, woken.signal]));
    wakes.delete(wake);
    if (wakes.size === 0) this.#wakes.delete(turn);
    signal.throwIfAborted();
  }

  /** Has all that wait here look again: rights have changed. */
  wakeAll(): void {
    for (const turn of this.#wakes.keys()) this.#wake(turn);
  }

  async #find(id: string): Promise<{ request: Request; named: Entry; entry: Entry }> {
    const named = await this.#store.get(idKey(id));
    const entry = named && (await this.#store.get(requestKey(String(named.value))));
    const request = entry?.value as unknown as Request | undefined;
    if (!named || !entry || request?.state !== "waiting" || request.until <= Date.now())
      throw new BotError(
        "not_found",
        `nothing waits as ${id}: it may be decided, or its time is over ('approvals' lists what waits)`,
      );
    return { request, named, entry };
  }

  #change(request: Request, version: number, ttl: number): Change {
    return { key: requestKey(request.turn), value: request as unknown as Json, version, ttl };
  }

  #wake(turn: string): void {
    for (const wake of [...(this.#wakes.get(turn) ?? [])]) wake();
  }
}

function requestKey(turn: string): string {
  return `request/${turn}`;
}

function idKey(id: string): string {
  return `id/${id}`;
}
