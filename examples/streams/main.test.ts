import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Event, newCommand, streams } from "@micro-bot/core";
import { event, fakeFollowContext, fakeTurn, testStream } from "@micro-bot/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import "./digest.ts";
import "./quiet-hours.ts";
import "./redact.ts";

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), "utf8");
const TOKEN = "xoxb-12345678-abcdefgh";

afterEach(() => void vi.useRealTimers());

test("the code on the page about streams is what is here, all of it: so it is checked, and run", () => {
  const blocks = [...read("../../docs/streams.md").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code,
  );
  expect(blocks).toEqual(["quiet-hours.ts", "redact.ts", "digest.ts"].map((file) => read(file)));
});

describe("quiet hours", () => {
  const quiet = streams.get("quiet-hours")!;
  testStream({ name: "quiet-hours", has: ["receive"], create: () => quiet });

  const deploy = newCommand("deploy", "deploy", "", () => "", { access: "operator" });
  const ping = newCommand("ping", "ping", "", () => "");

  test.each([
    [6, deploy, false],
    [7, deploy, true],
    [21, deploy, true],
    [22, deploy, false],
    [22, ping, true],
  ])("at %i h %o runs: %s", async (hour, command, runs) => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 24, hour, 30) });
    const turn = fakeTurn({ match: { kind: "command", pattern: "", command, args: [] } });
    const next = vi.fn(async () => {});
    await quiet.receive!(turn, next);
    expect(next).toHaveBeenCalledTimes(runs ? 1 : 0);
    expect(turn.replies).toEqual(runs ? [] : ["nothing is changed at night: ask again after 7"]);
  });
});

describe("redact", () => {
  testStream({ name: "redact", has: ["send"], create: () => streams.get("redact")! });

  test("hides keys in what goes out", async () => {
    const sent: Event[] = [];
    await streams.get("redact")!.send!(event({ data: `a ${TOKEN}, b AKIAIOSFODNN7EXAMPLE` }), async (one) => {
      sent.push(one!);
      return {};
    });
    expect(sent[0]!.data).toBe("a (a key stood here), b (a key stood here)");
  });

  test("does so in the whole bot, by the link file here", () => {
    const micro = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));
    const said = execFileSync(process.execPath, [micro, "--store=memory:", "echo", TOKEN], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(said).toBe("(a key stood here)\n");
  });
});

describe("digest", () => {
  testStream({ name: "digest", has: ["follow"], create: () => streams.get("digest")! });

  test("mails what was said in an hour, once", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const ctx = fakeFollowContext();
    const end = Promise.withResolvers<void>();
    const over = streams.get("digest")!.follow!(
      (async function* () {
        yield event({ input: "irc", room: "#alerts", person: "nagios", data: "disk full" });
        yield event({ input: "irc", room: "#ops", data: "lunch?" });
        yield event({ input: "irc", room: "#alerts", person: "nagios", data: "disk fine" });
        await end.promise;
      })(),
      ctx,
    );
    await vi.advanceTimersByTimeAsync(3_599_999);
    expect(ctx.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    const reply = { subject: "2 alerts", data: "nagios: disk full\nnagios: disk fine" };
    expect(ctx.sent).toEqual([{ to: { input: "email", room: "ops@example.com" }, reply }]);
    end.resolve();
    await over;
  });
});
