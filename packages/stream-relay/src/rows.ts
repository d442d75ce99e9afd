import { hasFields, type Rows } from "@micro-bot/core";

/** What the relay keeps. Of what was carried it matters that it was: it is not to be carried twice. */
export const rows: Rows = {
  "room/": { fits: (value) => hasFields(value, { room: "string", name: "string" }) },
  "topic/": { fits: (value) => hasFields(value, { id: "string", text: "string" }) },
  "copy/": { fits: (value) => typeof value === "string" },
  "carried/": { fits: (value) => value === true, instead: () => true },
};
