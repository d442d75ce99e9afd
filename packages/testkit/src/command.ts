import {
  BotError,
  type Command,
  type Context,
  codeOf,
  contentOf,
  type ErrorCode,
  type Memories,
  messageOf,
  type Reply,
} from "@micro-bot/core";
import { expect } from "vitest";
import { event, type FakeContext, type FlagValues, fakeContext, fakePluginContext } from "./fakes.ts";
import { describeRules, type Rules, type SuiteOptions, TIMEOUT } from "./rules.ts";
import { within } from "./waiting.ts";

/** What is typed, and what the command says to it. */
export interface Example {
  readonly say: string;
  /** The command's words as the engine would split them. Default: split at spaces. */
  readonly args?: readonly string[];
  /** Each reply in order: the whole text, or a pattern it matches. */
  readonly answers?: string | RegExp | readonly (string | RegExp)[];
  /** It throws an error with this code instead. */
  readonly throws?: ErrorCode;
}

export interface CommandSuite extends SuiteOptions {
  create(): Command;
  /** Where the command stands in the map: RE2, of which the suite reads what JavaScript knows too. */
  readonly pattern: string;
  readonly examples: readonly [Example, ...Example[]];
  /** Flag values for `init`. */
  readonly values?: FlagValues;
  /** What the context of each run has in place of the fake one's. Called for each run. */
  context?(): Partial<Context>;
}

interface CommandBench {
  readonly options: CommandSuite;
  readonly pattern: () => RegExp;
  create(): Command;
  /** Runs the example; resolves with what came of it. Aborts the signal before, or after the first step. */
  run(
    example: Example,
    how?: { readonly abort?: "before" | "after"; readonly args?: string[] },
  ): Promise<Outcome>;
}

/** What a run came to. */
interface Outcome {
  readonly replies: readonly Reply[];
  readonly thrown?: { readonly error: unknown };
  /** What it did that is no answer: `memory.room.set`. */
  readonly changed: readonly string[];
}

const rules: Rules<CommandBench> = {
  "name, usage and description are one line each"(bench) {
    const { name, usage, description } = bench.create();
    for (const [field, text] of Object.entries({ name, usage, description })) {
      expect(text.trim(), field).toBe(text);
      expect(text, field).toMatch(/^.+$/);
    }
  },

  "access, rerun and timeout are what the contract knows"(bench) {
    const { access, rerun, timeout } = bench.create();
    expect([undefined, "anyone", "operator"], "access").toContain(access);
    expect([undefined, "never", "safe"], "rerun").toContain(rerun);
    expect(timeout ?? 1, "timeout in milliseconds").toBeGreaterThan(0);
  },

  "the pattern compiles as RE2 and does not match everything"(bench) {
    const pattern = bench.pattern();
    expect(pattern.test(""), "it matches an empty text").toBe(false);
    expect(pattern.test("\u0001"), "it matches any text").toBe(false);
  },

  "usage begins with its word, which the pattern matches"(bench) {
    const { usage } = bench.create();
    const words = usage.split(/\s+/);
    const literal = words.slice(0, words.findIndex((word) => !LITERAL.test(word)) >>> 0);
    expect(literal, `words that '${usage}' begins with`).not.toEqual([]);
    const matched = bench.pattern().test(literal.join(" ")) || bench.pattern().test(usage);
    expect(matched, `the pattern matches '${literal.join(" ")}' or '${usage}'`).toBe(true);
  },

  "the pattern matches every example, in capitals too"(bench) {
    for (const { say } of bench.options.examples) {
      expect(bench.pattern().test(say), `the pattern matches '${say}'`).toBe(true);
      expect(bench.pattern().test(say.toUpperCase()), `the pattern matches '${say.toUpperCase()}'`).toBe(
        true,
      );
    }
  },

  async "every example is answered as it says"(bench) {
    for (const example of bench.options.examples) check(example, await bench.run(example));
  },

  async "answers are text, or content with text"(bench) {
    for (const example of bench.options.examples)
      for (const reply of (await bench.run(example)).replies)
        expect(typeof contentOf(reply)?.data, `a reply to '${example.say}'`).toBe("string");
  },

  async "it does not change its arguments or the event"(bench) {
    for (const example of bench.options.examples) {
      const args = argsOf(example);
      const before = [...args];
      check(example, await bench.run(example, { args }));
      expect(args, `the arguments of '${example.say}' afterwards`).toEqual(before);
      check(example, await bench.run(example, { args: Object.freeze([...args]) as string[] }));
    }
  },

  async "it ends when its signal aborts"(bench) {
    for (const example of bench.options.examples) {
      await bench.run(example, { abort: "before" });
      await bench.run(example, { abort: "after" });
    }
  },

  async "what it throws has words for a person"(bench) {
    for (const example of [...bench.options.examples, ...odd(bench.options.examples[0])]) {
      const { thrown } = await bench.run(example);
      if (!thrown) continue;
      const message = messageOf(thrown.error);
      const shown = JSON.stringify(example.say.slice(0, 60));
      expect(thrown.error, `thrown at ${shown}`).toBeInstanceOf(Error);
      expect(message.trim(), `the message at ${shown}`).not.toBe("");
    }
  },

  async "odd words are answered or refused, and break nothing"(bench) {
    for (const example of odd(bench.options.examples[0])) {
      const { thrown } = await bench.run(example);
      const broken = BUGS.find((bug) => thrown?.error instanceof bug);
      const shown = JSON.stringify(example.say.slice(0, 60));
      expect(broken?.name, `${shown} ends in: ${thrown && messageOf(thrown.error)}`).toBeUndefined();
    }
  },

  async "one that says it only reads sends, asks for and keeps nothing"(bench) {
    if (!bench.create().reads) return;
    for (const example of [...bench.options.examples, ...odd(bench.options.examples[0])]) {
      const { changed } = await bench.run(example);
      expect(changed, `what '${example.say.slice(0, 60)}' changes`).toEqual([]);
    }
  },

  async "runs side by side do not mix"(bench) {
    const command = bench.create();
    const twice = [...bench.options.examples, ...bench.options.examples];
    const outcomes = await Promise.all(twice.map((example) => runOne(bench.options, command, example, {})));
    for (const [index, outcome] of outcomes.entries()) check(twice[index]!, outcome);
  },
};

