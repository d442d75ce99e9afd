import {
  BotError,
  type Command,
  type ErrorCode,
  type Event,
  type FlagValue,
  type Log,
  newCommand,
  type PluginContext,
  Plugins,
  type Stream,
} from "@micro-bot/core";
import { event, fakeLog } from "@micro-bot/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { Bot } from "../src/index.ts";
import { type Network, network } from "./network.ts";

const bots: Bot[] = [];
afterEach(() => Promise.all(bots.splice(0).map((bot) => bot.stop())));

function startBot(
  streams: Stream[],
  log?: Log,
  more: Record<string, FlagValue> = {},
  others: Record<string, Command> = {},
): { bot: Bot; net: Network; ran: string[] } {
  const net = network();
  const ran: string[] = [];
  const commands = new Plugins<Command>();
  commands.set(
    "^run",
    newCommand("run", "run", "", (args) => {
      ran.push(args.join(" "));
      return "ran";
    }),
  );
  for (const [pattern, command] of Object.entries(others)) commands.set(pattern, command);
  const map = new Plugins<Stream>();
  for (const stream of streams) map.set(stream.name, stream);
  const bot = new Bot({
    inputs: [net],
    commands,
    streams: map,
    flags: { drain_timeout: 200, rate: 1e6, ...more },
    ...(log && { log }),
  });
  bots.push(bot);
  bot.start();
  return { bot, net, ran };
}

