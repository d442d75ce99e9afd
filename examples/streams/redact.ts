import { streams } from "@micro-bot/core";

/** Keys of AWS, GitHub and Slack. */
const KEY = /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|xox[abeprs]-[\w-]{10,})/g;

streams.set("redact", {
  name: "redact",
  send: (event, next) => next({ ...event, data: event.data.replace(KEY, "(a key stood here)") }),
});
