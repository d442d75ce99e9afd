import type { Log } from "@micro-bot/core";

const write = () => {};
/** A log that nobody reads. */
export const silent: Log = { debug: write, info: write, warn: write, error: write };
