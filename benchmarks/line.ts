// Commands a second through the whole line (match, lanes, streams, exec, outbox) beside bare calls of the same function.
import { type Command, newCommand, Plugins, type Stream } from "@micro-bot/core";
import { Bot } from "@micro-bot/engine";
import { paceOf, source } from "./lib/source.ts";

const EVENTS = 50_000;
const PEOPLE = 1000;
const ping = newCommand("ping", "ping", "", () => "pong");

async function line(commandCount: number): Promise<number> {
  const commands = new Plugins<Command>();
  commands.set("^ping( |$)", ping);
  for (let i = 1; i < commandCount; i++) commands.set(`^command${i} `, ping);
  const { input, answered } = source({ events: EVENTS, people: PEOPLE, ahead: 500 });
  const bot = new Bot({
    inputs: [input],
    commands,
    streams: new Plugins<Stream>(),
    flags: { rate: 1e9, waiting: 1e6 },
  });
  return paceOf(bot, EVENTS, answered);
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
