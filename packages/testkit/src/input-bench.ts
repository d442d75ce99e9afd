import { inspect } from "node:util";
import { type Address, type Conn, codeOf, type Event, type Input, replyTo } from "@micro-bot/core";
import { type FakeLog, type FlagValues, fakePluginContext } from "./fakes.ts";
import type { Heard, InputSuite, Peer } from "./input.ts";
import { TIMEOUT } from "./rules.ts";
import { eventually, rejection, token, within } from "./waiting.ts";

/** What the rules of one suite share: the peer, and all that was ever logged or thrown. */
export interface Network {
  readonly peer: Peer;
  readonly log: FakeLog;
  /** Words of all errors seen, with causes and details. */
  readonly errors: string[];
  /** A message that an earlier rule waited for in vain must not be lost to the next. */
  hearing?: Promise<Heard>;
}

/** What one rule works with: inputs of its own on the suite's network. */
export class InputBench {
  readonly options: InputSuite;
  readonly network: Network;
  readonly timeout: number;
  readonly #inputs: Input[] = [];

  constructor(options: InputSuite, network: Network) {
    this.options = options;
    this.network = network;
    this.timeout = options.timeout ?? TIMEOUT;
  }

  get peer(): Peer {
    return this.network.peer;
  }

  /** A new input, with the right flags unless others are given. */
  input(values: FlagValues = this.peer.values): Input {
    const input = this.options.create();
    this.#inputs.push(input);
    try {
      input.init(fakePluginContext(values, { log: this.network.log }));
    } catch (error) {
      this.note(error);
      throw error;
    }
    return input;
  }

  /** A new input, started and connected. */
  async line(): Promise<Line> {
    const input = this.input();
    await this.wait(input.start(), "start");
    return this.connect(input);
  }

  async connect(input: Input): Promise<Line> {
    return new Line(this, input, await this.wait(input.stream(), "stream connects"));
  }

  /** As `connect`, while the peer may still be coming back. */
  async reconnect(input: Input): Promise<Line> {
    const attempt = () =>
      input.stream().catch((error: unknown) => {
        this.note(error);
        return undefined;
      });
    return new Line(this, input, await eventually(attempt, this.timeout, "a new stream connects"));
  }

  wait<T>(promise: Promise<T>, what: string): Promise<T> {
    return within(promise, this.timeout, what);
  }

  /** What the promise rejects with. */
  async error(promise: Promise<unknown>, what: string): Promise<unknown> {
    const error = await this.wait(rejection(promise, what), what);
    this.note(error);
    return error;
  }

  /** The code of what the promise rejects with. */
  async code(promise: Promise<unknown>, what: string): Promise<string> {
    return codeOf(await this.error(promise, what));
  }

  note(error: unknown): void {
    this.network.errors.push(inspect(error, { depth: 8 }));
  }

  /** The next message that people get. */
  async heard(what: string): Promise<Heard> {
    this.network.hearing ??= this.peer.heard();
    const heard = await this.wait(this.network.hearing, what);
    this.network.hearing = undefined;
    return heard;
  }

  /** The next message with this word in it; what earlier rules left over is passed by. */
  async hear(word: string): Promise<Heard> {
    for (;;) {
      const heard = await this.heard(`people get the message with '${word}'`);
      if (heard.text.includes(word)) return heard;
    }
  }

  /** Messages from the one with `first` in it until one matches `last`, joined by line breaks. */
  async hearUntil(first: string, last: RegExp): Promise<string> {
    let text = (await this.hear(first)).text;
    // A word may have been split in two.
    while (!last.test(text) && !last.test(text.replace(/\s/g, "")))
      text += `\n${(await this.heard(`people get the rest, until ${last}`)).text}`;
    return text;
  }

  async close(): Promise<void> {
    for (const input of this.#inputs)
      await this.wait(input.stop(), "stop").catch((error: unknown) => this.note(error));
  }
}

/** One connection of an input, used as the engine uses it. */
export class Line {
  readonly bench: InputBench;
  readonly input: Input;
  readonly conn: Conn;

  constructor(bench: InputBench, input: Input, conn: Conn) {
    this.bench = bench;
    this.input = input;
    this.conn = conn;
  }

  /** The next event, acknowledged. */
  async recv(what: string): Promise<Event> {
    const event = await this.bench.wait(this.conn.recv(), what);
    await this.conn.ack?.(event);
    return event;
  }

  /** Events up to and with the one whose text holds the word. */
  async recvUntil(word: string): Promise<Event[]> {
    const events: Event[] = [];
    do events.push(await this.recv(`recv yields the text with '${word}'`));
    while (!events.at(-1)!.data.includes(word));
    return events;
  }

  /** A person says it to the bot, and the bot gets it. */
  async say(text: string, person?: string): Promise<Event> {
    await this.bench.wait(this.bench.peer.say(text, person), "a person can say something");
    return (await this.recvUntil(text.split(" ")[0]!)).at(-1)!;
  }

  /** Where `say` speaks. */
  async room(): Promise<Address> {
    const { from } = await this.say(token());
    return { input: from.input, room: from.room };
  }

  send(to: Address, text: string): Promise<unknown> {
    return this.bench.wait(this.conn.send(message(this.input, to, text)), "send");
  }

  reply(event: Event, text: string): Promise<unknown> {
    return this.bench.wait(this.conn.send(replyTo(event, text, token(), Date.now())), "send");
  }

  /** Both ways work. */
  async works(): Promise<void> {
    const word = token();
    await this.reply(await this.say(token()), word);
    await this.bench.hear(word);
  }

  /** The code that ends the connection; events that come before it are passed by. */
  end(): Promise<string> {
    const code = this.#end();
    // A rule that fails before it awaits this has its own error to show.
    code.catch(() => {});
    return code;
  }

  async #end(): Promise<string> {
    for (;;) {
      const event = await this.bench.wait(
        this.conn.recv().catch((error: unknown) => ({ error })),
        "recv rejects",
      );
      if (!("error" in event)) continue;
      this.bench.note(event.error);
      return codeOf(event.error);
    }
  }
}

/** What the engine sends when nobody asked: no notes of an earlier event go with it. */
export function message(input: Input, to: Address, text: string): Event {
  return {
    id: token(),
    type: "text",
    from: { input: input.name, room: to.room },
    to,
    data: text,
    addressed: false,
    assurance: 2,
    time: Date.now(),
    meta: {},
  };
}
