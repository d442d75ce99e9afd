// Commands a second through the whole line (match, lanes, streams, exec, outbox) beside bare calls of the same function.
import {
  type Command,
  type Conn,
  type Event,
  type Input,
  newCommand,
  Plugins,
  type Stream,
} from "@micro-bot/core";
import { Bot } from "@micro-bot/engine";

const EVENTS = 50_000;
const PEOPLE = 1000;
const ping = newCommand("ping", "ping", "", () => "pong");

/** Gives its events as fast as they are taken; `answered` resolves when each has its reply. */
function source(count: number): { input: Input; answered: Promise<void> } {
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  let given = 0;
  let sent = 0;
  const conn: Conn = {
    async recv() {
      // No more than 500 on their way, as a network would have it.
      while (given - sent >= 500) await new Promise(setImmediate);
      return given < count ? eventOf(given++) : new Promise<Event>(() => {});
    },
    async send() {
      if (++sent === count) resolve();
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

function eventOf(i: number): Event {
  const room = { input: "net", room: `#room${i % 100}` };
  return {
    id: String(i),
    type: "text",
    from: { ...room, person: `p${i % PEOPLE}` },
    to: room,
    data: "ping",
    addressed: true,
    assurance: 1,
    time: 0,
    meta: {},
  };
}

async function line(commandCount: number): Promise<number> {
  const commands = new Plugins<Command>();
  commands.set("^ping$", ping);
  for (let i = 1; i < commandCount; i++) commands.set(`^command${i} `, ping);
  const { input, answered } = source(EVENTS);
  const bot = new Bot({
    inputs: [input],
    commands,
    streams: new Plugins<Stream>(),
    flags: { rate: 1e9, waiting: 1e6 },
  });
  const began = performance.now();
  bot.start();
  await answered;
  const seconds = (performance.now() - began) / 1000;
  await bot.stop();
  return EVENTS / seconds;
}

async function bare(): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < EVENTS; i++) await Promise.resolve(ping.exec(["ping"], undefined as never));
  return EVENTS / ((performance.now() - began) / 1000);
}

const floor = await bare();
console.log(`bare calls            ${Math.round(floor)}/s`);
for (const count of [10, 100, 10_000]) {
  const rate = await line(count);
  console.log(
    `line, ${String(count).padStart(6)} commands ${Math.round(rate)}/s  ${(floor / rate).toFixed(1)} × a bare call`,
  );
}
