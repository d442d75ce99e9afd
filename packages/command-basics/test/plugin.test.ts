import { type Command, type Context, commands, newCommand, type Reply, type Status } from "@micro-bot/core";
import { fakeContext } from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { basics } from "../src/index.ts";
import { echo, hello, help, more, ping, status, threeLaws, time, whereAreYou } from "../src/plugin.ts";
import { rfc1123 } from "../src/time.ts";
import { internalIp } from "../src/where-are-you.ts";

interface Given {
  rest?: string;
  list?: readonly Command[];
  match?: (text: string) => Command | undefined;
  status?: readonly Status[];
  terse?: boolean;
  more?: Context["more"];
}

function context({ rest = "", list = [], match = () => undefined, status = [], ...given }: Given): Context {
  return fakeContext({ rest, commands: { list: () => list, match }, status: () => status, ...given });
}

async function answer(command: Command, given: Given = {}): Promise<Reply> {
  const args = [command.usage.split(" ")[0]!, ...(given.rest?.split(" ") ?? [])];
  return (await (command.exec(args, context(given)) as Reply | Promise<Reply>)) ?? "";
}

function matching(text: string): string[] {
  return Object.entries(basics)
    .filter(([pattern]) => new RegExp(pattern, "i").test(text))
    .map(([, create]) => create().name);
}

describe("the simple ones", () => {
  test("hello and ping answer as the Go bot did", async () => {
    expect(await answer(hello())).toBe("hey what's up?");
    expect(await answer(ping())).toBe("pong");
  });

  test("the three laws are three lines, in order", async () => {
    const lines = String(await answer(threeLaws())).split("\n");
    expect(lines.map((line) => line.slice(0, 3))).toEqual(["1. ", "2. ", "3. "]);
    expect(lines[0]).toBe(
      "1. A robot may not injure a human being or, through inaction, allow a human being to come to harm.",
    );
  });

  test("echo keeps the spaces", async () => {
    expect(await answer(echo(), { rest: "a  b" })).toBe("a  b");
  });

  test("echo without text asks for some", async () => {
    expect(await answer(echo())).toBe("echo what?");
    expect(await answer(echo(), { rest: "  " })).toBe("echo what?");
  });

  test("where are you tells the machine's name and address", async () => {
    expect(await answer(whereAreYou())).toMatch(/^hostname: \S+\ninternal ip: [0-9a-f.:]+$/);
  });

  test("the internal ip is the first one that is not loopback", () => {
    const address = (address: string, internal: boolean) => [{ address, internal } as never];
    expect(internalIp({ lo: address("127.0.0.1", true), eth0: address("10.0.0.7", false) })).toBe("10.0.0.7");
    expect(internalIp({ lo: address("127.0.0.1", true) })).toBe("127.0.0.1");
  });
});

describe("more", () => {
  test("is silent when the rest was said, and tells when there is none", async () => {
    expect(await answer(more(), { more: async () => true })).toBe("");
    expect(await answer(more(), { more: async () => false })).toBe("there is no more");
  });
});

