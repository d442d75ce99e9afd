import { BotError } from "@micro-bot/core";
import type { ClientBase, Pool, PoolClient } from "pg";
import { mayTryAgain, spoils, translate, translateWrite } from "./errors.ts";
import type { Settings } from "./settings.ts";

type Work<T> = (client: ClientBase) => Promise<T>;

const TRIES = 20;

/** The pool, made safe: every error is one of ours, and closing waits for what is under way. */
export interface Connections {
  /** For what changes nothing: a lost connection is `not_connected`. */
  read<T>(work: Work<T>): Promise<T>;
  /** For one statement or transaction: a connection lost within it is `failed`, as its outcome is not known. */
  write<T>(work: Work<T>): Promise<T>;
  close(): Promise<void>;
}

export function newConnections(pool: Pool, { where, log }: Settings): Connections {
  const busy = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  // Without a listener the error of an idle connection would end the process.
  const ignore = (error: Error) => log.debug({ error: error.message }, "a connection to PostgreSQL was lost");
  pool.on("error", ignore);

  async function connect(): Promise<PoolClient> {
    try {
      const client = await pool.connect();
      client.on("error", ignore);
      return client;
    } catch (error) {
      throw translate(error, where);
    }
  }

  async function once<T>(work: Work<T>): Promise<T> {
    const client = await connect();
    let spoilt = false;
    try {
      return await work(client);
    } catch (error) {
      spoilt = spoils(error);
      throw error;
    } finally {
      client.off("error", ignore);
      client.release(spoilt);
    }
  }

  async function tries<T>(work: Work<T>, left = TRIES): Promise<T> {
    try {
      return await once(work);
    } catch (error) {
      if (left === 0 || !mayTryAgain(error)) throw error;
      return tries(work, left - 1);
    }
  }

  async function run<T>(work: Work<T>, explain: typeof translate): Promise<T> {
    if (closing) throw new BotError("closed", "[postgres] the store is closed");
    const task = tries(work).catch((error) => {
      throw error instanceof Error && error.name === "BotError" ? error : explain(error, where);
    });
    busy.add(task);
    try {
      return await task;
    } finally {
      busy.delete(task);
    }
  }

  async function end(): Promise<void> {
    await Promise.allSettled(busy);
    await pool.end();
  }

  return {
    read: (work) => run(work, translate),
    write: (work) => run(work, translateWrite),
    close() {
      closing ??= end();
      return closing;
    },
  };
}
