export { type Clock, type FakeClock, fakeClock } from "./clock.ts";
export { type CommandSuite, commandRules, type Example, testCommand } from "./command.ts";
export { type FakeInput, fakeInput } from "./fake-input.ts";
export {
  type Asked,
  event,
  type FakeContext,
  type FakeFollowContext,
  type FakeJobs,
  type FakeLog,
  type FakeTurn,
  type FlagValues,
  fakeContext,
  fakeFlags,
  fakeFollowContext,
  fakeJobs,
  fakeLog,
  fakePluginContext,
  fakeTurn,
  type LogLine,
  type Said,
  type Sent,
} from "./fakes.ts";
export { type Heard, type InputSuite, inputRules, type Peer, testInput } from "./input.ts";
export type { InputReport } from "./input-report.ts";
export { type RegistrySuite, registryRules, testRegistry } from "./registry.ts";
export type { Skip, SuiteOptions } from "./rules.ts";
export { type StoreSuite, storeRules, testStore } from "./store.ts";
export { type StreamSuite, streamRules, testStream } from "./stream.ts";
