// One real input, used as the engine uses it, in a process of its own: what ends that, or throws outside of any call, is a fault.
import {
  BotError,
  type Conn,
  codeOf,
  type Event,
  type Input,
  memoryStore,
  messageOf,
  replyTo,
} from "@micro-bot/core";
import { fakePluginContext } from "../../packages/testkit/src/index.ts";
import { STILL, type ToChild, type ToParent } from "./messages.ts";

/** One of so many events is answered. */
const ANSWERED = 50;
/** Between two tries to connect, in milliseconds. */
const PAUSE = 5;

let heard = 0;
let connections = 0;
let stopping = false;
let input: Input | undefined;

process.on("uncaughtException", (error) => fault("thrown", error));
process.on("unhandledRejection", (error) => fault("rejected", error));
process.on("disconnect", () => process.exit());
process.on("message", (message: ToChild) => {
  if (message.kind === "start") void live(message);
  else void stop();
});

async function live({ input: name, values }: Extract<ToChild, { kind: "start" }>): Promise<void> {
  const plugin: Record<string, () => Input> = await import(`../../packages/input-${name}/dist/plugin.js`);
  input = plugin[name]!();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  input.init(fakePluginContext(values as never, { log, store: memoryStore() }));
  await input.start();
  while (!stopping) {
    await connected(input).catch((error: unknown) => {
      if (!(error instanceof BotError)) fault("an error that is none of ours", error);
    });
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

async function stop(): Promise<void> {
  stopping = true;
  await input?.stop();
  const last: ToParent = { kind: "stopped", heard, connections };
  process.send?.(last, undefined, undefined, () => process.exit());
}

async function connected(input: Input): Promise<void> {
  const conn = await input.stream();
  connections++;
  tell({ kind: "connected" });
  while (!stopping) await take(conn, await conn.recv());
}

async function take(conn: Conn, event: Event): Promise<void> {
  heard++;
  const why = wrong(event);
  if (why) fault("an event", new Error(`${why}: ${JSON.stringify(event).slice(0, 500)}`));
  await conn.ack?.(event)?.catch((error: unknown) => unexpected("ack", error));
  if (event.data.includes(STILL)) tell({ kind: "heard", text: event.data });
  else if (heard % ANSWERED === 0)
    conn
      .send(replyTo(event, "pong", `r${heard}`, Date.now()))
      .catch((error: unknown) => unexpected("send", error));
}

function unexpected(what: string, error: unknown): void {
  if (codeOf(error) === "failed" && !(error instanceof BotError)) fault(what, error);
}

/** What of an event is not as its type says. */
function wrong(event: Event): string | undefined {
  const texts = { id: event.id, type: event.type, data: event.data, room: event.from.room };
  for (const [name, value] of Object.entries(texts))
    if (typeof value !== "string") return `${name} is no text`;
  for (const { person, thread } of [event.from, event.to])
    if (![person, thread].every((one) => one === undefined || typeof one === "string")) return "an address";
  if (
    Object.values(event.names ?? {})
      .flat()
      .some((one) => typeof one !== "string")
  )
    return "a name is no text";
  if (typeof event.addressed !== "boolean" || ![0, 1, 2].includes(event.assurance))
    return "addressed, assurance";
  if (!Number.isFinite(event.time)) return "time is no number";
  const again = JSON.stringify(JSON.parse(JSON.stringify(event)));
  return again === JSON.stringify(event) && event.data.isWellFormed() ? undefined : "it is not plain JSON";
}

function fault(what: string, error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined;
  tell({ kind: "fault", what, why: stack ?? messageOf(error) });
}

function tell(message: ToParent): void {
  process.send?.(message);
}
