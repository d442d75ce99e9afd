import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { inputs } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { consoleInput } from "../src/index.ts";
import { lines } from "../src/lines.ts";
import { LONGEST_LINE } from "../src/pipe.ts";
import { complete } from "../src/terminal.ts";
import { shown } from "../src/text.ts";
import { answerTo, COMMANDS, connected, pipes, readAll, screen } from "./hands.ts";

describe("a pipe", () => {
  test("says one command a line, and ends with the file", async () => {
    const { input, output } = pipes();
    const { conn } = await connected({ input, output });
    input.end("ping\r\n\n  echo a  b \n\t\nlast");
    expect(await readAll(conn)).toEqual({ said: ["ping", "echo a  b", "last"], end: "closed" });
  });

  test("says who, where and when", async () => {
    const { input, output } = pipes();
    const { conn } = await connected({ input, output });
    const before = Date.now();
    input.write("ping\nping\n");
    const [first, second] = [await conn.recv(), await conn.recv()];
    expect(first).toMatchObject({
      type: "text",
      from: { input: "console", room: "terminal", person: userInfo().username },
      to: { input: "console", room: "terminal" },
      addressed: true,
      assurance: 2,
    });
    expect(first.time).toBeGreaterThanOrEqual(before);
    expect(first.time).toBeLessThanOrEqual(Date.now());
    expect(first.id).not.toBe(second.id);
  });

  test("prints replies and nothing else", async () => {
    const { input, output, printed } = pipes();
    const { conn } = await connected({ input, output });
    input.end("ping\n");
    await conn.send(answerTo(await conn.recv(), "pong\n\u001b[2Jstill here"));
    await conn.close();
    expect(printed()).toBe("pong\n[2Jstill here\n");
  });

  test("is answered one by one, a terminal is not", () => {
    expect(consoleInput(pipes()).sequential).toBe(true);
    expect(consoleInput(screen(80, 24)).sequential).toBe(false);
  });

  test("leaves out a line that is too long, and tells the log", async () => {
    const { input, output } = pipes();
    const { conn, logged } = await connected({ input, output });
    const said = readAll(conn);
    const long = "x".repeat(LONGEST_LINE / 2);
    for (const piece of ["one\n", long, long, long, " two\nthree\n"]) input.write(piece);
    input.end();
    expect((await said).said).toEqual(["one", "three"]);
    expect(logged).toEqual([
      { fields: { line: 2, limit: LONGEST_LINE }, message: "a line is too long and was left out" },
    ]);
  });

  test("keeps letters whole that come in two pieces", async () => {
    const { input, output } = pipes();
    const { conn } = await connected({ input, output });
    const bytes = Buffer.from("\ufeffgrüß 🙂\n");
    const said = readAll(conn);
    for (const byte of bytes) input.write(Buffer.of(byte));
    input.end();
    expect((await said).said).toEqual(["grüß 🙂"]);
  });

  test("is not read faster than its lines are taken", async () => {
    const { input, output } = pipes();
    const { conn } = await connected({ input, output });
    input.write("first\n");
    expect((await conn.recv()).data).toBe("first");
    input.write("second\n");
    input.write("third\n");
    expect((await conn.recv()).data).toBe("second");
    expect(input.isPaused()).toBe(true);
    expect((await conn.recv()).data).toBe("third");
  });

  test("that had ended before is at its end at once", async () => {
    const { input, output } = pipes();
    input.resume().end();
    await new Promise((resolve) => input.once("end", resolve));
    const { conn } = await connected({ input, output });
    await expect(conn.recv()).rejects.toMatchObject({ code: "closed" });
  });

  test("that breaks is at its end", async () => {
    const { input, output } = pipes();
    const { conn } = await connected({ input, output });
    const next = conn.recv();
    input.destroy(new Error("EIO"));
    await expect(next).rejects.toMatchObject({ code: "closed" });
  });
});