describe("streams", () => {
  test("stand around the command in their order, and know what it matched and how it ended", async () => {
    const seen: string[] = [];
    const around = (name: string): Stream => ({
      name,
      async receive(turn, next) {
        seen.push(`${name} before ${turn.match.kind}`);
        await next();
        seen.push(`${name} after ${turn.outcome?.state}`);
      },
    });
    const { net } = startBot([around("a"), around("b")]);
    net.say("run");
    await net.heard();
    await expect
      .poll(() => seen)
      .toEqual(["a before command", "b before command", "b after done", "a after done"]);
  });

  test("see what was not said to the bot, too", async () => {
    const seen = Promise.withResolvers<string>();
    const { net, ran } = startBot([
      { name: "ear", receive: async (turn) => seen.resolve(`${turn.match.kind} ${turn.event.data}`) },
    ]);
    net.say("run away", { addressed: false });
    expect(await seen.promise).toBe("none run away");
    expect(ran).toEqual([]);
  });

  test("may stop a command and answer in its place", async () => {
    const { net, ran } = startBot([
      { name: "guard", receive: async (turn) => void (await turn.reply("not today")) },
    ]);
    net.say("run");
    expect((await net.heard()).data).toBe("not today");
    expect(ran).toEqual([]);
  });

  test("may change what goes out, wherever it goes", async () => {
    const loud: Stream = {
      name: "loud",
      send: (event, next) => next({ ...event, data: event.data.toUpperCase() }),
    };
    const { bot, net } = startBot([loud]);
    net.say("run");
    expect((await net.heard()).data).toBe("RAN");
    await bot.send("net:#other", "unasked");
    expect((await net.heard()).data).toBe("UNASKED");
  });

  test("that throw stop the turn: nothing runs, and the person gets an id that is in the log", async () => {
    const logged: object[] = [];
    const log: Log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields) => logged.push(fields),
    };
    const { bot, net, ran } = startBot(
      [{ name: "broken", receive: () => Promise.reject(new Error("my disk is full")) }],
      log,
    );
    net.say("run");
    const [, id] =
      /^not done: something went wrong on my side \(([0-9a-z]+)\)$/.exec((await net.heard()).data) ?? [];
    expect(ran).toEqual([]);
    expect(logged).toEqual([{ run: id, err: expect.objectContaining({ message: "my disk is full" }) }]);
    await expect.poll(() => bot.failures).toBe(1);
  });

  test.each<[ErrorCode, string, boolean]>([
    ["denied", "run is for the others", true],
    ["invalid", "that cannot be read", true],
    ["not_found", "there is no such thing", true],
    ["limited", "wait a minute", true],
    ["conflict", "somebody was quicker", true],
    ["timeout", "nobody agreed in time", true],
    ["cancelled", "it was withdrawn", true],
    ["not_connected", "the record cannot be written", false],
    ["config", "my rules cannot be read", false],
    ["closed", "it is over", false],
    ["failed", "my disk is full", false],
  ])(
    "that refuse with %s say it in plain words with one line at info, and what is a fault has an id",
    async (code, why, isRefusal) => {
      const log = fakeLog();
      const { net, ran } = startBot(
        [{ name: "guard", receive: () => Promise.reject(new BotError(code, why)) }],
        log,
      );
      net.say("run");
      const { data } = await net.heard();
      expect(ran).toEqual([]);
      const lines = log.lines.filter(({ fields }) => "run" in fields);
      if (isRefusal) {
        expect(data).toBe(`not done: ${why}`);
        expect(lines).toEqual([
          {
            level: "info",
            message: `run was refused: ${why}`,
            fields: { run: expect.any(String), code, what: "run" },
          },
        ]);
      } else {
        const shown = code === "failed" ? "something went wrong on my side" : why;
        const [{ level, fields } = log.lines[0]!] = lines;
        expect(level).toBe("error");
        expect(data).toBe(`not done: ${shown} (${"run" in fields && fields.run})`);
        expect(fields).toMatchObject({ err: { message: why } });
      }
    },
  );

  test.each<[unknown, string, boolean]>([
    [new BotError("invalid", "which job? write: cancel job ID"), "which job? write: cancel job ID", true],
    [new BotError("denied", "job k3f9a is not yours"), "job k3f9a is not yours", true],
    [new BotError("not_found", "there is no job 'x'"), "there is no job 'x'", true],
    [new BotError("timeout", "no answer within 5m"), "no answer within 5m", true],
    [new BotError("failed", "the service said 500"), "error executing cmd: the service said 500", false],
    [new BotError("not_connected", "no Consul"), "error executing cmd: no Consul", false],
    [new TypeError("x is not a function"), "error executing cmd: x is not a function", false],
    ["a text", "error executing cmd: a text", false],
  ])("leave a command's own words to it: %s", async (error, words, isRefusal) => {
    const log = fakeLog();
    const fail = newCommand("fail", "fail", "", () => Promise.reject(error));
    const { net } = startBot([], log, {}, { "^fail$": fail });
    net.say("fail");
    expect((await net.heard()).data).toBe(words);
    const lines = log.lines.filter(({ fields }) => "run" in fields);
    expect(lines.map(({ level }) => level)).toEqual([isRefusal ? "info" : "error"]);
    expect(lines[0]!.fields).toMatchObject({ command: "fail", ...(!isRefusal && { err: error }) });
    expect("err" in lines[0]!.fields).toBe(!isRefusal);
  });

  test("that hang are given up at the command's deadline, and what they held does not run", async () => {
    const hold = Promise.withResolvers<void>();
    const { net, ran } = startBot(
      [{ name: "hung", receive: (_turn, next) => hold.promise.then(next) }],
      undefined,
      { command_timeout: 20 },
    );
    net.say("run");
    expect((await net.heard()).data).toMatch(/^not done: run took longer than 20ms/);
    hold.resolve();
    net.say("run again");
    expect((await net.heard()).data).toBe("ran");
    expect(ran).toEqual(["run again"]);
  });

  test("that throw when it is done do not say that it was not", async () => {
    const { net } = startBot([
      {
        name: "record",
        async receive(_turn, next) {
          await next();
          throw new Error("disk full");
        },
      },
    ]);
    net.say("run");
    expect((await net.heard()).data).toBe("ran");
    expect((await net.heard()).data).toMatch(/^it was done, but afterwards: something went wrong/);
  });

  test("that call next twice do not run the command twice", async () => {
    const { net, ran } = startBot([
      {
        name: "twice",
        async receive(_turn, next) {
          await next();
          await next();
        },
      },
    ]);
    net.say("run");
    expect([(await net.heard()).data, (await net.heard()).data]).toEqual([
      "ran",
      expect.stringContaining("it was done, but afterwards"),
    ]);
    expect(ran).toEqual(["run"]);
  });
});

