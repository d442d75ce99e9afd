import {
  BotError,
  type Command,
  contentOf,
  memoryStore,
  newCommand,
  Plugins,
  type Reply,
  type Store,
  type Stream,
} from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { Bot } from "../src/index.ts";
import { type Network, network } from "./network.ts";

/** What plugins do wrong, and libraries: no two of these have the same words, and some have none. */
const THROWN: readonly (readonly [string, () => unknown])[] = [
  ["an error", () => new Error("no such luck")],
  ["a refusal", () => new BotError("denied", "not you")],
  ["what a closed store throws", () => new BotError("closed", "the end")],
  ["what a store refuses with", () => new BotError("invalid", "too long")],
  ["nothing", () => undefined],
  ["an object without a prototype", () => Object.create(null)],
  [
    "an error that cannot be read",
    () => ({
      get code() {
        throw new Error("code");
      },
      get message() {
        throw new Error("message");
      },
    }),
  ],
];

/** Counts the steps of a turn that others take, and throws at one of them. */
interface Steps {
  /** Where it threw, once it did. */
  readonly at: string | undefined;
  step(name: string): void;
  /** The first of so many steps from now on is the one. */
  arm(step: number): void;
}

function steps(thrown: () => unknown): Steps {
  let left = Infinity;
  let at: string | undefined;
  return {
    get at() {
      return at;
    },
    step(name) {
      if (left-- !== 0) return;
      at = name;
      throw thrown();
    },
    arm(step) {
      left = step;
    },
  };
}

/** A bot all of whose parts count their steps. */
function startBot({ step }: Steps): { net: Network; answered(text: string): Promise<void> } {
  const net = network();
  const commands = new Plugins<Command>();
  const put = (name: string, exec: Command["exec"], more: Partial<Command> = {}) =>
    commands.set(`^${name}( |$)`, watched(newCommand(name, name, "", exec, more), step));
  put("work", () => replies(step));
  put("safe", async (_args, ctx) => `safe ${await ctx.once("a", () => 1)}`, { rerun: "safe" });
  put("ping", () => "pong");
  const streams = new Plugins<Stream>();
  streams.set("outer", around("outer", step));
  streams.set("inner", around("inner", step));
  const log = () => step("log");
  const good = memoryStore();
  const store: Store = {
    ...good,
    async write(changes) {
      step("store.write");
      return good.write(changes);
    },
  };
  const stream = net.stream.bind(net);
  net.stream = async () => {
    const conn = await stream();
    return {
      ...conn,
      ack(event) {
        step("conn.ack");
        return conn.ack!(event);
      },
      send(event) {
        step("conn.send");
        return conn.send(event);
      },
    };
  };
  const bot = new Bot({
    inputs: [net],
    flags: { drain_timeout: 50 },
    commands,
    streams,
    store,
    redact(text) {
      step("redact");
      return text;
    },
    log: { debug: log, info: log, warn: log, error: log },
  });
  const receive = bot.receive.bind(bot);
  let dealtWith = Promise.withResolvers<void>();
  bot.receive = async (event, ack) => {
    await receive(event, ack).finally(() => dealtWith.resolve());
  };
  onTestFinished(() => bot.stop());
  bot.start();
  return {
    net,
    async answered(text) {
      dealtWith = Promise.withResolvers();
      net.say(text);
      await dealtWith.promise;
    },
  };
}

/** Also what is only looked at may throw. */
function watched(command: Command, step: Steps["step"]): Command {
  return new Proxy(command, {
    get(target, name) {
      if (["exec", "usage", "access", "rerun", "timeout"].includes(String(name))) step(String(name));
      return target[name as keyof Command];
    },
  });
}

function around(name: string, step: Steps["step"]): Stream {
  return {
    name,
    async receive(turn, next) {
      step(`${name} before`);
      turn.note(name, true);
      await next();
      step(`${name} after`);
    },
    may() {
      step(`${name} may`);
      return true;
    },
    async send(event, next) {
      step(`${name} send`);
      const receipt = await next(event);
      step(`${name} sent`);
      return receipt;
    },
  };
}

