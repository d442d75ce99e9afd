import {
  type Command,
  type Input,
  memoryRegistry,
  memoryStore,
  newCommand,
  Plugins,
  type Registry,
  type Stream,
} from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const work = () => undefined;
const good = {
  commands: newCommand("ping", "ping", "Returns pong", () => "pong", { access: "operator", timeout: 1 }),
  inputs: {
    name: "net",
    flags: () => [],
    init: work,
    start: async () => {},
    stream: async () => ({}),
    stop: async () => {},
  },
  streams: { name: "eye", receive: async () => {} },
  registries: { ...memoryRegistry() },
  stores: async () => memoryStore(),
} as const;
type Kind = keyof typeof good;
const kinds = Object.keys(good) as Kind[];

/** Registers it as plain JavaScript would. */
function register(kind: string, key: unknown, value: unknown): unknown {
  return new Plugins<unknown>(kind).set(key as string, value);
}

describe("a plugin at the door", () => {
  test.each(kinds)("of the kind %s is taken when it is right", (kind) => {
    expect(() => register(kind, "x", good[kind])).not.toThrow();
  });

  test.each<[kind: Kind, given: unknown, told: string]>([
    ["commands", undefined, "'x' must be an object, not undefined"],
    ["commands", () => "pong", "'x' must be an object, not a function"],
    ["commands", { ...good.commands, exec: undefined }, "'exec' of 'x' must be a function, not undefined"],
    ["commands", { ...good.commands, name: "" }, "'name' of 'x' must be a name, not an empty text"],
    ["commands", { ...good.commands, usage: 1 }, "'usage' of 'x' must be a text, not a number"],
    [
      "commands",
      { ...good.commands, access: "operators" },
      "'access' of 'x' must be 'anyone' or 'operator', not \"operators\"",
    ],
    ["commands", { ...good.commands, timeout: "5s" }, "'timeout' of 'x' must be a number of milliseconds"],
    ["commands", { ...good.commands, flags: [] }, "'flags' of 'x' must be a function, not a list"],
    ["inputs", { ...good.inputs, stream: {} }, "'stream' of 'x' must be a function, not an object"],
    [
      "streams",
      { name: "eye", recieve: work },
      "'x' sees nothing: it has none of receive, may, send, follow",
    ],
    ["streams", { name: "eye", send: true }, "'send' of 'x' must be a function, not a boolean"],
    ["registries", { list: work }, "'get' of 'x' must be a function, not undefined"],
    ["stores", memoryStore(), "'x' must be a function, not an object"],
    ["stores", null, "'x' must be a function, not null"],
  ])("of the kind %s is refused when it is none (case %#)", (kind, given, told) => {
    expect(() => register(kind, "x", given)).toThrow(told);
  });

  test("needs a name in words: who comes with a RegExp is told what to write", () => {
    expect(() => register("commands", /^deploy "x"/i, good.commands)).toThrow(
      String.raw`commands.set: the pattern must be a text in RE2 syntax: write "^deploy \"x\"" instead of /^deploy "x"/i`,
    );
    for (const key of [undefined, null, 1, "", {}, Symbol("x")])
      for (const kind of kinds) expect(() => register(kind, key, good[kind])).toThrow(`${kind}.set: the `);
  });

  test("is named by the file that registered it", () => {
    expect(() => register("stores", "x", 1)).toThrow(
      expect.objectContaining({
        code: "config",
        detail: expect.objectContaining({ file: expect.stringContaining("shape.test.ts") }),
      }),
    );
  });

  test("is refused, and never half taken, whatever member is something else", () => {
    const required = { ...good.commands, ...good.inputs, ...good.registries };
    const anything = fc.oneof(fc.constant(undefined), fc.constant(null), fc.integer(), fc.constant([]));
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds.filter((kind) => kind !== "stores")),
        fc.constantFrom(...Object.keys(required)),
        anything,
        (kind, member, value) => {
          const map = new Plugins<unknown>(kind);
          const whole = good[kind] as object;
          const given = { ...whole, [member]: value };
          const isNeeded = typeof Reflect.get(whole, member) === "function" && !OPTIONAL.has(member);
          try {
            map.set("x", given);
          } catch (error) {
            expect(error).toMatchObject({ code: "config", message: expect.stringContaining(`'${member}'`) });
            expect(map.size).toBe(0);
            return;
          }
          expect(isNeeded).toBe(false);
        },
      ),
    );
  });
});

/** Members that a plugin may go without, of any kind. */
const OPTIONAL: ReadonlySet<string> = new Set<keyof Command | keyof Input | keyof Stream | keyof Registry>([
  "receive",
  "detect",
  "stale",
  "close",
]);