/** Names of the rules of `testCommand`. */
export const commandRules: readonly string[] = Object.keys(rules);

/** Tries a command on its examples, and on what people type that is none. */
export function testCommand(options: CommandSuite): void {
  const create = () => {
    const command = options.create();
    command.init?.(fakePluginContext(options.values));
    return command;
  };
  describeRules(options, rules, {
    open: () => ({
      options,
      pattern: () => compile(options.pattern),
      create,
      run: (example, how = {}) => runOne(options, create(), example, how),
    }),
  });
}

// Optional parts and placeholders are written in brackets or capitals.
const LITERAL = /^[^[\]<>(){}|A-Z.…]+$/;

const BUGS: readonly ErrorConstructor[] = [TypeError, RangeError, ReferenceError, SyntaxError];

async function runOne(
  options: CommandSuite,
  command: Command,
  example: Example,
  { abort, args = argsOf(example) }: { abort?: "before" | "after"; args?: string[] },
): Promise<Outcome> {
  const ctx = fakeContext({ event: Object.freeze(event({ data: example.say })), ...options.context?.() });
  const replies: Reply[] = [];
  // Replies before the last one and the last one are one sequence for the person.
  const changed: string[] = [];
  const listening: FakeContext = {
    ...watched(ctx, changed),
    reply: async (reply) => ({ id: String(replies.push(reply)) }),
  };
  if (abort === "before") ctx.abort();
  const done = drain(() => command.exec(args, listening), replies).then((end) => ({ ...end, changed }));
  if (abort === "after") queueMicrotask(() => ctx.abort());
  const shown = JSON.stringify(example.say.slice(0, 60));
  return within(
    done,
    options.timeout ?? TIMEOUT,
    `${shown} ends${abort ? ` (signal aborted ${abort})` : ""}`,
  );
}

/** The same context, which notes what is done with it that changes something. */
function watched(ctx: FakeContext, changed: string[]): FakeContext {
  const noting = <T extends object>(whole: T, where: string, methods: readonly string[]): T =>
    new Proxy(whole, {
      get(_, name) {
        const value = Reflect.get(whole, name, whole);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (methods.includes(String(name))) changed.push(where + String(name));
          return value.apply(whole, args);
        };
      },
    });
  const scope = (name: keyof Memories) => noting(ctx.memory[name], `memory.${name}.`, ["set", "delete"]);
  return {
    ...noting(ctx, "", ["send", "ask", "later", "once"]),
    memory: { command: scope("command"), room: scope("room"), person: scope("person"), bot: scope("bot") },
    jobs: noting(ctx.jobs, "jobs.", ["cancel"]),
    registry: noting(ctx.registry, "registry.", ["register", "deregister"]),
  };
}

/** Runs it to its end and keeps what it says. */
async function drain(
  exec: () => ReturnType<Command["exec"]>,
  replies: Reply[],
): Promise<Omit<Outcome, "changed">> {
  try {
    const answer = await exec();
    if (isIterable(answer)) for await (const reply of answer) replies.push(reply);
    else if (answer !== undefined) replies.push(answer);
    return { replies };
  } catch (error) {
    return { replies, thrown: { error } };
  }
}

function check({ say, answers, throws }: Example, { replies, thrown }: Outcome): void {
  if (throws === undefined && thrown)
    throw new Error(`'${say}' threw: ${messageOf(thrown.error)}`, { cause: thrown.error });
  expect(thrown && codeOf(thrown.error), `the code that '${say}' throws`).toBe(throws);
  if (answers === undefined) return;
  const wanted = typeof answers === "string" || answers instanceof RegExp ? [answers] : answers;
  const texts = replies.map((reply) => contentOf(reply).data);
  const right = texts.length === wanted.length && wanted.every((want, index) => fits(texts[index]!, want));
  if (!right) expect(texts, `the replies to '${say}'`).toEqual(wanted);
}

function fits(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text === wanted : wanted.test(text);
}

function argsOf({ say, args }: Example): string[] {
  return args ? [...args] : say.trim().split(/\s+/);
}

/** What people also type: nothing more, too much, other alphabets, and the names of things in JavaScript. */
function odd({ say }: Example): Example[] {
  const word = say.trim().split(/\s+/)[0]!;
  const rests = [
    "",
    "x".repeat(5000),
    "日本語 👩‍🚀 \u202e",
    "--help",
    "{",
    '{"a":',
    '"',
    "__proto__ constructor",
    "-1",
    "%s \\ $1",
  ];
  return rests.map((rest) => ({ say: `${word} ${rest}`.trim() }));
}

/** The pattern, read as JavaScript reads it, once what RE2 does not know is refused. */
function compile(pattern: string): RegExp {
  if (/\(\?(?:=|!|<=|<!)|\\[1-9]|\\k</.test(pattern))
    throw new BotError(
      "config",
      `the pattern ${pattern} uses look-around or back references, which RE2 does not know`,
    );
  const spelled = pattern
    .replaceAll("(?P<", "(?<")
    .replace(/^\(\?[is]+\)/, "")
    .replaceAll("\\A", "^")
    .replaceAll("\\z", "$");
  return new RegExp(spelled, "i");
}

function isIterable(answer: unknown): answer is AsyncIterable<Reply> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}