function replies(step: Steps["step"]): AsyncIterable<Reply> {
  let said = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        step("next");
        return Promise.resolve(
          said++ < 2 ? { value: "some", done: false } : { value: undefined, done: true },
        );
      },
      return() {
        step("return");
        return undefined as never;
      },
    }),
  };
}

describe("whatever is thrown at any step of a turn, the next line of its person is answered:", () => {
  test.each(THROWN)("%s", async (_what, thrown) => {
    const where = new Set<string>();
    for (const text of ["work", "safe", "wrok", "what is this", "ping"])
      for (let at = 0; ; at++) {
        const all = steps(thrown);
        const { net, answered } = startBot(all);
        await answered("ping first");
        all.arm(at);
        await answered(text);
        all.arm(Infinity);
        await answered("ping now");
        expect(net.messages.at(-1)?.data, `after '${text}' threw at '${all.at}'`).toBe("pong");
        if (all.at === undefined) break;
        where.add(all.at);
      }
    // A step that a turn no longer takes, or takes by another name, is missed here.
    expect([...where].sort()).toEqual(STEPS);
  });
});

const STEPS = [
  "access",
  "conn.ack",
  "conn.send",
  "exec",
  "inner after",
  "inner before",
  "inner may",
  "inner send",
  "inner sent",
  "log",
  "next",
  "outer after",
  "outer before",
  "outer may",
  "outer send",
  "outer sent",
  "redact",
  "rerun",
  "store.write",
  "timeout",
  "usage",
];

