import { type Log, messageOf, type Status } from "@micro-bot/core";
import { loadPolicy } from "./load.ts";
import type { Policy } from "./policy.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK = 500;

/** The access file: read at the start, and again when it changed. One that is broken is refused, and the old one kept. */
export class AccessFile {
  readonly #path: string;
  readonly #log: Log;
  #policy: Policy;
  /** How the file looked when it was read, and at the last look: one that is being written is not read yet. */
  #read: string | undefined;
  #seen: string | undefined;
  #since: number;
  #trouble: string | undefined;

  /** Throws `config` for a file that is missing or wrong. */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#policy = loadPolicy(path);
    this.#since = Date.now();
  }

  get policy(): Policy {
    return this.#policy;
  }

  status(): Status {
    const state = this.#trouble === undefined ? "up" : "down";
    const note =
      this.#trouble === undefined
        ? `${this.#policy.rules.length} rules`
        : `the old rules hold: ${this.#trouble}`;
    return { name: "access file", state, since: this.#since, note };
  }

  /** Watches until the signal aborts. `changed` is called after other rules hold. */
  async watch(signal: AbortSignal, changed: () => void): Promise<void> {
    // What changed between the start and now is seen by the first look.
    while (!signal.aborted) {
      if (await this.#look()) changed();
      await pause(LOOK, signal);
    }
  }

  async #look(): Promise<boolean> {
    const look = await lookOf(this.#path);
    const isSettled = look === this.#seen;
    this.#seen = look;
    if (!isSettled || look === this.#read) return false;
    this.#read = look;
    try {
      const policy = loadPolicy(this.#path);
      const isSame = JSON.stringify(shape(policy)) === JSON.stringify(shape(this.#policy));
      this.#policy = policy;
      if (!isSame || this.#trouble !== undefined)
        this.#log.info({ file: this.#path }, "the access file was read again");
      this.#settle(undefined);
      return !isSame;
    } catch (error) {
      this.#settle(messageOf(error));
      this.#log.error(
        { file: this.#path, err: error },
        `the access file is refused, the old rules hold: ${messageOf(error)}`,
      );
      return false;
    }
  }

  #settle(trouble: string | undefined): void {
    this.#trouble = trouble;
    this.#since = Date.now();
  }
}

/** What tells one state of a file from another, also when an editor puts a new file in its place. */
async function lookOf(path: string): Promise<string> {
  const { stat } = await import("node:fs/promises");
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return messageOf(error);
  }
}

function shape({ people, rules }: Policy): unknown {
  return {
    people: [...people],
    rules: rules.map(({ digest, who, approval }) => [
      digest,
      [...who.people],
      [...(approval?.by.people ?? [])],
    ]),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
