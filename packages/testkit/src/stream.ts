import { BotError, type Event, type Receipt, type Stream, type Turn } from "@micro-bot/core";
import { aborted } from "@micro-bot/kit";
import { expect } from "vitest";
import { event, type FlagValues, fakeFollowContext, fakePluginContext, fakeTurn } from "./fakes.ts";
import { describeRules, type Rules, type Skip, type SuiteOptions, TIMEOUT } from "./rules.ts";
import { gather, rejection, within } from "./waiting.ts";

type Member = "receive" | "send" | "follow";

export interface StreamSuite extends SuiteOptions {
  create(): Stream;
  /** The members it has. The rules of the others are reported as skipped. */
  readonly has: readonly [Member, ...Member[]];
  /** Flag values for `init`. */
  readonly values?: FlagValues;
  /** A turn that the stream lets pass as it is. Default: text that matched nothing. */
  turn?(): Turn;
  /** Something to send that the stream lets pass as it is. Default: any text. */
  reply?(): Event;
}

interface StreamBench {
  readonly options: StreamSuite;
  readonly timeout: number;
  create(): Stream;
  turn(): Turn;
  reply(): Event;
  receive(stream: Stream, turn: Turn, next: () => Promise<void>): Promise<void>;
  send(stream: Stream, event: Event, next: (event?: Event) => Promise<Receipt>): Promise<Receipt>;
}

const SIDE_BY_SIDE = 20;

const rules: Rules<StreamBench> = {
  "it has a name and the members it says"(bench) {
    const stream = bench.create();
    expect(stream.name, "name").toMatch(/^[a-z][a-z0-9_-]*$/);
    const has = members.filter((member) => stream[member] !== undefined);
    expect(has, "members").toEqual(members.filter((member) => bench.options.has.includes(member)));
  },

  async "receive calls next once and waits for it"(bench) {
    let calls = 0;
    let over = false;
    await bench.receive(bench.create(), bench.turn(), async () => {
      calls++;
      await turnOfTheLoop();
      over = true;
    });
    expect(calls, "calls of next").toBe(1);
    expect(over, "next was over when receive resolved").toBe(true);
  },

  async "receive leaves turn and event as they are"(bench) {
    const turn = bench.turn();
    frozen(turn.event);
    const before = { ...turn };
    await bench.receive(bench.create(), turn, async () => {});
    expect({ ...turn }, "the turn afterwards").toEqual(before);
  },

  async "an error of next passes through receive"(bench) {
    const error = new BotError("denied", "thrown by next");
    const received = bench.receive(bench.create(), bench.turn(), () => Promise.reject(error));
    expect(await rejection(received, "receive whose next rejects")).toBe(error);
  },

  async "turns side by side pass, each once"(bench) {
    const stream = bench.create();
    const calls = Array.from({ length: SIDE_BY_SIDE }, () => 0);
    const all = calls.map((_, index) =>
      bench.receive(stream, bench.turn(), async () => {
        calls[index]!++;
        await turnOfTheLoop();
      }),
    );
    await Promise.all(all);
    expect(calls, "calls of next").toEqual(calls.map(() => 1));
  },

  async "a turn that waits holds no other up"(bench) {
    const stream = bench.create();
    const gate = Promise.withResolvers<void>();
    const slow = bench.receive(stream, bench.turn(), () => gate.promise);
    // When the other is held up, that is the error to show.
    slow.catch(() => {});
    try {
      await bench.receive(stream, bench.turn(), async () => {});
    } finally {
      gate.resolve();
      await slow;
    }
  },

  async "send calls next once, with what it does not touch unchanged"(bench) {
    const said = bench.reply();
    const before = JSON.stringify(said);
    const passed: Event[] = [];
    await bench.send(bench.create(), frozen(said), async (event = said) => {
      passed.push(event);
      return {};
    });
    expect(
      passed.map((one) => JSON.stringify(one)),
      "what next was given",
    ).toEqual([before]);
  },

  async "send answers with the receipt of next"(bench) {
    const receipt = await bench.send(bench.create(), bench.reply(), async () => ({ id: "r-1" }));
    expect(receipt).toEqual({ id: "r-1" });
  },

  async "an error of next passes through send"(bench) {
    const error = new BotError("limited", "thrown by next", { detail: { retryAfter: 1 } });
    const sent = bench.send(bench.create(), bench.reply(), () => Promise.reject(error));
    expect(await rejection(sent, "send whose next rejects")).toBe(error);
  },

  async "follow ends when its signal aborts"(bench) {
    const ctx = fakeFollowContext();
    const events = async function* () {
      yield frozen(bench.turn().event);
      await aborted(ctx.signal);
    };
    const yielded = gather(said(bench.create().follow!(events(), ctx)));
    await turnOfTheLoop();
    ctx.abort();
    await within(yielded.ended, bench.timeout, "follow ends when its signal aborts");
  },

  async "follow yields events that can be sent"(bench) {
    const ctx = fakeFollowContext();
    const events = async function* () {
      yield frozen(bench.turn().event);
    };
    const yielded = gather(said(bench.create().follow!(events(), ctx)));
    await turnOfTheLoop();
    ctx.abort();
    await within(yielded.ended, bench.timeout, "follow ends");
    for (const one of yielded.items) {
      expect(JSON.parse(JSON.stringify(one)), "an event as plain JSON").toEqual(one);
      expect(one.to?.input, "to.input").toMatch(/./);
      expect(typeof one.data, "the type of data").toBe("string");
    }
  },
};

/** Names of the rules of `testStream`. */
export const streamRules: readonly string[] = Object.keys(rules);

/** Tries that a stream lets pass what it lets pass, once, unchanged, errors and receipts too. */
export function testStream(options: StreamSuite): void {
  const timeout = options.timeout ?? TIMEOUT;
  describeRules({ ...options, skip: skipOf(options) }, rules, {
    open: () => ({
      options,
      timeout,
      create() {
        const stream = options.create();
        stream.init?.(fakePluginContext(options.values));
        return stream;
      },
      turn: () => options.turn?.() ?? fakeTurn(),
      reply: () => options.reply?.() ?? event({ data: "pong", addressed: false }),
      receive: (stream, turn, next) => within(stream.receive!(turn, next), timeout, "receive"),
      send: (stream, event, next) => within(stream.send!(event, next), timeout, "send"),
    }),
  });
}

/** What a follower says; one that only watches says nothing. */
async function* said(following: AsyncIterable<Event> | Promise<void>): AsyncGenerator<Event> {
  if (Symbol.asyncIterator in following) yield* following;
  else await following;
}

const members: readonly Member[] = ["receive", "send", "follow"];

const MEMBER_OF: readonly (readonly [RegExp, Member])[] = [
  [/\bturns?\b|receive/, "receive"],
  [/^send|through send/, "send"],
  [/^follow/, "follow"],
];

/** The skips asked for, and those of members that the stream does not have. */
function skipOf({ has, skip = {} }: StreamSuite): Skip {
  if (typeof skip === "string") return skip;
  const absent = streamRules.flatMap((rule) => {
    const member = MEMBER_OF.find(([words]) => words.test(rule))?.[1];
    return member && !has.includes(member) ? [[rule, `it has no '${member}'`]] : [];
  });
  return { ...Object.fromEntries(absent), ...skip };
}

/** The same, but a change to it throws. */
function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (isPlain(part) && !Object.isFrozen(part)) frozen(part);
  return Object.freeze(value);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
