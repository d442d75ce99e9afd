import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BotError,
  type Command,
  type Context,
  type FlagValue,
  type Input,
  newCommand,
  Plugins,
  type Receipt,
  type Stream,
} from "@micro-bot/core";
import { event, fakeLog } from "@micro-bot/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { Bot } from "../src/index.ts";
import { hint } from "../src/line/hint.ts";
import { Matcher } from "../src/line/matcher.ts";
import { lives } from "./many.ts";
import { type Network, network } from "./network.ts";

const bots: Bot[] = [];
afterEach(() => Promise.all(bots.splice(0).map((bot) => bot.stop())));

interface Setup {
  inputs?: Input[];
  commands?: Record<string, Command["exec"] | Command>;
  streams?: Stream[];
  flags?: Record<string, FlagValue>;
}

function startBot({ inputs, commands = {}, streams = [], flags = {} }: Setup): { bot: Bot; net: Network } {
  const net = network();
  const all = new Plugins<Command>();
  all.set(
    "^ping$",
    newCommand("ping", "ping", "Returns pong", () => "pong"),
  );
  for (const [name, given] of Object.entries(commands))
    all.set(`^${name}( |$)`, typeof given === "function" ? newCommand(name, name, "", given) : given);
  const lined = new Plugins<Stream>();
  for (const stream of streams) lined.set(stream.name, stream);
  const bot = new Bot({
    inputs: inputs ?? [net],
    commands: all,
    streams: lined,
    flags: { drain_timeout: 200, ...flags },
  });
  bots.push(bot);
  bot.start();
  return { bot, net };
}

/** Never ends by itself; rejects when told to stop, as a good command does. */
function forever(_args: readonly string[], { signal }: Context): Promise<string> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

describe("a command", () => {
  test("is answered where it was asked, to whom asked", async () => {
    const { net } = startBot({});
    net.say("Ping");
    expect(await net.heard()).toMatchObject({
      data: "pong",
      from: { input: "net", room: "#ops", person: "bot" },
      to: { input: "net", room: "#ops", person: "alice" },
      addressed: false,
    });
  });

  test("gets its words, the rest as typed, and who asked", async () => {
    const { net } = startBot({
      commands: { show: (args, { rest, person }) => JSON.stringify({ args, rest, person: person.person }) },
    });
    net.say('show a  b {"c": 1}');
    expect(JSON.parse((await net.heard()).data)).toEqual({
      args: ["show", "a", "b", '{"c": 1}'],
      rest: 'a  b {"c": 1}',
      person: "alice",
    });
  });

  test.each([
    "list  services",
    "list\tservices",
    "list\nservices",
    "list\r\nservices",
    "  LIST \u00a0 services\n",
    "list\u2003\u202fservices",
    "list\v\f services",
  ])("is known by its words, whatever white space is between them: %j", async (text) => {
    const { net } = startBot({ commands: { "list services": () => "none" } });
    net.say(text);
    expect((await net.heard()).data).toBe("none");
  });

  test("is known by its words over several lines, with quotes, JSON and the rest as they were typed", async () => {
    const { net } = startBot({
      commands: {
        "call it": (args, { rest, commands }) =>
          JSON.stringify([args, rest, commands.match("call\n it")?.name]),
      },
    });
    net.say('call \n it\t"a  b"\n{"c":\n  "d  e"}');
    expect(JSON.parse((await net.heard()).data)).toEqual([
      ["call", "it", "a  b", '{"c":\n  "d  e"}'],
      '\n it\t"a  b"\n{"c":\n  "d  e"}',
      "call it",
    ]);
  });

  test("may answer several times, by reply or by yielding, in order", async () => {
    const { net } = startBot({
      commands: {
        async *count(_args, ctx) {
          await ctx.reply("one");
          yield "two";
          yield { data: "three", format: "code" };
        },
      },
    });
    net.say("count");
    expect(
      [await net.heard(), await net.heard(), await net.heard()].map(({ data, format }) => [data, format]),
    ).toEqual([
      ["one", undefined],
      ["two", undefined],
      ["three", "code"],
    ]);
  });

  test("that fails says why, as the Go bot did", async () => {
    const { bot, net } = startBot({
      commands: {
        fail: () => {
          throw new Error("no such luck");
        },
        reject: async () => {
          throw new BotError("failed", "it did not work");
        },
      },
    });
    net.say("fail");
    net.say("reject");
    expect((await net.heard()).data).toBe("error executing cmd: no such luck");
    expect((await net.heard()).data).toBe("error executing cmd: it did not work");
    await expect.poll(() => bot.failures).toBe(2);
  });

  test("past its deadline is aborted and its person told", async () => {
    let reason: unknown;
    const { net } = startBot({
      commands: {
        slow: (_args, { signal }) =>
          new Promise(() => signal.addEventListener("abort", () => (reason = signal.reason))),
      },
      flags: { command_timeout: 20 },
    });
    net.say("slow");
    expect((await net.heard()).data).toBe("stopped: slow took longer than 20ms");
    expect(reason).toMatchObject({ code: "timeout" });
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
  });

  test("with a longer limit of its own keeps to that", async () => {
    const { net } = startBot({
      commands: { long: { ...newCommand("long", "long", "", () => sleep(60, "done")), timeout: 60_000 } },
      flags: { command_timeout: 10 },
    });
    net.say("long");
    expect((await net.heard()).data).toBe("done");
  });

  test("is stopped by its person saying cancel, and by nobody else", async () => {
    const { net } = startBot({ commands: { slow: forever } });
    net.say("slow");
    net.say("cancel", { person: "bob" });
    expect((await net.heard()).data).toMatch(/^I know no command 'cancel'/);
    net.say("cancel");
    expect((await net.heard()).data).toBe("stopped: it was cancelled");
  });

  test("may say something anywhere, and is told when there is no such place", async () => {
    const { net } = startBot({
      commands: {
        tell: async (_args, ctx) => {
          await ctx.send("net:#other", "hello there");
          await ctx.send("slack:#ops", "x");
        },
      },
    });
    net.say("tell");
    expect(await net.heard()).toMatchObject({ data: "hello there", to: { input: "net", room: "#other" } });
    expect((await net.heard()).data).toMatch(/there is no input 'slack'/);
  });
});