describe("streams that know more", () => {
  test("see what a limit refuses and tells, and leave notes for each other", async () => {
    const seen: string[] = [];
    const outer: Stream = {
      name: "outer",
      async receive(turn, next) {
        await next();
        const why = turn.match.kind === "refused" ? turn.match.why : "";
        seen.push([turn.match.kind, turn.outcome?.state, turn.notes.rule ?? "", why].join(" ").trim());
      },
    };
    const inner: Stream = {
      name: "inner",
      receive(turn, next) {
        turn.note("rule", "first");
        return next();
      },
    };
    const { net } = startBot([outer, inner], undefined, { rate: 1 });
    for (let i = 0; i < 3; i++) net.say("run");
    await net.heard();
    await net.heard();
    await expect
      .poll(() => seen.toSorted())
      .toEqual([
        "command done first",
        "refused failed first too fast: I take 1 commands a minute from one person",
      ]);
  });

  test("are asked for each command that is shown, and for no other word of it", async () => {
    const shy: Stream = {
      name: "shy",
      may: (command, { from }) => command.name !== "run" || from.person === "bob",
    };
    const list: Command = newCommand("list", "list", "", (_args, { commands }) =>
      commands
        .list()
        .map(({ name }) => name)
        .join(" "),
    );
    const { net } = startBot([shy], undefined, {}, { "^list$": list });
    net.say("list");
    expect((await net.heard()).data).toBe("list");
    net.say("list", { person: "bob" });
    expect((await net.heard()).data).toBe("list run");
    net.say("rnu");
    expect((await net.heard()).data).toBe("I know no command 'rnu': 'help' lists what I can do");
    net.say("rnu", { person: "bob", room: "#other" });
    expect((await net.heard()).data).toBe("I know no command 'rnu': did you mean 'run'?");
  });

  test("are asked for what a plugin wants to show somebody, as completion does", async () => {
    const shown = (event?: Event) => list!(event).map(({ name }) => name);
    let list: PluginContext["commands"];
    const shy: Stream = {
      name: "shy",
      init: (ctx) => {
        list = ctx.commands;
      },
      may: (_command, { from }) => from.person === "bob",
    };
    startBot([shy]);
    expect(shown()).toEqual(["run"]);
    expect(shown(event({ person: "bob" }))).toEqual(["run"]);
    expect(shown(event({ person: "alice" }))).toEqual([]);
  });

  test("know of what is said elsewhere who asked for it, and in which turn", async () => {
    const out = Promise.withResolvers<Event>();
    const ear: Stream = {
      name: "ear",
      send(event, next) {
        if (event.to.room === "#other") out.resolve(event);
        return next();
      },
    };
    const tell: Command = newCommand("tell", "tell", "", async (_args, ctx) => {
      await ctx.send("net:#other", "psst");
      return ctx.id;
    });
    const { net } = startBot([ear], undefined, {}, { "^tell$": tell });
    net.say("tell");
    const { from, run } = await out.promise;
    await net.heard();
    expect(from).toEqual({ input: "net", room: "#ops", person: "alice" });
    expect((await net.heard()).data).toBe(run);
  });
});

describe("a follower", () => {
  const wait = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener("abort", resolve));
  const to = (event: Event): Event => ({
    ...event,
    data: `saw ${event.data}`,
    to: { input: "net", room: "#log" },
  });

  test("reads the events of all inputs and sends to any address", async () => {
    const { net } = startBot([
      {
        name: "scribe",
        async *follow(events) {
          for await (const event of events) yield to(event);
        },
      },
    ]);
    net.say("lovely weather", { addressed: false });
    expect(await net.heard()).toMatchObject({ data: "saw lovely weather", to: { room: "#log" } });
  });

  test("that hangs is flooded without anybody noticing, and what it missed is counted", async () => {
    const { bot, net } = startBot([
      {
        name: "stuck",
        async *follow(events, { signal }) {
          for await (const event of events) {
            await wait(signal);
            yield event;
          }
        },
      },
    ]);
    for (let i = 0; i < 100_000; i++) net.say("chatter", { addressed: false });
    net.say("run");
    expect((await net.heard()).data).toBe("ran");
    expect(bot.status()).toContainEqual({
      name: "stream stuck",
      state: "up",
      note: expect.stringMatching(/^missed 9\d{4} events$/),
    });
  });

  test("that throws is started again, and the command line never noticed", async () => {
    let starts = 0;
    const { net } = startBot([
      {
        name: "weak",
        async *follow(events) {
          for await (const event of events) {
            if (++starts === 1) throw new Error("fell over");
            yield to(event);
          }
        },
      },
    ]);
    net.say("run 1");
    expect((await net.heard()).data).toBe("ran");
    net.say("run 2", { person: "bob" });
    const heard = [(await net.heard()).data, (await net.heard()).data].sort();
    expect(heard).toEqual(["ran", "saw run 2"]);
  });
});

