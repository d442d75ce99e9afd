// Commands a second through the whole line (match, lanes, streams, exec, outbox) beside bare calls of the same function:
// alone, and with the streams audit and access, as in a company. `node benchmarks/line.ts [alone|governed]`.
import { type Command, newCommand, Plugins, type Stream } from "@micro-bot/core";
import { Bot } from "@micro-bot/engine";
import { access } from "@micro-bot/stream-access/plugin";
import { audit } from "@micro-bot/stream-audit/plugin";
import { paces, source } from "./lib/source.ts";

const EVENTS = Number(process.env.EVENTS ?? 50_000);
const PEOPLE = 1000;
const ping = newCommand("ping", "ping", "", () => "pong");

async function line(commandCount: number, streams: Plugins<Stream>): ReturnType<typeof paces> {
  const commands = new Plugins<Command>();
  commands.set("^ping( |$)", ping);
  for (let i = 1; i < commandCount; i++) commands.set(`^command${i} `, ping);
  const { input, answered } = source({ events: EVENTS, people: PEOPLE, ahead: 500 });
  const bot = new Bot({
    inputs: [input],
    commands,
    streams,
    flags: { rate: 1e9, waiting: 1e6 },
  });
  return paces(bot, EVENTS, answered);
}

async function bare(): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < EVENTS; i++) await Promise.resolve(ping.exec(["ping"], undefined as never));
  return EVENTS / ((performance.now() - began) / 1000);
}

function governed(): Plugins<Stream> {
  const streams = new Plugins<Stream>();
  streams.set("audit", audit().stream);
  streams.set("access", access());
  return streams;
}

const floor = await bare();
console.log(`bare calls                      ${Math.round(floor)}/s`);
const [only] = process.argv.slice(2);
for (const [mode, streams] of Object.entries({ alone: () => new Plugins<Stream>(), governed })) {
  if (only !== undefined && only !== mode) continue;
  for (const count of [10, 100, 10_000]) {
    const { wall, cpu } = await line(count, streams());
    const name = `${mode}, ${String(count).padStart(6)} commands`;
    console.log(
      `${name.padEnd(30)}  ${Math.round(wall)}/s, ${(1e6 / cpu).toFixed(1)} µs of processor each, ${(floor / cpu).toFixed(0)} × a bare call`,
    );
  }
}