describe("cancel", () => {
  /** A network that takes one message at a time; what it is given, and whether what it takes is wanted no more. */
  function slow(net: Network) {
    const tries: { data: string; over: AbortSignal | undefined; take: () => void }[] = [];
    net.refuse.send = ({ data }, over) => {
      const { promise, resolve } = Promise.withResolvers<Receipt>();
      tries.push({ data, over, take: () => resolve({}) });
      return promise;
    };
    return tries;
  }

  test("goes before what is left of what it cancels, which is dropped, also from the store", async () => {
    const { store, begin } = lives();
    const talk: Command["exec"] = async (_args, ctx) => {
      for (let i = 0; i < 20; i++) void ctx.reply(`line ${i}`).catch(() => undefined);
      return forever([], ctx);
    };
    const { net } = begin({ commands: { talk, ping: () => "pong" } });
    const tries = slow(net);
    net.say("talk");
    await expect.poll(() => tries).toHaveLength(1);
    const [first] = tries;
    net.say("cancel");
    await expect.poll(() => first!.over?.aborted).toBe(true);
    first!.take();
    await expect.poll(() => tries.at(-1)!.data).toBe("stopped: it was cancelled");
    expect(tries).toHaveLength(2);
    expect(tries[1]!.over).toBeUndefined();
    tries[1]!.take();
    net.say("ping");
    await expect.poll(() => tries.at(-1)!.data).toBe("pong");
    tries.at(-1)!.take();
    await expect.poll(() => Array.fromAsync(store.list("out/"))).toEqual([]);
  });

  test("drops what is left to say of a command that is over, and of nobody else's", async () => {
    const { store, begin } = lives();
    const { net } = begin({
      commands: {
        long: () => "long",
      },
    });
    const tries = slow(net);
    net.say("long", { person: "bob" });
    await expect.poll(() => tries).toHaveLength(1);
    net.say("long");
    net.say("long", { person: "carol" });
    await expect.poll(() => Array.fromAsync(store.list("out/"))).toHaveLength(3);
    expect(await Array.fromAsync(store.list("run/"))).toEqual([]);
    net.say("cancel");
    await expect.poll(() => net.acked).toHaveLength(4);
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => tries).toHaveLength(i + 1);
      tries[i]!.take();
    }
    expect(tries.map(({ data }) => data)).toEqual([
      "long",
      "long",
      "it has ended already: what was left to say of it is dropped",
    ]);
  });

  test("keeps a command that does not listen from saying more", async () => {
    const { net } = startBot({
      commands: {
        deaf: async (_args, ctx) => {
          await ctx.reply("one");
          if (!ctx.signal.aborted) await once(ctx.signal, "abort");
          await ctx.reply("two");
        },
      },
    });
    net.say("deaf");
    expect((await net.heard()).data).toBe("one");
    net.say("cancel");
    net.say("ping");
    expect([(await net.heard()).data, (await net.heard()).data]).toEqual([
      "stopped: it was cancelled",
      "pong",
    ]);
    expect(net.messages).toHaveLength(3);
  });
});