describe("the output", () => {
  test("takes a reply before send resolves", async () => {
    const input = new PassThrough();
    const taking = Promise.withResolvers<() => void>();
    const output = new Writable({ write: (_chunk, _encoding, done) => taking.resolve(done) });
    const { conn } = await connected({ input, output });
    input.write("ping\n");
    let sent = false;
    const sending = conn.send(answerTo(await conn.recv(), "pong")).then(() => {
      sent = true;
    });
    const take = await taking.promise;
    expect(sent).toBe(false);
    take();
    await sending;
  });

  test("that is gone drops what is sent and ends the input", async () => {
    const input = new PassThrough();
    const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    const output = new Writable({ write: (_chunk, _encoding, done) => done(gone) });
    const { conn, input: plugin } = await connected({ input, output });
    input.write("ping\n");
    const event = await conn.recv();
    await expect(conn.send(answerTo(event, "pong"))).rejects.toMatchObject({ code: "failed" });
    await expect(conn.recv()).rejects.toMatchObject({ code: "closed" });
    await plugin.stop();
  });
});

describe("a terminal", () => {
  test("shows a prompt, what is typed, and replies above it", async () => {
    const { shows, ...streams } = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("ping\rhal");
    const event = await conn.recv();
    await conn.send(answerTo(event, "pong"));
    expect(await shows()).toEqual(["micro> ping", "pong", "micro> hal"]);
    streams.input.write("lo\r");
    expect((await conn.recv()).data).toBe("hallo");
    await input.stop();
  });

  test("keeps what is being typed whole, however it wraps", async () => {
    const letter = fc.constantFrom(..."abcdefghij");
    const words = fc.string({ unit: letter, minLength: 1, maxLength: 70, size: "max" });
    await fc.assert(
      fc.asyncProperty(words, fc.array(words, { minLength: 1, maxLength: 3 }), async (typed, replies) => {
        const { shows, ...streams } = screen(20, 24);
        const { conn, input } = await connected(streams);
        streams.input.write(`ping\r`);
        const event = await conn.recv();
        // One by one: pasted, readline draws its own line twice when it just fills a row.
        for (const key of typed) streams.input.write(key);
        for (const reply of replies) {
          await new Promise((resolve) => setImmediate(resolve));
          await conn.send(answerTo(event, reply));
        }
        const shown = await shows();
        await input.stop();
        expect(shown.at(0)).toBe("micro> ping");
        expect(shown.slice(1, -1)).toEqual(replies);
        // readline writes a space to get to the next row.
        expect(shown.at(-1)?.trimEnd()).toBe(`micro> ${typed}`);
      }),
      { numRuns: 40 },
    );
  });

  test("goes back in history, over a new connection too", async () => {
    const { shows, ...streams } = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("echo one\r");
    await conn.recv();
    const again = await input.stream();
    streams.input.write("\u001b[A\r");
    expect((await again.recv()).data).toBe("echo one");
    await input.stop();
  });

  test("completes what can be typed of a command", async () => {
    const { shows, ...streams } = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("li\t");
    expect(await shows()).toEqual(["micro> list services"]);
    streams.input.write("\r");
    expect((await conn.recv()).data).toBe("list services");
    await input.stop();
  });

  test("says cancel at Ctrl-C while something is unanswered, and ends when nothing is", async () => {
    const streams = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("wait\r");
    await conn.recv();
    streams.input.write("\u0003");
    expect((await conn.recv()).data).toBe("cancel");
    streams.input.write("\u0003");
    await expect(conn.recv()).rejects.toMatchObject({ code: "closed" });
    await input.stop();
  });

  test("ends at Ctrl-C once all is answered", async () => {
    const streams = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("ping\r");
    await conn.send(answerTo(await conn.recv(), "pong"));
    streams.input.write("\u0003");
    await expect(conn.recv()).rejects.toMatchObject({ code: "closed" });
    await input.stop();
  });

  test("forgets the line at Ctrl-C when there is something on it", async () => {
    const streams = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("drop all\u001b[D\u0003ping\r");
    expect((await conn.recv()).data).toBe("ping");
    await input.stop();
  });

  test("ends at Ctrl-D, and still prints what comes late", async () => {
    const { shows, ...streams } = screen(40, 10);
    const { conn, input } = await connected(streams);
    streams.input.write("ping\r\u0004");
    const event = await conn.recv();
    await expect(conn.recv()).rejects.toMatchObject({ code: "closed" });
    await conn.send(answerTo(event, "pong"));
    expect(await shows()).toEqual(["micro> ping", "micro> ", "pong"]);
    await input.stop();
  });

  test("completes without regard to case, and lists each word once", () => {
    expect(complete("", [...COMMANDS, ...COMMANDS])[0]).toEqual(["get service", "list services", "ping"]);
    expect(complete("PI", COMMANDS)).toEqual([["ping"], "PI"]);
    expect(complete("nope", COMMANDS)[0]).toEqual([]);
  });
});