describe("a follower that misbehaves", () => {
  const garbage: readonly unknown[] = [
    undefined,
    null,
    "text",
    {},
    { to: "net:#ops" },
    { to: { input: "net" }, data: "no room" },
    { to: { input: "nowhere", room: "#ops" }, data: "no such input" },
    { to: { input: "net", room: "#ops" }, data: 5 },
    { to: { input: "net", room: "#ops" }, data: "a big number", meta: { count: 1n } },
  ];
  const forever = () => new Promise<never>(() => {});
  /** What each does, and how it stands in status then. */
  const misdeeds: readonly (readonly [
    what: string,
    state: string,
    note: RegExp,
    NonNullable<Stream["follow"]>,
  ])[] = [
    [
      "hangs for ever, whatever its signal says",
      "up",
      /^missed \d+ events$/,
      async function* (events) {
        for await (const event of events) yield await forever().then(() => event);
      },
    ],
    [
      "only watches, and hangs",
      "up",
      /^missed \d+ events$/,
      async (events) => {
        for await (const _ of events) await forever();
      },
    ],
    [
      "throws at each event",
      "down",
      /^fell over chatter, missed \d+ events$/,
      async (events) => {
        for await (const { data } of events) throw new Error(`fell over ${data}`);
      },
    ],
    [
      "throws at once",
      "down",
      /^fell over$/,
      () => {
        throw new Error("fell over");
      },
    ],
    ["returns nothing", "down", /undefined/, () => undefined as never],
    [
      "yields garbage",
      "up",
      /^(missed \d+ events)?$/,
      async function* (events) {
        for await (const _ of events) yield* garbage as Event[];
      },
    ],
    [
      "says more than anybody can send",
      "up",
      /^$/,
      async function* () {
        const to = { input: "net", room: "#log" };
        while (true) yield { id: "1", to, data: "noise", meta: {} } as unknown as Event;
      },
    ],
  ];

  test.each(misdeeds)(
    "%s: people are answered, in order, all; what it missed is in status; the bot ends",
    async (_what, state, note, follow) => {
      const ping = newCommand("ping", "ping", "", ([, which]) => `pong ${which}`);
      const { bot, net } = startBot([{ name: "bad", follow }], undefined, {}, { "^ping": ping });
      const pings = Array.from({ length: 10 }, (_, at) => `ping ${at}`);
      for (const [at, ping] of pings.entries()) {
        for (let i = 0; i < 1000; i++) net.say("chatter", { addressed: false, person: `p${i % 50}` });
        net.say(ping, { person: "alice", room: `#${at % 2}` });
      }
      const answers = (room: string) =>
        net.messages.filter(({ to }) => to.room === room).map(({ data }) => data);
      await expect
        .poll(() => [answers("#0"), answers("#1")])
        .toEqual([
          ["pong 0", "pong 2", "pong 4", "pong 6", "pong 8"],
          ["pong 1", "pong 3", "pong 5", "pong 7", "pong 9"],
        ]);
      expect(answers("#ops")).toEqual([]);
      const status = () => {
        const { state, note = "" } = bot.status().find(({ name }) => name === "stream bad")!;
        return { state, note };
      };
      await expect.poll(status).toEqual({ state, note: expect.stringMatching(note) });
      // A follower that will not end is left behind.
      await bot.stop();
    },
  );

  test("says why each thing it yielded was not sent, and what is good goes out", async () => {
    const logged: string[] = [];
    const log: Log = {
      debug: () => {},
      info: () => {},
      warn: (_fields, message) => logged.push(message),
      error: (_fields, message) => logged.push(message),
    };
    const good = { id: "1", to: { input: "net", room: "#log" }, data: "good", meta: {} } as unknown as Event;
    const { net } = startBot(
      [
        // With one that sends, the line for what goes out is another.
        { name: "through", send: (event, next) => next(event) },
        {
          name: "bad",
          async *follow(events) {
            for await (const _ of events) yield* [...(garbage as Event[]), good];
          },
        },
      ],
      log,
    );
    net.say("chatter", { addressed: false });
    expect(await net.heard()).toMatchObject({ data: "good" });
    await expect.poll(() => logged).toHaveLength(garbage.length);
    expect(logged).toContain("not sent: there is no input 'nowhere': is it in --inputs?");
    for (const line of logged) expect(line).toMatch(/^not sent: /);
  });

  test("and left something behind that still reads takes nothing from its next start", async () => {
    const stolen: string[] = [];
    const restarted = Promise.withResolvers<void>();
    let starts = 0;
    const { net } = startBot([
      {
        name: "split",
        async *follow(events) {
          if (++starts === 1) {
            void (async () => {
              for await (const { data } of events) {
                stolen.push(data);
                await restarted.promise;
              }
            })();
            await expect.poll(() => stolen).toEqual(["first"]);
            throw new Error("fell over");
          }
          for await (const event of events)
            yield { ...event, data: `saw ${event.data}`, to: { input: "net", room: "#log" } };
        },
      },
    ]);
    net.say("first", { addressed: false });
    await expect.poll(() => starts).toBe(2);
    restarted.resolve();
    for (const text of ["second", "third"]) net.say(text, { addressed: false });
    expect([(await net.heard()).data, (await net.heard()).data]).toEqual(["saw second", "saw third"]);
    expect(stolen).toEqual(["first"]);
  });
});