describe("a text that is no command", () => {
  test("gets one short hint, or the nearest command", async () => {
    const { net } = startBot({});
    net.say("what now");
    net.say("pnig");
    expect((await net.heard()).data).toBe("I know no command 'what': 'help' lists what I can do");
    expect((await net.heard()).data).toBe("I know no command 'pnig': did you mean 'ping'?");
  });

  test("is told what is too much, and is never told to say what it said", async () => {
    const { net } = startBot({
      commands: {
        "get service": newCommand("get service", "get service NAME", "", () => ""),
        "in the end": newCommand("in the end", "in the end", "", () => ""),
      },
      flags: { rate: 1000 },
    });
    for (const [text, told] of [
      ["ping please", "'ping' takes nothing after it: leave out 'please'"],
      ["PING  please\tnow", "'ping' takes nothing after it: leave out 'please now'"],
      ["ping --rate=5", "'ping' takes nothing after it: leave out '--rate=5'"],
      [`ping ${"x".repeat(60_000)}`, `'ping' takes nothing after it: leave out '${"x".repeat(40)}…'`],
      ["pnig please", "I know no command 'pnig': did you mean 'ping'?"],
      ["gte service x", "I know no command 'gte': did you mean 'get service NAME'?"],
      ["pings", "I know no command 'pings': did you mean 'ping'?"],
    ]) {
      // Nobody types all that at once: whoever did would be taken for a bot.
      net.say(text!, { person: text!.slice(0, 20) });
      expect((await net.heard()).data, text).toBe(told);
    }
  });

  test("is never answered with itself, whatever it is", async () => {
    const words = fc.constantFrom(
      "ping",
      "please",
      "time",
      "Get",
      "service",
      "NAME",
      "list",
      "services",
      "--x",
      "xx",
    );
    const usages = ["ping", "time", "get service NAME", "list services", "list services NAME", "xx [text]"];
    const all = new Plugins<Command>();
    // Patterns that want more, or less, than their usage says.
    for (const usage of usages)
      all.set(
        `^${usage} exactly$`,
        newCommand(usage, usage, "", () => ""),
      );
    const matcher = new Matcher(all);
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 4 }), (some) => {
        const data = some.join(" ");
        const told = hint(event({ data }), matcher.nearest(data));
        const offered = /(?:did you mean '|write: )(.+?)(?:'\?)?$/u.exec(told)?.[1];
        expect(offered?.toLowerCase()).not.toBe(data.toLowerCase());
      }),
    );
  });

  test("of a shell is told where flags go", async () => {
    const { net } = startBot({});
    const words = ["ping", "--rate=5"];
    net.say(words.join(" "), { meta: { args: words } });
    expect((await net.heard()).data).toBe("flags go before the command: micro --rate=5 ping");
  });

  test("gets silence when the hint is turned off, or when it was not said to the bot", async () => {
    const { net } = startBot({ flags: { hint: false } });
    net.say("what now");
    net.say("ping", { addressed: false });
    net.say("ping", { type: "joined" });
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
    expect(net.messages).toHaveLength(1);
  });
});

