// Loaded when the input starts: a bot that does not read mail must not wait for it.
export { EmailConn } from "./conn.ts";
export { Exchanger } from "./exchanger.ts";
export { Mailbox } from "./mailbox.ts";
export { Position } from "./position.ts";
export { Seen } from "./seen.ts";
export { Sender } from "./sender.ts";
export { Threads } from "./threads.ts";
