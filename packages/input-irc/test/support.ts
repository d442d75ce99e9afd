import {
  type Conn,
  type Event,
  type Flag,
  type Input,
  memoryStore,
  type PluginContext,
  replyTo,
} from "@micro-bot/core";
import { irc } from "../src/plugin.ts";

/** What was logged, as text. */
export type Logged = string[];

/** A context that gives a plugin these values, with the defaults that its flags declare. */
export function contextOf(values: Record<string, unknown>, logged: Logged = []): PluginContext {
  const write = (level: string) => (fields: object, message: string) => {
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  const log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const flags = (declared: readonly Flag[]) =>
    Object.fromEntries(declared.map((flag) => [flag.name, values[flag.name] ?? defaultOf(flag)]));
  return {
    flags: flags as PluginContext["flags"],
    log,
    store: memoryStore(),
    redact: (text) => text,
    commands: () => [],
  };
}

function defaultOf(flag: Flag): unknown {
  if (flag.type === "duration") return { "2s": 2000, "10s": 10_000, "30s": 30_000 }[String(flag.default)];
  return flag.default ?? { boolean: false, list: [] }[flag.type as string];
}

export interface Bot {
  readonly input: Input;
  readonly conn: Conn;
  readonly logged: Logged;
  /** The next event. */
  recv(): Promise<Event>;
  answer(event: Event, data: string): Promise<unknown>;
  /** Says something unasked. */
  say(room: string, data: string, person?: string): Promise<unknown>;
}

/** A bot that is not yet connected: short waits, no pace. */
export async function startInput(
  port: number,
  values: Record<string, unknown> = {},
): Promise<{ input: Input; logged: Logged }> {
  const logged: Logged = [];
  const input = irc();
  const given = { irc_server: "127.0.0.1", irc_port: port, irc_pace: 0, irc_channels: ["#ops"], ...values };
  input.init(contextOf(given, logged));
  await input.start();
  return { input, logged };
}

/** A connected bot. */
export async function startBot(port: number, values: Record<string, unknown> = {}): Promise<Bot> {
  const { input, logged } = await startInput(port, values);
  return botOf(input, await input.stream(), logged);
}

export function botOf(input: Input, conn: Conn, logged: Logged): Bot {
  return {
    input,
    conn,
    logged,
    recv: () => conn.recv(),
    answer: (event, data) => conn.send(replyTo(event, data, "reply", Date.now())),
    say: (room, data, person) => conn.send(unasked(room, data, person)),
  };
}

export function unasked(room: string, data: string, person?: string): Event {
  return {
    id: "unasked",
    type: "text",
    from: { input: "irc", room },
    to: { input: "irc", room, ...(person && { person }) },
    data,
    addressed: false,
    assurance: 2,
    time: Date.now(),
    meta: {},
  };
}

/** Lines that came in, and waits for those to come. A line is found once. */
export class Lines {
  readonly #lines: string[] = [];
  readonly #waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  #rest = Buffer.alloc(0);

  feed(chunk: Buffer): string[] {
    const parts = Buffer.concat([this.#rest, chunk]).toString("latin1").split("\n");
    this.#rest = Buffer.from(parts.pop()!, "latin1");
    const lines = parts.map((part) => Buffer.from(part, "latin1").toString("utf8").replace(/\r$/u, ""));
    for (const line of lines) this.#put(line);
    return lines;
  }

  next(pattern: RegExp): Promise<string> {
    const at = this.#lines.findIndex((line) => pattern.test(line));
    if (at >= 0) return Promise.resolve(this.#lines.splice(at, 1)[0]!);
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }));
  }

  /** Those not found yet. */
  left(pattern: RegExp): string[] {
    return this.#lines.filter((line) => pattern.test(line));
  }

  #put(line: string): void {
    const at = this.#waiting.findIndex(({ pattern }) => pattern.test(line));
    if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(line);
    else this.#lines.push(line);
  }
}