describe("order without blocking", () => {
  test("a slow command in one place delays nobody else, and keeps its own person's order", async () => {
    const release = Promise.withResolvers<string>();
    const { net } = startBot({ commands: { slow: () => release.promise } });
    net.say("slow");
    net.say("ping");
    net.say("ping", { person: "bob" });
    expect((await net.heard()).to.person).toBe("bob");
    net.say("ping", { room: "#dev" });
    expect((await net.heard()).to.room).toBe("#dev");
    release.resolve("slow is done");
    expect((await net.heard()).data).toBe("slow is done");
    expect((await net.heard()).data).toBe("pong");
  });

  test("a hundred commands that never end do not keep anybody from an answer", async () => {
    const { net } = startBot({ commands: { slow: forever } });
    for (let i = 0; i < 100; i++) net.say("slow", { person: `p${i}` });
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
  });

  test("a burst of one person is answered in order", async () => {
    const { net } = startBot({
      commands: { echo: (_args, { rest }) => sleep(Math.random() * 3, rest) },
      flags: { rate: 1000 },
    });
    const texts = Array.from({ length: 20 }, (_, i) => String(i));
    for (const text of texts) net.say(`echo ${text}`);
    const heard: string[] = [];
    for (const _ of texts) heard.push((await net.heard()).data);
    expect(heard).toEqual(texts);
  });
});

describe("limits", () => {
  test("refuse a text that is too long, saying so once", async () => {
    const { bot, net } = startBot({ flags: { max_text: 100 } });
    for (let i = 0; i < 3; i++) net.say(`ping${"x".repeat(1_000_000)}`);
    net.say("ping");
    expect((await net.heard()).data).toBe("not done: it has 1000004 characters, and I read at most 100");
    expect((await net.heard()).data).toBe("pong");
    expect(bot.status()[0]).toMatchObject({ name: "bot", note: expect.stringContaining("3 refused") });
  });

  test("refuse a person who is too fast, saying so once, and nobody else", async () => {
    const { net } = startBot({ flags: { rate: 3 } });
    for (let i = 0; i < 10; i++) net.say("ping");
    net.say("ping", { person: "bob" });
    const heard = [];
    for (let i = 0; i < 5; i++) heard.push(await net.heard());
    expect(heard.filter(({ data }) => data === "pong")).toHaveLength(4);
    expect(heard.filter(({ data }) => data.startsWith("not done: too fast"))).toHaveLength(1);
    expect(net.messages).toHaveLength(5);
  });

  test("do not let somebody use up what a vouched-for person has", async () => {
    const { net } = startBot({ flags: { rate: 2 } });
    for (let i = 0; i < 5; i++) net.say("ping", { assurance: 0 });
    net.say("ping", { assurance: 1 });
    const heard = [];
    for (let i = 0; i < 4; i++) heard.push((await net.heard()).data);
    expect(heard.filter((data) => data === "pong")).toHaveLength(3);
  });

  test("hold a command back that says more than the network takes, and lose nothing of it", async () => {
    const { net } = startBot({
      commands: {
        async *many() {
          for (let i = 0; i < 2000; i++) yield String(i);
        },
      },
    });
    net.say("many");
    for (let i = 0; i < 2000; i++) expect((await net.heard()).data).toBe(String(i));
  });

  test("refuse what would wait too long behind a person's own command", async () => {
    const { net } = startBot({ commands: { slow: forever }, flags: { waiting: 2 } });
    for (let i = 0; i < 6; i++) net.say("slow");
    expect((await net.heard()).data).toBe("not done: 2 commands of yours are waiting here already");
    net.say("ping", { person: "bob" });
    expect((await net.heard()).data).toBe("pong");
  });

  test("cut a reply of a megabyte, with a note", async () => {
    const { net } = startBot({ commands: { big: () => "x".repeat(1_000_000) } });
    net.say("big");
    expect((await net.heard()).data).toBe(`${"x".repeat(100_000)}\n… 900000 more characters not shown`);
  });
});

