import type { Conn, Event, Input } from "@micro-bot/core";
import type { Bot } from "@micro-bot/engine";

/** Bots on one store know the events of others by their ids. */
const RUN = Date.now().toString(36) + Math.random().toString(36).slice(2);

export interface SourceOptions {
  readonly events: number;
  /** People, each in a conversation of their own. */
  readonly people: number;
  /** Events on their way at one time, as a network would have it. */
  readonly ahead: number;
}

/** An input that gives its events as fast as they are taken; `answered` resolves when each has its reply. */
export function source({ events, people, ahead }: SourceOptions): { input: Input; answered: Promise<void> } {
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  let given = 0;
  let sent = 0;
  const conn: Conn = {
    async recv() {
      while (given - sent >= ahead) await new Promise(setImmediate);
      return given < events ? eventOf(given++, people) : new Promise<Event>(() => {});
    },
    async send() {
      if (++sent === events) resolve();
      return {};
    },
    async close() {},
  };
  const input: Input = {
    name: "net",
    flags: () => [],
    init() {},
    async start() {},
    stream: async () => conn,
    async stop() {},
  };
  return { input, answered };
}

/** Starts the bot, and measures until all is answered: answers a second. */
export async function paceOf(bot: Bot, events: number, answered: Promise<void>): Promise<number> {
  const { wall } = await paces(bot, events, answered);
  return wall;
}

/** Answers a second, and a second of processor time: the latter is the same on a busy machine. */
export async function paces(
  bot: Bot,
  events: number,
  answered: Promise<void>,
): Promise<{ readonly wall: number; readonly cpu: number }> {
  const before = process.cpuUsage();
  const began = performance.now();
  bot.start();
  await answered;
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  await bot.stop();
  return { wall: events / seconds, cpu: events / ((user + system) / 1_000_000) };
}

function eventOf(i: number, people: number): Event {
  const room = { input: "net", room: `#room${i % 100}` };
  return {
    id: `${RUN}-${i}`,
    type: "text",
    from: { ...room, person: `p${i % people}` },
    to: room,
    // Never the same twice: whoever says one thing again and again is taken for a bot.
    data: `ping ${i}`,
    addressed: true,
    assurance: 1,
    time: 0,
    meta: {},
  };
}
