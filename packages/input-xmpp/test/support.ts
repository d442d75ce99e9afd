import {
  type Conn,
  type Event,
  type Flag,
  type Input,
  memoryStore,
  type PluginContext,
  replyTo,
} from "@micro-bot/core";
import type { Element } from "@xmpp/client";
import { xml } from "@xmpp/client";
import { xmpp } from "../src/plugin.ts";

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
  if (flag.type === "duration") return { "10s": 10_000 }[String(flag.default)];
  return flag.default ?? { boolean: false, list: [] }[flag.type as string];
}

export interface Bot {
  readonly input: Input;
  readonly conn: Conn;
  readonly logged: Logged;
  /** The next event, acknowledged. */
  recv(): Promise<Event>;
  answer(event: Event, data: string): Promise<unknown>;
  /** Says something unasked. */
  say(room: string, data: string, person?: string): Promise<unknown>;
}

/** A bot that is not yet connected. */
export async function startInput(values: Record<string, unknown>): Promise<{ input: Input; logged: Logged }> {
  const logged: Logged = [];
  const input = xmpp();
  input.init(contextOf({ xmpp_server: "127.0.0.1", ...values }, logged));
  await input.start();
  return { input, logged };
}

/** A connected bot. */
export async function startBot(values: Record<string, unknown>): Promise<Bot> {
  const { input, logged } = await startInput(values);
  return botOf(input, await input.stream(), logged);
}

export function botOf(input: Input, conn: Conn, logged: Logged): Bot {
  return {
    input,
    conn,
    logged,
    async recv() {
      const event = await conn.recv();
      await conn.ack?.(event);
      return event;
    },
    answer: (event, data) => conn.send(replyTo(event, data, crypto.randomUUID(), Date.now())),
    say: (room, data, person) => conn.send(unasked(room, data, person)),
  };
}

export function unasked(room: string, data: string, person?: string): Event {
  return {
    id: crypto.randomUUID(),
    type: "text",
    from: { input: "xmpp", room },
    to: { input: "xmpp", room, ...(person && { person }) },
    data,
    addressed: false,
    assurance: 2,
    time: Date.now(),
    meta: {},
  };
}

/** XML as the bot's own parser reads it, one stanza. */
export function parse(text: string): Element {
  const parser = new xml.Parser();
  const elements: Element[] = [];
  parser.on("element", (element: Element) => elements.push(element));
  parser.write(`<stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">${text}`);
  return elements[0]!;
}

/** Things that came in, and waits for those to come. Each is found once. */
export class Found<T> {
  readonly #things: T[] = [];
  readonly #waiting: { test: (thing: T) => boolean; resolve: (thing: T) => void }[] = [];

  put(thing: T): void {
    const at = this.#waiting.findIndex(({ test }) => test(thing));
    if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(thing);
    else this.#things.push(thing);
  }

  next(test: (thing: T) => boolean): Promise<T> {
    const at = this.#things.findIndex(test);
    if (at >= 0) return Promise.resolve(this.#things.splice(at, 1)[0]!);
    return new Promise((resolve) => this.#waiting.push({ test, resolve }));
  }

  /** Those not found yet. */
  left(test: (thing: T) => boolean): T[] {
    return this.#things.filter(test);
  }
}