describe("inputs", () => {
  test("start, fail and come back on their own: one that cannot connect leaves the rest running", async () => {
    const bad = network("bad");
    const good = network("good");
    bad.refuse.stream = new Error("server says no");
    const { bot } = startBot({ inputs: [bad, good] });
    good.say("ping");
    await good.heard();
    expect(bot.status()).toContainEqual(expect.objectContaining({ name: "input good", state: "up" }));
    await expect
      .poll(() => bot.status())
      .toContainEqual(expect.objectContaining({ name: "input bad", state: "down", note: "server says no" }));
    delete bad.refuse.stream;
    bad.say("ping");
    expect((await bad.heard()).data).toBe("pong");
  });

  test("that lose their connection get a new one, and a reply waits for it", async () => {
    const release = Promise.withResolvers<string>();
    const { net } = startBot({ commands: { slow: () => release.promise } });
    await net.connected();
    net.say("slow");
    await new Promise(setImmediate);
    net.drop();
    release.resolve("late but here");
    expect((await net.heard()).data).toBe("late but here");
    expect(net.streams).toBe(2);
  });

  test.each([
    [3000, 3000, 3500],
    [0, 200, 1000],
    [1e12, 3_600_000, 3_600_000],
    [Number.POSITIVE_INFINITY, 3_600_000, 3_600_000],
    [Number.NaN, 200, 1000],
    [-1, 200, 1000],
    ["3", 200, 1000],
  ])(
    "are connected again no sooner than they were told, if that is sound: %s",
    async (retryAfter, least, most) => {
      const told = new BotError("limited", "slow down", { detail: { retryAfter } });
      const inputs = [network("slow"), { ...network("slower"), start: () => Promise.reject(told) }];
      inputs[0]!.refuse.stream = told;
      const log = fakeLog();
      const bot = new Bot({ inputs, log, flags: { drain_timeout: 0 } });
      bots.push(bot);
      bot.start();
      const waits = () =>
        log.lines.flatMap(({ fields }) => ("retry_ms" in fields ? [Number(fields.retry_ms)] : []));
      await expect.poll(() => waits().length).toBeGreaterThanOrEqual(2);
      for (const wait of waits().slice(0, 2)) {
        expect(wait).toBeGreaterThanOrEqual(least);
        expect(wait).toBeLessThanOrEqual(most);
      }
    },
  );

  test("whose message was not taken are asked again after the time they name", async () => {
    const { net } = startBot({});
    let tries = 0;
    net.refuse.send = () => {
      if (++tries > 2) return undefined;
      return Promise.reject(new BotError("limited", "slow down", { detail: { retryAfter: 5 } }));
    };
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
    expect(tries).toBe(3);
  });

  test("that refuse a message for good do not hold up the next", async () => {
    const { net } = startBot({ commands: { bad: () => "refuse this" } });
    net.refuse.send = ({ data }) =>
      data === "refuse this" ? Promise.reject(new Error("banned")) : undefined;
    net.say("bad");
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
  });

  test("of which one room stalls leave the other rooms alone", async () => {
    const { net } = startBot({});
    net.refuse.send = ({ to }) => (to.room === "#stuck" ? new Promise(() => {}) : undefined);
    net.say("ping", { room: "#stuck" });
    net.say("ping", { room: "#fine" });
    expect((await net.heard()).to.room).toBe("#fine");
  });

  test("drop a reply that has waited too long, and say so in the status", async () => {
    const { bot, net } = startBot({ flags: { reply_max_age: 30 } });
    await net.connected();
    net.refuse.stream = new Error("gone for good");
    net.refuse.send = () => Promise.reject(new BotError("not_connected", "gone"));
    net.say("ping");
    await expect.poll(() => bot.status()[0]?.note).toContain("1 dropped");
  });
});

