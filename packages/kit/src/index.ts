export { type BatchOptions, batch } from "./batch.ts";
export { confusable, escapeConfusables } from "./confusables.ts";
export { formatAge, formatDuration, formatUtc, parseDuration } from "./duration.ts";
export { isBotError, socketMessage } from "./errors.ts";
export { canonicalJson } from "./json.ts";
export { type JsonBounds, jsonExcess } from "./json-bounds.ts";
export {
  formatTime,
  formatZone,
  offsetOf,
  systemZone,
  toInstant,
  toLocal,
  zoneFlag,
  zoneNamed,
} from "./local-time.ts";
export { Queue } from "./queue.ts";
export { RateLimiter } from "./rate.ts";
export { RecentMap } from "./recent.ts";
export { registryChanges } from "./registry-changes.ts";
export { type ObserveRegistry, type RegistryWatch, registryWatch } from "./registry-watch.ts";
export { aborted, Backoff, pause, rejection, within } from "./retry.ts";
export { type SplitOptions, splitText } from "./split.ts";
export { textTable } from "./table.ts";
export {
  afterMention,
  byteLength,
  clean,
  cutBefore,
  ellipsis,
  escapeCharacters,
  neutralizeBotCommands,
  oneLine,
  QUOTE,
} from "./text.ts";
export { Watchdog } from "./watchdog.ts";
export { readUntilKnown, type WriteOptions, type Written, writeIf, writeUntilKnown } from "./write.ts";
