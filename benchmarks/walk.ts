// How far one message walks through the code: functions and files entered, moves between files, returns into a file
// already left, and writes to the store. Counted, not timed: it comes out the same each time.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command, Event, Input, Store, Stream } from "@micro-bot/core";
import { type Step, traced } from "./lib/trace.ts";

const { memoryStore, newCommand, Plugins } = await import("@micro-bot/core");
const { Bot } = await import("@micro-bot/engine");
const { access, commandsOf, Guard } = await import("@micro-bot/stream-access/plugin");
const { audit } = await import("@micro-bot/stream-audit/plugin");
const { basics } = await import("@micro-bot/command-basics/plugin");

const folder = mkdtempSync(join(tmpdir(), "micro-bot-walk-"));
const file = join(folder, "access.yaml");
writeFileSync(
  file,
  "people:\n  ann: [net:ann]\n  bob: [net:bob]\nrules:\n  - {name: d, command: deploy, allow: [ann, bob], approval: {by: bob}}\n...\n",
);

/** An input that is told what comes in, and says what goes out. */
function newNet() {
  const incoming: Event[] = [];
  let wake: (() => void) | undefined;
  let heard: ((text: string) => void) | undefined;
  let count = 0;
  const input: Input = {
    name: "net",
    flags: () => [],
    init() {},
    async start() {},
    async stop() {},
    async stream() {
      return {
        async recv() {
          while (incoming.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          return incoming.shift()!;
        },
        async send({ data }) {
          heard?.(data);
          return { id: String(++count) };
        },
        async close() {},
      };
    },
  };
  const say = (data: string, person: string, until: RegExp): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    heard = (text) => until.test(text) && resolve(text);
    const room = { input: "net", room: "ops" };
    incoming.push({
      id: `event ${++count}`,
      type: "text",
      from: { ...room, person },
      to: room,
      data,
      addressed: true,
      assurance: 1,
      time: Date.now(),
      meta: {},
    });
    wake?.();
    return promise;
  };
  return { input, say };
}

let writes = 0;
const inner = memoryStore();
const store: Store = {
  ...inner,
  write(changes) {
    // The heartbeat is not the message's.
    if (!changes.every(({ key }) => /^(?:replica|lease)\//.test(key))) writes++;
    return inner.write(changes);
  },
};

const commands = new Plugins<Command>();
for (const [pattern, create] of Object.entries(basics)) commands.set(pattern, create());
commands.set(
  "^touch$",
  newCommand("touch", "touch", "", () => "touched"),
);
commands.set(
  "^deploy ",
  newCommand("deploy", "deploy NAME", "", () => "deployed", { access: "operator" }),
);
const streams = new Plugins<Stream>();
const { stream, command } = audit();
streams.set("audit", stream);
const guard = new Guard();
streams.set("access", access(guard));
commands.set("^audit( |$)", command);
for (const [pattern, one] of Object.entries(commandsOf(guard))) commands.set(pattern, one);

const { input, say } = newNet();
const bot = new Bot({ inputs: [input], commands, streams, store, flags: { access_file: file } });
bot.start();

/** What goes on beside the line, whoever walks there. */
const BESIDE = /^engine\/(?:replica|recovery)$|^engine\/state\/(?:replica|recovery)$/;

async function walk(name: string, way: () => Promise<unknown>): Promise<void> {
  writes = 0;
  const steps = await traced(async () => {
    await way();
    await idle();
  });
  console.log(
    line(
      name,
      steps.filter((step) => !BESIDE.test(step.file)),
      writes,
    ),
  );
  if (process.argv.includes("--steps")) console.log(path(steps));
}

/** Resolves when all that is written at the end is written. */
async function idle(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
}

function line(name: string, steps: readonly Step[], written: number): string {
  const left = new Set<string>();
  let [moves, returns] = [0, 0];
  let at: string | undefined;
  for (const { file: next } of steps) {
    if (next === at) continue;
    if (at !== undefined) {
      moves++;
      left.add(at);
    }
    if (left.has(next)) returns++;
    at = next;
  }
  const files = new Set(steps.map((step) => step.file)).size;
  const cells = [steps.length, files, moves, returns, written].map((count) => String(count).padStart(9));
  return name.padEnd(26) + cells.join("");
}

function path(steps: readonly Step[]): string {
  let at = "";
  return steps
    .map(({ file: next, name }) => {
      const text = next === at ? ` › ${name}` : `\n  ${next}: ${name}`;
      at = next;
      return text;
    })
    .join("");
}

console.log(
  `${"".padEnd(26)}${["functions", "files", "moves", "returns", "writes"].map((word) => word.padStart(9)).join("")}`,
);
await say("ping", "ann", /pong/);
await idle();
await walk("ping (rerun: safe)", () => say("ping", "ann", /pong/));
await walk("touch (rerun: never)", () => say("touch", "ann", /touched/));
let code = "";
await walk("approval asked", async () => {
  code = /([0-9A-Z]{5})/.exec(
    (await say("deploy prod", "ann", /approve [0-9A-Z]{5}/)).split("approve ")[1]!,
  )![1]!;
});
await walk("approval granted", () => say(`approve ${code}`, "bob", /deployed/));
await bot.stop();
rmSync(folder, { recursive: true });
