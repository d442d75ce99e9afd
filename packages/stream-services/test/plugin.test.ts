import { type Command, memoryRegistry, newCommand, Plugins } from "@micro-bot/core";
import { type Handler, type Service, service } from "@micro-bot/micro";
import { fakeContext, fakeFollowContext, fakePluginContext, testStream } from "@micro-bot/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { services } from "../src/plugin.ts";
import { unfit } from "../src/word.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function follow(namespace?: string) {
  const registry = memoryRegistry();
  const commands = new Plugins<Command>();
  const match = (text: string) => [...commands].find(([pattern]) => new RegExp(pattern, "i").test(text))?.[1];
  const ctx = fakeFollowContext({ registry, commands, match });
  const stream = services();
  stream.init!(fakePluginContext(namespace === undefined ? {} : { namespace }));
  const over = stream.follow!((async function* () {})(), ctx) as Promise<void>;
  ends.push(() => {
    ctx.abort();
    return over;
  });
  return { registry, commands, stream, ctx, over };
}

const help: Handler = () => ({ usage: "deploy VERSION", description: "Deploys a version" });
const exec: Handler = (request) => {
  const { args } = request as { args: string[] };
  if (args[1] === "bad") return { error: "no such version" };
  return { result: Buffer.from(`deployed ${args.slice(1).join(" ")} ✓`).toString("base64") };
};

function serve(
  registry: ReturnType<typeof memoryRegistry>,
  name: string,
  handlers: Record<string, Handler>,
): Service {
  const own = service({ name, registry, handlers });
  ends.push(() => own.stop());
  return own;
}

const usages = (commands: Plugins<Command>) => [...commands.values()].map(({ usage }) => usage);

