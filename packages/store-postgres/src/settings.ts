import { BotError, type Log } from "@micro-bot/core";
import type { Client, ClientConfig } from "pg";

/** What a connection needs, and how it is named to people: without user or password. */
export interface Settings {
  readonly config: ClientConfig;
  readonly where: string;
  readonly log: Log;
}

/** Milliseconds. The server gives up a statement before the client gives up the connection, so the outcome is known. */
const LIMITS = {
  connectionTimeoutMillis: 10_000,
  statement_timeout: 20_000,
  query_timeout: 30_000,
};

/** Reads the URL. Throws `config` without repeating any of it. */
export function settingsOf(
  url: string,
  log: Log,
  makeClient: new (config: ClientConfig) => Client,
): Settings {
  const config: ClientConfig = {
    ...LIMITS,
    connectionString: url,
    keepAlive: true,
    fallback_application_name: "micro-bot",
  };
  try {
    if (!/^postgres(ql)?:\/\//.test(url)) throw new Error("another scheme");
    const { host, port, database = "" } = new makeClient(config);
    if (!(port > 0 && port < 65_536)) throw new Error("no port");
    return { config, where: `${host}:${port}/${database}`, log };
  } catch {
    // The error of the parser holds the URL, and the URL the password: it is not passed on as a cause.
    throw new BotError(
      "config",
      "--store: this PostgreSQL URL cannot be read: write postgres://user:password@host:5432/database, and in the password @ / # ? % as %40 %2F %23 %3F %25",
    );
  }
}
