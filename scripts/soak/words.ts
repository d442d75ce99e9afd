/** What the bot's words to a person mean. `what` is a command as it was said: `count 7`. */
export type Meaning =
  | { readonly kind: "done" | "unknown" | "refused"; readonly what: string }
  | { readonly kind: "question"; readonly what: string }
  /** It is under way. */
  | { readonly kind: "progress"; readonly what: string }
  /** The choices of a question, on a line of their own. */
  | { readonly kind: "choices" }
  | { readonly kind: "probed"; readonly number: number; readonly pid: number }
  /** `run`, where the words end with what may be a run's id. */
  | { readonly kind: "other"; readonly run?: string };

const FORMS: readonly (readonly [RegExp, (n: string) => Meaning])[] = [
  [/^counted (\d+)$/, (n) => ({ kind: "done", what: `count ${n}` })],
  [/^ordered (\d+)$/, (n) => ({ kind: "done", what: `order ${n}` })],
  [/^ordering (\d+)$/, (n) => ({ kind: "progress", what: `order ${n}` })],
  [/^not ordered (\d+)$/, (n) => ({ kind: "refused", what: `order ${n}` })],
  [/^not deferred (\d+): /, (n) => ({ kind: "refused", what: `defer ${n}` })],
  [/^deferred (\d+)$/, (n) => ({ kind: "done", what: `defer ${n}` })],
  [/^really order (\d+)\?/, (n) => ({ kind: "question", what: `order ${n}` })],
];
const UNKNOWN = /^interrupted\b.*, outcome unknown: (\w+ \d+) \([^()]+\)$/;
const PROBED = /^probed (\d+) by (\d+)$/;
const RUN = /\(([\w-]+)\)$/;

export function understand(words: string): Meaning {
  const [, unknown] = UNKNOWN.exec(words) ?? [];
  if (unknown !== undefined) return { kind: "unknown", what: unknown };
  if (words === "(yes / no)") return { kind: "choices" };
  const [, number, pid] = PROBED.exec(words) ?? [];
  if (number !== undefined) return { kind: "probed", number: Number(number), pid: Number(pid) };
  for (const [form, meaning] of FORMS) {
    const [, n] = form.exec(words) ?? [];
    if (n !== undefined) return meaning(n);
  }
  const [, run] = RUN.exec(words) ?? [];
  return { kind: "other", ...(run !== undefined && { run }) };
}