describe("services as commands", () => {
  test("join when their first node is registered, answer, and go with their last", async () => {
    const { registry, commands } = follow();
    const first = serve(registry, "go.micro.bot.deploy", { "Command.Help": help, "Command.Exec": exec });
    const second = serve(registry, "go.micro.bot.deploy", { "Command.Help": help, "Command.Exec": exec });
    await first.start();
    await expect.poll(() => usages(commands)).toEqual(["deploy VERSION"]);
    await second.start();
    const deploy = commands.get("^deploy( |$)")!;
    expect(deploy).toMatchObject({ name: "deploy", description: "Deploys a version" });
    expect(await deploy.exec(["deploy", "1.2", "now"], fakeContext())).toBe("deployed 1.2 now ✓");
    await expect(deploy.exec(["deploy", "bad"], fakeContext())).rejects.toThrow("no such version");
    await first.stop();
    expect(commands.get("^deploy( |$)")).toBeDefined();
    await second.stop();
    await expect.poll(() => usages(commands)).toEqual([]);
  });

  test("are those that were there before the bot, too", async () => {
    const registry = memoryRegistry();
    await serve(registry, "tools.lint", { "Command.Help": help, "Command.Exec": exec }).start();
    const commands = new Plugins<Command>();
    const ctx = fakeFollowContext({ registry, commands });
    const stream = services();
    stream.init!(fakePluginContext({ namespace: "tools" }));
    const over = stream.follow!((async function* () {})(), ctx);
    ends.push(
      () => over as Promise<void>,
      () => ctx.abort(),
    );
    await expect.poll(() => [...commands.keys()]).toEqual(["^lint( |$)"]);
  });

  test("are of this namespace alone, and the bot's own service is none", async () => {
    const { registry, commands } = follow();
    for (const name of ["go.micro.bot", "go.micro.botany", "go.micro.srv.deploy"])
      await serve(registry, name, { "Command.Help": help }).start();
    await serve(registry, "go.micro.bot.last", { "Command.Help": help }).start();
    await expect.poll(() => [...commands.keys()]).toEqual(["^last( |$)"]);
  });

  test("never take the word of a command that is built in, and status says so", async () => {
    const { registry, commands, stream } = follow();
    commands.set(
      "^deploy$",
      newCommand("deploy", "deploy", "built in", () => "built in"),
    );
    await serve(registry, "go.micro.bot.deploy", { "Command.Help": help }).start();
    await expect
      .poll(() => stream.status!())
      .toEqual([
        expect.objectContaining({
          name: "command go.micro.bot.deploy",
          state: "down",
          note: "hidden by the command 'deploy'",
        }),
      ]);
    expect([...commands.keys()]).toEqual(["^deploy$"]);
  });

  test("are for operators, unless all their nodes say anyone", async () => {
    const { registry, commands } = follow();
    const open = (metadata?: Record<string, string>) => {
      const own = service({
        name: "go.micro.bot.open",
        registry,
        handlers: { "Command.Help": help },
        ...(metadata && { metadata }),
      });
      ends.push(() => own.stop());
      return own.start();
    };
    await serve(registry, "go.micro.bot.deploy", { "Command.Help": help }).start();
    await open({ access: "anyone" });
    await expect
      .poll(() => [...commands.values()].map(({ name, access }) => `${name} ${access}`).sort())
      .toEqual(["deploy operator", "open anyone"]);
    await open();
    await expect.poll(() => commands.get("^open( |$)")?.access).toBe("operator");
  });

  test.each([
    ["", "nothing in its name follows the namespace: call it go.micro.bot.WORD"],
    ["yes", "'yes' is what people answer to questions"],
    ["no", "'no' is what people answer to questions"],
    ["1", "'1' is what people answer to questions"],
    ["20", "'20' is what people answer to questions"],
    ["cancel", "'cancel' is what people answer to questions"],
    ["Deploy", "'Deploy' is not one word of a-z, 0-9 and -, beginning with a letter or digit"],
    ["two.words", "'two.words' is not one word of a-z, 0-9 and -, beginning with a letter or digit"],
    ["two words", "'two words' is not one word of a-z, 0-9 and -, beginning with a letter or digit"],
    ["d\u0435ploy", "'d\u0435ploy' is not one word of a-z, 0-9 and -, beginning with a letter or digit"],
    ["--help", "'--help' is not one word of a-z, 0-9 and -, beginning with a letter or digit"],
    ["(a|b)*", "'(a|b)*' is not one word of a-z, 0-9 and -, beginning with a letter or digit"],
    ["x".repeat(65), `'${"x".repeat(64)}…' is longer than 64 characters`],
  ])("are not named '%s', are not asked what they are, and status says why", async (word, note) => {
    const { registry, commands, stream } = follow();
    let asked = 0;
    const node = service({
      name: "elsewhere",
      registry: memoryRegistry(),
      handlers: {
        "Command.Help": (request, ctx) => {
          asked++;
          return help(request, ctx);
        },
      },
    });
    ends.push(() => node.stop());
    const address = await node.start();
    const nodes = [{ id: "n", address, metadata: { protocol: "mucp" } }];
    await registry.register({ name: `go.micro.bot.${word}`, version: "1", nodes }, { ttl: 0 });
    await serve(registry, "go.micro.bot.deploy-2", { "Command.Help": help }).start();
    await expect.poll(() => [...commands.keys()]).toEqual(["^deploy-2( |$)"]);
    expect(stream.status!()).toEqual([
      expect.objectContaining({ name: `command go.micro.bot.${word}`, state: "down", note }),
    ]);
    expect(asked).toBe(0);
    await registry.deregister({ name: `go.micro.bot.${word}`, version: "1", nodes });
    await expect.poll(() => stream.status!()).toEqual([]);
  });

  test("of any name at all never make a command that a word of an answer would run", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.nat().map(String)), (word) => {
        if (unfit(word) === undefined) expect(word).toMatch(/^(?!\d+$)[a-z0-9][a-z0-9-]{0,63}$/);
      }),
    );
  });

  test("that are none are shown one by one up to twenty, then counted", async () => {
    const { registry, stream } = follow();
    for (let i = 0; i < 25; i++) {
      const nodes = [{ id: `n${i}`, address: "127.0.0.1:1" }];
      await registry.register({ name: `go.micro.bot.${i}`, version: "1", nodes }, { ttl: 0 });
    }
    await expect
      .poll(() => stream.status!().at(-1))
      .toMatchObject({ name: "commands of services", note: "5 more" });
    expect(stream.status!()).toHaveLength(21);
  });

  test("do not take an alias of a built-in command either", async () => {
    const { registry, commands, stream } = follow();
    commands.set(
      "^(call|query)( |$)",
      newCommand("call", "call", "built in", () => ""),
    );
    await serve(registry, "go.micro.bot.query", { "Command.Help": help }).start();
    await expect
      .poll(() => stream.status!())
      .toEqual([expect.objectContaining({ note: "hidden by the command 'call'" })]);
  });

  test("that do not answer Help are asked again, and shown by status until they do", async () => {
    const { registry, commands, stream } = follow();
    let asked = 0;
    const slowHelp: Handler = (request, ctx) => {
      if (++asked < 3) throw new Error("not yet");
      return help(request, ctx);
    };
    await serve(registry, "go.micro.bot.slow", { "Command.Help": slowHelp }).start();
    await expect
      .poll(() => stream.status!())
      .toEqual([
        expect.objectContaining({
          name: "command go.micro.bot.slow",
          note: expect.stringContaining("does not answer Command.Help"),
        }),
      ]);
    await expect.poll(() => usages(commands)).toEqual(["deploy VERSION"]);
    expect(stream.status!()).toEqual([]);
  });

  test("that hang or talk nonsense slow nothing down", async () => {
    const { registry, commands } = follow();
    for (let i = 0; i < 5; i++)
      await serve(registry, `go.micro.bot.hang${i}`, { "Command.Help": () => new Promise(() => {}) }).start();
    await serve(registry, "go.micro.bot.odd", { "Command.Help": () => [1, "two"] }).start();
    await serve(registry, "go.micro.bot.evil", {
      "Command.Help": () => ({ usage: "a\u001b[31m\nb", description: 7 }),
    }).start();
    await expect.poll(() => usages(commands).sort()).toEqual(["a [31m b", "odd"]);
  });

  test("that say too much of themselves are none, and what they answer ends at the longest reply", async () => {
    const { registry, commands, stream } = follow();
    const long = "x".repeat(70_000);
    await serve(registry, "go.micro.bot.chatty", {
      "Command.Help": () => ({ usage: long, description: long }),
    }).start();
    await serve(registry, "go.micro.bot.deploy", {
      "Command.Help": help,
      "Command.Exec": (request) => {
        const fails = (request as { args: string[] }).args[1] === "bad";
        return fails ? { error: long } : { result: Buffer.from(long).toString("base64") };
      },
    }).start();
    await expect.poll(() => usages(commands)).toEqual(["deploy VERSION"]);
    await expect
      .poll(() => stream.status!())
      .toEqual([expect.objectContaining({ note: expect.stringContaining("longer than 65536 bytes") })]);
    const deploy = commands.get("^deploy( |$)")!;
    const shown = await deploy.exec(["deploy"], fakeContext({ maxReply: 1000 }));
    expect(shown).toMatch(/^x{940}\n… 69060 more characters not shown$/);
    const failure = Promise.resolve(deploy.exec(["deploy", "bad"], fakeContext()));
    await expect(failure).rejects.toMatchObject({ message: "x".repeat(4096) });
  });

  test("are all taken away when the bot stops following", async () => {
    const { registry, commands, ctx, over } = follow();
    await serve(registry, "go.micro.bot.deploy", { "Command.Help": help }).start();
    await expect.poll(() => commands.size).toBe(1);
    ctx.abort();
    await over;
    expect(commands.size).toBe(0);
  });
});

testStream({ has: ["follow"], name: "services", create: services });