describe("time", () => {
  const inZone = (zone: string, date: string) => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      return rfc1123(new Date(date));
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  };

  test.each([
    ["UTC", "2006-01-02T15:04:05Z", "Mon, 02 Jan 2006 15:04:05 UTC"],
    ["America/Denver", "2006-01-02T22:04:05Z", "Mon, 02 Jan 2006 15:04:05 MST"],
    ["Europe/Berlin", "2026-07-31T22:00:00Z", "Sat, 01 Aug 2026 00:00:00 CEST"],
    ["Asia/Kolkata", "2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 05:30:00 IST"],
    ["America/Sao_Paulo", "2026-01-01T12:00:00Z", "Thu, 01 Jan 2026 09:00:00 -03"],
    ["Asia/Kathmandu", "2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 05:45:00 +0545"],
  ])("in %s is written as Go writes it", (zone, date, text) => {
    expect(inZone(zone, date)).toBe(text);
  });

  test("is read back as the same second", async () => {
    const before = process.env.TZ;
    process.env.TZ = "UTC";
    const any = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
    fc.assert(
      fc.property(any, (date) => {
        expect(Date.parse(rfc1123(date))).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });

  test("says that it is the server's", async () => {
    expect(await answer(time(() => 0))).toMatch(/^Server time is: (Wed|Thu), /);
  });
});

describe("help", () => {
  const deploy = newCommand("deploy", "deploy [service]", "Deploys a service", () => "", {
    access: "operator",
    help: "It takes a minute.",
  });
  const list = [ping(), help(), echo(), deploy];

  test("lists usage and description by name, itself too", async () => {
    expect(await answer(help(), { list })).toBe(
      [
        "deploy [service] - Deploys a service",
        "echo [text] - Returns the [text]",
        "help [command] - Displays help for all known commands",
        "ping - Returns pong",
      ].join("\n"),
    );
  });

  test("where lines are dear names the commands in two, and says how to ask for one", async () => {
    expect(await answer(help(), { list, terse: true })).toBe(
      "deploy, echo, help, ping\nsay 'help NAME' for more about one, as in: help ping",
    );
    expect(await answer(help(), { list, terse: true, rest: "ping" })).toMatch(/^ping - Returns pong\n/);
  });

  test("of one command tells who may run it, and its help", async () => {
    expect(await answer(help(), { list, rest: "Deploy" })).toBe(
      "deploy [service] - Deploys a service\nOperators may run it\n\nIt takes a minute.",
    );
    expect(await answer(help(), { list, rest: "ping" })).toBe("ping - Returns pong\nAnyone may run it");
  });

  test("finds a command by what a person would type", async () => {
    const match = (text: string) => (text === "three laws" ? threeLaws() : undefined);
    expect(await answer(help(), { list, match, rest: "three laws" })).toContain("the three laws - ");
  });

  test("of an unknown name says so", async () => {
    expect(await answer(help(), { list, rest: "nope" })).toBe("there is no command 'nope'");
  });
});

describe("status", () => {
  const now = 1_000_000_000;

  test("is one aligned line for each part", async () => {
    const parts: Status[] = [
      { name: "input irc", state: "up", since: now - 7_200_000, note: "#ops" },
      { name: "input console", state: "down", since: now - 45_999 },
      { name: "store", state: "up" },
    ];
    expect(
      await answer(
        status(() => now),
        { status: parts },
      ),
    ).toEqual({
      data: [
        "input irc      up    2h   #ops", //
        "input console  down  45s",
        "store          up",
      ].join("\n"),
      format: "code",
    });
  });

  test("with no parts says so", async () => {
    expect(await answer(status())).toMatchObject({ data: "nothing reports a status" });
  });
});

describe("the patterns", () => {
  test.each([
    ["hello", "hello"],
    ["Ping", "ping"],
    ["echo", "echo"],
    ["echo a", "echo"],
    ["time", "time"],
    ["the three laws", "the three laws"],
    ["three laws of robotics", "the three laws"],
    ["where are you", "whereareyou"],
    ["where are you?", "whereareyou"],
    ["help", "help"],
    ["help echo", "help"],
    ["more", "more"],
    ["status", "status"],
  ])("'%s' is %s", (text, name) => {
    expect(matching(text)).toEqual([name]);
  });

  test.each(["echoes", "timer", "hello there", "helpful", "where are you now", "pinging"])(
    "'%s' is none of them",
    (text) => {
      expect(matching(text)).toEqual([]);
    },
  );

  test("are registered by the import", () => {
    expect(Object.keys(basics).filter((pattern) => !commands.has(pattern))).toEqual([]);
  });

  test("belong to commands that say how they are used in one line", () => {
    for (const create of Object.values(basics)) {
      const { usage, description } = create();
      expect(`${usage} - ${description}`).toMatch(/^\S.*\S$/);
    }
  });
});
