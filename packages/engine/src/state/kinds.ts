import { hasFields, type Json, type RowKind, type Rows, type When } from "@micro-bot/core";

const ADDRESS = { input: "string", room: "string", person: "string?", thread: "string?" } as const;
const EVENT = {
  id: "string",
  type: "string",
  data: "string",
  from: "object",
  to: "object",
  addressed: "boolean",
  assurance: "number",
  time: "number",
  meta: "object",
  names: "object?",
  files: "list?",
  choices: "strings?",
} as const;
const REST = { text: "string", format: "string?", run: "string?", since: "number" } as const;
const STATES: readonly unknown[] = ["accepted", "waiting", "begun"];
const WHENS = [{ at: "number" }, { every: "number" }, { cron: "string", zone: "string" }] as const;

/** What each step of a run's log has besides its kind. */
const STEPS: Readonly<Record<string, Parameters<typeof hasFields>[1]>> = {
  reply: {},
  ask: { until: "number", lane: "string", choices: "strings?" },
  later: { job: "object" },
  once: { name: "string" },
  result: { name: "string" },
  lost: {},
};

const text: RowKind = { fits: (value) => typeof value === "string" };

/** The engine's own rows in the store: see the table in docs/concepts.md. What is remembered may be anything. */
export const KINDS: Rows = {
  // Of what was seen it matters that it was: nothing is to run twice.
  "seen/": { ...text, instead: () => "" },
  "run/": { fits: isRun },
  // A run whose log is not whole is not done again.
  "log/": { fits: isStep, instead: () => ({ kind: "lost" }) },
  "ask/": { fits: isQuestion },
  "answer/": text,
  "out/": { fits: isMessage },
  "more/": { fits: (value) => hasFields(value, REST) },
  "job/": { fits: isJob },
  "due/": {
    fits: (value, key) =>
      typeof value === "string" && /^due\/\d{15}\//u.test(key) && key.endsWith(`/${value}`),
  },
  "replica/": { fits: (value, key) => isReplica(value) && key.endsWith(`/${value.id}`) },
  "lease/": { fits: (value) => hasFields(value, { holder: "string" }) },
};

/** Whether a value is a job with what it needs to be said again. */
export function isJob(value: Json, key: string): boolean {
  const kept = { id: "string", text: "string", owner: "string", next: "number", made: "number" } as const;
  if (!hasFields(value, { ...kept, when: "object", person: "object", event: "object" })) return false;
  const { id, when, person, event } = value as { id: string; when: When; person: Json; event: Json };
  return (
    key === `job/${id}` &&
    WHENS.some((fields) => hasFields(when, fields)) &&
    isAddress(person) &&
    isEvent(event)
  );
}

function isRun(value: Json): boolean {
  if (
    !hasFields(value, {
      event: "object",
      holder: "string",
      state: "string",
      deaths: "number",
      command: "string?",
    })
  )
    return false;
  const { event, state, answers } = value as { event: Json; state: string; answers?: Json };
  return STATES.includes(state) && isEvent(event) && (answers === undefined || isAnswer(answers));
}

function isAnswer(value: Json): boolean {
  return hasFields(value, { run: "string", index: "number", answer: "string" });
}

function isStep(value: Json): boolean {
  if (!hasFields(value, { kind: "string" })) return false;
  const { kind } = value as { kind: string };
  return Object.hasOwn(STEPS, kind) && hasFields(value, STEPS[kind]!);
}

function isQuestion(value: Json): boolean {
  const fields = { run: "string", index: "number", lane: "string", until: "number" } as const;
  return hasFields(value, { ...fields, thread: "string?", choices: "strings?" });
}

function isMessage(value: Json): boolean {
  if (!hasFields(value, { event: "object", since: "number", holder: "string" })) return false;
  return isEvent((value as { event: Json }).event);
}

function isReplica(value: Json): value is Json & { readonly id: string } {
  return hasFields(value, {
    id: "string",
    host: "string",
    pid: "number",
    machine: "string?",
    began: "string?",
  });
}

function isEvent(value: Json): boolean {
  if (!hasFields(value, EVENT)) return false;
  const { from, to } = value as { from: Json; to: Json };
  return isAddress(from) && isAddress(to);
}

function isAddress(value: Json): boolean {
  return hasFields(value, ADDRESS);
}
