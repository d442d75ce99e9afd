// A bot in the test's own process, on networks in memory: for packages that may not import the engine.
import { type Command, type FlagValue, type Log, Plugins, type Store, type Stream } from "@micro-bot/core";
import { onTestFinished } from "vitest";
import { Bot } from "../packages/engine/src/index.ts";
import { type FakeInput, fakeInput } from "../packages/testkit/src/index.ts";

export interface InProcess {
  readonly streams?: readonly Stream[];
  readonly commands?: Readonly<Record<string, Command>>;
  /** Names of its networks. */
  readonly inputs: readonly string[];
  readonly flags?: Readonly<Record<string, FlagValue>>;
  readonly store?: Store;
  readonly log?: Log;
}

/** Starts a bot; it is stopped when the test ends. Rates are so high that no test meets them. */
export function startInProcess({ streams = [], commands = {}, inputs, flags = {}, store, log }: InProcess): {
  readonly bot: Bot;
  readonly net: Readonly<Record<string, FakeInput>>;
} {
  const networks = inputs.map((name) => fakeInput(name));
  const ofCommands = new Plugins<Command>();
  for (const [pattern, command] of Object.entries(commands)) ofCommands.set(pattern, command);
  const ofStreams = new Plugins<Stream>();
  for (const stream of streams) ofStreams.set(stream.name, stream);
  const bot = new Bot({
    inputs: networks,
    streams: ofStreams,
    commands: ofCommands,
    flags: { drain_timeout: 100, rate: 1e6, room_rate: 1e6, command_rate: 1e6, ...flags },
    ...(store && { store }),
    ...(log && { log }),
  });
  bot.start();
  onTestFinished(() => bot.stop());
  return { bot, net: Object.fromEntries(networks.map((one) => [one.name, one])) };
}
