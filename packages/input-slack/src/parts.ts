// Loaded when the input starts: a bot that is not on Slack must not wait for it.
export { SlackConn } from "./conn.ts";
export { HttpEvents } from "./http.ts";
export { SILENT, Sockets } from "./sockets.ts";
