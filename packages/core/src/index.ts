export { type Address, formatAddress, parseAddress, sameAddress } from "./address.ts";
export { type Answer, type Command, commands, newCommand } from "./command.ts";
export { contentOf } from "./content.ts";
export type { AskOptions, CommandList, Context } from "./context.ts";
export { damagedIn, damagedRow } from "./damaged.ts";
export { BotError, type BotErrorOptions, codeOf, type ErrorCode, errorCodes, messageOf } from "./errors.ts";
export {
  type Assurance,
  type Attachment,
  type Content,
  type Event,
  type EventType,
  type EventTypes,
  type Format,
  type Names,
  type Receipt,
  type Reply,
  replyTo,
} from "./event.ts";
export { envOf, type Flag, type FlagValue, type ReadFlags, type Values } from "./flag.ts";
export { type Conn, type Input, inputs } from "./input.ts";
export type { Job, Jobs, When } from "./job.ts";
export type { Json } from "./json.ts";
export { type Memories, type Memory, type MemoryOptions, memoryIn, type Remembered } from "./memory.ts";
export { memoryRegistry } from "./memory-registry.ts";
export { memoryStore } from "./memory-store.ts";
export type { Log, Plugin, PluginContext, Status } from "./plugin.ts";
export {
  type Endpoint,
  type Node,
  type Registry,
  type RegistryEvent,
  registries,
  type Service,
  type Value,
} from "./registry.ts";
export { type FieldType, hasFields, type RowKind, type Rows } from "./rows.ts";
export { CONTRACT, Plugins } from "./shared.ts";
export { type Change, type Entry, type ListOptions, type OpenStore, type Store, stores } from "./store.ts";
export { storeUnder } from "./store-under.ts";
export {
  type FollowContext,
  type Match,
  type Outcome,
  type Seal,
  type Stream,
  streams,
  type Turn,
} from "./stream.ts";