/** What commands without types answer: a service's JSON, mostly. And what is wrong with each. */
const NO_REPLIES: readonly (readonly [unknown, RegExp])[] = [
  [{ foo: 1 }, /^a reply must be text, or an object whose 'data' is text: this is an object with 'foo'$/],
  [{}, /: this is an object without it$/],
  [{ a: 1, b: 2, c: 3, d: 4, e: 5 }, /: this is an object with 'a', 'b', 'c' and 2 more$/],
  [{ data: { foo: 1 } }, /: this is an object whose 'data' is an object$/],
  [{ data: 1 }, /: this is an object whose 'data' is a number$/],
  [[1, 2], /: this is a list$/],
  [["one", "two"], /: this is a list$/],
  [null, /: this is null$/],
  [() => "x", /: this is a function$/],
  [Symbol("x"), /: this is a symbol$/],
  [{ data: "x", choices: "yes" }, /^a reply's 'choices' must be a list of texts: this is a string$/],
  [{ data: "x", choices: [1] }, /^a reply's 'choices' must be/],
  [{ data: "x", files: [{ name: "a" }] }, /^a reply's 'files' must be a list of { name, data }, both text/],
  [{ data: "x", format: "html" }, /^a reply's 'format' must be plain, code, markdown: this is a string$/],
  [{ data: "x", edit: 1 }, /^a reply's 'edit' must be text: this is a number$/],
  [{ data: "x", subject: null }, /^a reply's 'subject' must be text: this is null$/],
];

const WAYS: Readonly<Record<string, (given: never) => Command["exec"]>> = {
  returned: (given) => () => given,
  awaited: (given) => async () => given,
  yielded: (given) =>
    async function* () {
      yield given;
    },
  replied: (given) => async (_args, ctx) => void (await ctx.reply(given)),
  sent: (given) => async (_args, ctx) => void (await ctx.send("net:#ops", given)),
  asked: (given) => async (_args, ctx) => ctx.ask(given),
};

describe("a reply that is no reply,", () => {
  test.each(Object.entries(WAYS))(
    "%s, is told, and does not keep its person from the next",
    async (_way, exec) => {
      const net = network();
      const log = fakeLog();
      const commands = new Plugins<Command>();
      for (const [i, [given]] of NO_REPLIES.entries())
        commands.set(`^wrong${i}$`, newCommand(`wrong${i}`, `wrong${i}`, "", exec(given as never)));
      const bot = new Bot({ inputs: [net], commands, log, flags: { drain_timeout: 50, rate: 1000 } });
      onTestFinished(() => bot.stop());
      bot.start();
      for (const [i, [, why]] of NO_REPLIES.entries()) {
        net.say(`wrong${i}`);
        const { data } = await net.heard();
        expect(data).toMatch(/^error executing cmd: /u);
        expect(data.slice("error executing cmd: ".length)).toMatch(why);
        expect(log.lines.some(({ message }) => message.startsWith(`wrong${i} failed`))).toBe(true);
      }
      expect(net.messages).toHaveLength(NO_REPLIES.length);
    },
  );

  test("said by a stream, stops the turn with an id that is in the log", async () => {
    const net = network();
    const log = fakeLog();
    const streams = new Plugins<Stream>();
    streams.set("odd", {
      name: "odd",
      receive: async (turn) => void (await turn.reply({ foo: 1 } as never)),
    });
    const bot = new Bot({ inputs: [net], streams, log, flags: { drain_timeout: 50 } });
    onTestFinished(() => bot.stop());
    bot.start();
    net.say("hello");
    expect((await net.heard()).data).toMatch(/^not done: something went wrong on my side \(\w+\)$/u);
    expect(log.lines.at(-1)).toMatchObject({ level: "error", message: /a reply must be text/u });
  });
});

describe("a reply", () => {
  test("is sent with what the contract knows of it, and nothing else that it holds", async () => {
    const net = network();
    const commands = new Plugins<Command>();
    const odd = { data: "all of it", subject: "s", size: 10n, run: "x", to: "y", self: {} };
    odd.self = odd;
    commands.set(
      "^odd$",
      newCommand("odd", "odd", "", () => odd),
    );
    const bot = new Bot({ inputs: [net], commands, flags: { drain_timeout: 50 } });
    onTestFinished(() => bot.stop());
    bot.start();
    net.say("odd");
    const heard = await net.heard();
    expect(heard).toMatchObject({ data: "all of it", subject: "s", to: { input: "net", person: "alice" } });
    expect(Object.keys(heard)).not.toContain("size");
  });

  test("of a number or a truth is the text of it", () => {
    expect([0, false, 10n].map((given) => contentOf(given as never).data)).toEqual(["0", "false", "10"]);
  });
});

test("an effect that comes to what is no JSON is told", async () => {
  const net = network();
  const commands = new Plugins<Command>();
  commands.set(
    "^big$",
    newCommand("big", "big", "", async (_args, ctx) => String(await ctx.once("a", () => 10n as never))),
  );
  const bot = new Bot({ inputs: [net], commands, flags: { drain_timeout: 50 } });
  onTestFinished(() => bot.stop());
  bot.start();
  net.say("big");
  expect((await net.heard()).data).toMatch(/^error executing cmd: once\('a'\) came to what is no JSON: /u);
});

test.each<[string, Command["exec"], RegExp]>([
  [
    "a job at no time",
    async (_args, ctx) => void (await ctx.later(null as never, "ping")),
    /^the time cannot be read$/u,
  ],
  [
    "a job at a word",
    async (_args, ctx) => void (await ctx.later("at 9" as never, "ping")),
    /^the time cannot be read$/u,
  ],
  [
    "a job without a command",
    async (_args, ctx) => void (await ctx.later({ every: 60_000 }, undefined as never)),
    /^there is nothing to run/u,
  ],
  [
    "a question with a time that is none",
    (_args, ctx) => ctx.ask("well?", { timeout: "soon" as never }),
    /: a question's 'timeout' must be a number of milliseconds: this is string$/u,
  ],
])("%s is refused at once", async (_what, exec, why) => {
  const net = network();
  const commands = new Plugins<Command>();
  commands.set("^odd$", newCommand("odd", "odd", "", exec));
  const bot = new Bot({ inputs: [net], commands, flags: { drain_timeout: 50 } });
  onTestFinished(() => bot.stop());
  bot.start();
  net.say("odd");
  expect((await net.heard()).data).toMatch(why);
});

test("a plugin whose status cannot be read is named in the status, and the others are shown", () => {
  const commands = new Plugins<Command>();
  const broken = () => {
    throw new Error("no such thing");
  };
  commands.set(
    "^odd$",
    newCommand("odd", "odd", "", () => "", { status: broken }),
  );
  const bot = new Bot({ inputs: [{ ...network(), status: broken }], commands });
  const told = bot.status().filter(({ note }) => note === "its status cannot be read: no such thing");
  expect(told.map(({ name }) => name)).toEqual(["net", "odd"]);
});