describe("the end", () => {
  test("lets what runs finish, sends the replies, and only then closes", async () => {
    const started = Promise.withResolvers<void>();
    const { bot, net } = startBot({
      commands: {
        work: async () => {
          started.resolve();
          return sleep(30, "finished");
        },
      },
      flags: { drain_timeout: 5000 },
    });
    net.say("work");
    await started.promise;
    const stopped = bot.stop();
    net.say("ping", { person: "bob" });
    expect((await net.heard()).data).toBe("not done: I am stopping: ask again in a moment");
    expect((await net.heard()).data).toBe("finished");
    await stopped;
  });

  test("aborts what does not finish in time, and tells its person", async () => {
    const { bot, net } = startBot({ commands: { slow: forever }, flags: { drain_timeout: 20 } });
    await net.connected();
    net.say("slow");
    await new Promise(setImmediate);
    await bot.stop();
    expect(net.messages.map(({ data }) => data)).toEqual([
      expect.stringMatching(/^interrupted as I am stopping, outcome unknown: \w+ \(\w+\)$/),
    ]);
    expect(bot.status()).toContainEqual(expect.objectContaining({ name: "input net", state: "stopped" }));
  });

  test("runs nothing that still waited when the bot gave up waiting, and says so", async () => {
    const ran: string[] = [];
    const { bot, net } = startBot({
      commands: { slow: forever, destroy: () => void ran.push("destroy") },
      flags: { drain_timeout: 20 },
    });
    await net.connected();
    net.say("slow");
    net.say("destroy");
    await new Promise(setImmediate);
    await bot.stop();
    expect(ran).toEqual([]);
    expect(net.messages.map(({ data }) => data)).toEqual([
      expect.stringMatching(/^interrupted as I am stopping, outcome unknown: \w+ \(\w+\)$/),
      expect.stringMatching(/^not done, as I am stopping: \w+ \(\w+\)$/),
    ]);
  });

  test("does not hang on a reply that cannot be sent any more", async () => {
    const { bot, net } = startBot({ flags: { drain_timeout: 20 } });
    await net.connected();
    net.refuse.send = () => Promise.reject(new BotError("limited", "later", { detail: { retryAfter: 0 } }));
    net.say("ping");
    await new Promise(setImmediate);
    await bot.stop();
    expect(net.messages).toEqual([]);
  });

  test("gives up on what a network that is there never takes, without trying it over and over", async () => {
    // One that has something to put away before it ends, as files and sockets have.
    const tidy: Stream = {
      name: "tidy",
      async follow(_events, { signal }) {
        if (!signal.aborted) await once(signal, "abort");
        await new Promise(setImmediate);
      },
    };
    const { bot, net } = startBot({ streams: [tidy], flags: { reply_max_age: 8000 } });
    await net.connected();
    let tries = 0;
    net.refuse.send = () => {
      tries++;
      return Promise.reject(new BotError("not_connected", "lost"));
    };
    net.say("ping");
    await expect.poll(() => tries).toBe(1);
    await bot.stop();
    expect(tries).toBeLessThan(10);
  });

  test("waits for a reply that a stream still holds", async () => {
    const slow: Stream = { name: "slow", send: (event, next) => sleep(50).then(() => next(event)) };
    const { bot, net } = startBot({ streams: [slow], flags: { drain_timeout: 5000 } });
    await net.connected();
    net.say("ping");
    await new Promise(setImmediate);
    await bot.stop();
    expect(net.messages.map(({ data }) => data)).toEqual(["pong"]);
  });

  test("is hurried by stop, also when the inputs have ended by themselves", async () => {
    const { bot, net } = startBot({ commands: { slow: forever }, flags: { drain_timeout: 20 } });
    await net.connected();
    net.say("slow");
    await new Promise(setImmediate);
    net.end();
    const done = bot.done();
    await new Promise(setImmediate);
    await bot.stop();
    await done;
    expect(net.messages.map(({ data }) => data)).toEqual([
      expect.stringMatching(/^interrupted as I am stopping, outcome unknown: \w+ \(\w+\)$/),
    ]);
  });

  test("comes by itself when all inputs have ended and everything is answered", async () => {
    const { bot, net } = startBot({ commands: { slow: () => sleep(20, "done") } });
    await net.connected();
    net.say("slow");
    await new Promise(setImmediate);
    net.end();
    await bot.done();
    expect(net.messages.map(({ data }) => data)).toEqual(["done"]);
  });
});
