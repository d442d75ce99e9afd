import { type Event, newCommand, type Stream } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { type Life, lives } from "./many.ts";

const list = (count: number, word = "line") => Array.from({ length: count }, (_, i) => `${word} ${i}`);
const more = newCommand(
  "more",
  "more",
  "",
  async (_args, ctx) => ((await ctx.more()) ? undefined : "no more"),
  {
    rerun: "safe",
  },
);
const NOTE = /\n… (\d+) more lines: say 'more' for the rest$/u;

/** Bots on a network of which one reply has five lines. */
function short(commands: Life["commands"] = {}, streams: readonly Stream[] = []) {
  const all = lives();
  const begin = () => {
    const { bot, net } = all.begin({
      commands: { list: () => list(12).join("\n"), more, ...commands },
      streams,
      flags: { hint: true },
    });
    net.fits = ({ data }) => data.split("\n").length <= 5;
    return { bot, net };
  };
  return { ...all, begin };
}

describe("a reply that is too long for its network", () => {
  test("is cut with a note, and more goes on where it was cut, to its end", async () => {
    const { net } = short().begin();
    net.say("list");
    expect((await net.heard()).data).toBe(
      "line 0\nline 1\nline 2\nline 3\n… 8 more lines: say 'more' for the rest",
    );
    net.say("more");
    expect((await net.heard()).data).toMatch(
      /^line 4\n[\s\S]*line 7\n… 4 more lines: say 'more' for the rest$/u,
    );
    net.say("more");
    expect((await net.heard()).data).toBe("line 8\nline 9\nline 10\nline 11");
    net.say("more");
    expect((await net.heard()).data).toBe("no more");
  });

  test("is no less for what is said while it runs, and for its last words", async () => {
    const { net } = short({
      both: async (_args, { reply }) => {
        void reply(list(7, "first").join("\n"));
        return list(7, "last").join("\n");
      },
    }).begin();
    net.say("both");
    const heard = [await net.heard(), await net.heard()];
    for (let said = heard.at(-1)!; NOTE.test(said.data) || heard.length < 4; ) {
      net.say("more");
      said = await net.heard();
      heard.push(said);
      if (heard.length > 6) break;
    }
    const words = heard.flatMap(({ data }) => data.replace(NOTE, "").split("\n"));
    expect(words.toSorted()).toEqual([...list(7, "first"), ...list(7, "last")].toSorted());
  });

  test("goes on for its person in its place only, and for nobody who only claims to be them", async () => {
    const { net } = short().begin();
    net.say("list", { room: "#ops" });
    await net.heard();
    net.say("more", { room: "#ops", person: "bob" });
    expect((await net.heard()).data).toBe("no more");
    net.say("more", { room: "#dev" });
    expect((await net.heard()).data).toBe("no more");
    net.say("more", { room: "#ops", assurance: 0 });
    expect((await net.heard()).data).toBe("no more");
    net.say("more", { room: "#ops" });
    expect((await net.heard()).data).toMatch(/^line 4\n/u);
  });

  test("goes on after a crash", async () => {
    const { begin, kill } = short();
    const first = begin();
    first.net.say("list");
    expect((await first.net.heard()).data).toMatch(/^line 0\n/u);
    await kill(first.bot);
    const { net } = begin();
    net.say("more");
    expect((await net.heard()).data).toMatch(/^line 4\n/u);
  });

  test("that nobody there asked for goes on for anybody there, each page once", async () => {
    const { bot, net } = short().begin();
    await net.connected();
    await bot.send("net:#Ops", list(12).join("\n"));
    expect((await net.heard()).data).toMatch(/^line 0\n/u);
    net.say("more", { person: "alice" });
    net.say("more", { person: "bob" });
    const pages = [await net.heard(), await net.heard()];
    expect(pages.flatMap(({ data }) => data.replace(NOTE, "").split("\n"))).toEqual(list(12).slice(4));
    expect(new Set(pages.map(({ to }) => to.person))).toEqual(new Set(["alice", "bob"]));
    net.say("more", { person: "bob" });
    expect((await net.heard()).data).toBe("no more");
  });

  test("a newer one stands instead of it, and what is replaced in place is replaced", async () => {
    const { net } = short({
      other: () => list(12, "other").join("\n"),
      progress: async (_args, { reply }) => {
        const { id } = await reply(list(12, "half").join("\n"));
        return { data: list(12, "whole").join("\n"), ...(id !== undefined && { edit: id }) };
      },
    }).begin();
    net.say("list");
    await net.heard();
    net.say("other");
    await net.heard();
    net.say("more");
    expect((await net.heard()).data).toMatch(/^other 4\n/u);
    net.say("progress");
    await net.heard();
    await net.heard();
    net.say("more");
    expect((await net.heard()).data).toMatch(/^whole 4\n[\s\S]*whole 7\n…/u);
  });

  test("passes the streams once, whole, and what they made of it is what goes on", async () => {
    const seen: string[] = [];
    const stream: Stream = {
      name: "loud",
      send(event: Event, next) {
        seen.push(event.data);
        return next({ ...event, data: event.data.toUpperCase() });
      },
    };
    const { net } = short({}, [stream]).begin();
    net.say("list");
    await net.heard();
    net.say("more");
    expect((await net.heard()).data).toMatch(/^LINE 4\n/u);
    expect(seen).toEqual([list(12).join("\n")]);
  });

  test("keeps its format, and its choices and files with the first page", async () => {
    const { net } = short({
      table: () => ({
        data: list(12).join("\n"),
        format: "code",
        files: [{ name: "a.txt", data: "a" }],
        choices: ["yes", "no"],
      }),
    }).begin();
    net.say("table");
    expect(await net.heard()).toMatchObject({
      format: "code",
      files: [{ name: "a.txt" }],
      choices: ["yes", "no"],
    });
    net.say("more");
    const second = await net.heard();
    expect(second).toMatchObject({ format: "code", data: expect.stringMatching(/^line 4\n/u) });
    expect(second.files ?? second.choices).toBeUndefined();
  });

  test("is never more than max_reply in all its pages, which say so", async () => {
    const { net } = short({ big: () => "x\n".repeat(60_000) }).begin();
    net.say("big");
    expect((await net.heard()).data).toMatch(/… 49998 more lines: say 'more' for the rest$/u);
  });
});

test("where everything fits nothing is cut or kept", async () => {
  const all = lives();
  const { net } = all.begin({ commands: { list: () => list(500).join("\n") } });
  net.say("list");
  expect((await net.heard()).data).toBe(list(500).join("\n"));
  for await (const { key } of all.store.list("more/")) expect.unreachable(key);
});

test("a command is told where lines are dear", async () => {
  const all = lives();
  const commands = { which: (_args: unknown, { terse }: { terse: boolean }) => String(terse) };
  const { net } = all.begin({ commands });
  net.say("which");
  expect((await net.heard()).data).toBe("false");
  Object.assign(net, { terse: true });
  net.say("which");
  expect((await net.heard()).data).toBe("true");
});
