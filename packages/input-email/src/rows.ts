import { hasFields, type Rows } from "@micro-bot/core";

const PLACE = {
  validity: "string",
  uid: "number",
  done: "list",
  time: "number",
  floor: "number",
  moved: "number",
} as const;

/** What the input keeps. Of a mail that is done it matters that it is: nothing is to run twice. */
export const rows: Rows = {
  "position/": { fits: (value) => hasFields(value, PLACE) },
  "thread/": { fits: (value) => typeof value === "string" },
  "seen/": { fits: (value) => value === true, instead: () => true },
};