describe("closing", () => {
  const untouched = new PassThrough();

  test("settles a pending recv, twice is safe, and nothing listens any more", async () => {
    for (const streams of [pipes(), screen(40, 10)]) {
      const { conn, input } = await connected(streams);
      const next = conn.recv();
      await conn.close();
      await expect(next).rejects.toMatchObject({ code: "closed" });
      await conn.close();
      await input.stop();
      await input.stop();
      expect(streams.input.isPaused()).toBe(true);
      for (const name of ["end", "close", "keypress"]) {
        expect([name, streams.input.listenerCount(name)]).toEqual([name, untouched.listenerCount(name)]);
      }
      const event = answerTo({ meta: {}, to: {}, from: {} } as never, "late");
      await expect(conn.send(event)).rejects.toMatchObject({ code: "not_connected" });
    }
  });

  test("and starting again reads on", async () => {
    const { input, output } = pipes();
    const { conn, input: plugin } = await connected({ input, output });
    input.write("one\n");
    expect((await conn.recv()).data).toBe("one");
    await plugin.stop();
    input.write("two\n");
    await plugin.start();
    expect((await (await plugin.stream()).recv()).data).toBe("two");
    await plugin.stop();
  });
});

describe("console_history", () => {
  async function folder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), "micro-bot-console-"));
    onTestFinished(() => rm(made, { recursive: true }));
    return made;
  }

  test("keeps what was typed for the next run, for its owner only", async () => {
    const file = join(await folder(), "history");
    const first = screen(40, 10);
    const one = await connected(first, { console_history: file });
    first.input.write("echo one\recho two\r");
    await one.conn.recv();
    await one.conn.recv();
    await one.input.stop();
    expect(await readFile(file, "utf8")).toBe("echo one\necho two\n");
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const second = screen(40, 10);
    const two = await connected(second, { console_history: file });
    second.input.write("\u001b[A\u001b[A\r");
    expect((await two.conn.recv()).data).toBe("echo one");
    await two.input.stop();
  });

  test("that cannot be used is told, and the input works", async () => {
    const streams = screen(40, 10);
    const { conn, input, logged } = await connected(streams, { console_history: await folder() });
    streams.input.write("ping\r");
    expect((await conn.recv()).data).toBe("ping");
    await input.stop();
    expect(logged.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^console_history cannot be used: EISDIR/),
      expect.stringMatching(/^console_history cannot be used: EISDIR/),
    ]);
  });
});

describe("text", () => {
  test("shows choices as words and files by name", () => {
    expect(shown({ data: "Deploy?", choices: ["yes", "no"] })).toBe("Deploy? (yes / no)");
    const files = [
      { name: "a.txt", data: "one\ntwo" },
      { name: "b.png", data: "AAAA", encoding: "base64" as const },
    ];
    expect(shown({ data: "here", files })).toBe("here\na.txt:\none\ntwo\nb.png: 3 bytes");
  });

  test("never drives the terminal, and is otherwise left alone", () => {
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(any, (text) => {
        expect(shown({ data: text })).not.toMatch(/[^\P{Cc}\n\t]/u);
      }),
    );
  });

  test("in pieces of any size gives the same lines as in one", () => {
    const piece = fc.string({ unit: fc.constantFrom(..."ab \r\n"), maxLength: 12, size: "max" });
    const cut = (pieces: readonly string[]) => {
      const said: string[] = [];
      const told: number[] = [];
      const cutter = lines(8, { line: (text) => said.push(text), tooLong: (number) => told.push(number) });
      for (const one of pieces) cutter.push(one);
      cutter.end();
      return { said, told };
    };
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const all = pieces.join("").split("\n");
        expect(cut(pieces)).toEqual({
          said: all.filter((line) => line.length <= 8 && line.trim() !== "").map((line) => line.trim()),
          told: all.flatMap((line, index) => (line.length > 8 ? [index + 1] : [])),
        });
      }),
    );
  });
});

test("the import registers it as console", () => {
  expect(inputs.get("console")?.name).toBe("console");
  expect(
    inputs
      .get("console")
      ?.flags()
      .map(({ name }) => name),
  ).toEqual(["console_prompt", "console_history"]);
});
