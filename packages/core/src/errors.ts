/**
 * What each error code asks of whoever catches it. The table is the source of docs/errors.md.
 * A code is an instruction, the message is for people.
 */
export const errorCodes = {
  config:
    "A flag, file or pattern is wrong. The program stops before any socket opens; the message names what to change.",
  not_connected: "The connection is lost. The engine calls `stream` again, with backoff.",
  closed: "The end was reached on purpose. The engine ends this input or connection quietly.",
  timeout: "The time allowed ran out. The person is told; nothing is retried by itself.",
  cancelled: "A person or a shutdown stopped it. The person is told.",
  not_found: "There is nothing of that name. The person is told the name.",
  denied: "This person may not do that. The person is told what would let them.",
  invalid: "What was typed cannot be used. The person is told which word and what to write instead.",
  conflict: "Somebody else wrote first. Read again, then decide.",
  damaged:
    "A row of the store is not as it was written: `detail.key` names it. The engine puts it aside, tells `status`, and goes on.",
  limited: "Too much or too fast. `detail.retryAfter` says after how many milliseconds to try again.",
  failed:
    "It was tried and did not work. The person is told the message; `detail` holds what the other side said.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface BotErrorOptions extends ErrorOptions {
  /** Plain data about the failure, for programs: which key, how long to wait, what a service answered. */
  detail?: Record<string, unknown>;
}

/**
 * The only error class. Recognise it by `code`, never by `instanceof`: two copies of core may be loaded.
 * Messages are lower case, say what and which, and never hold a secret.
 */
export class BotError extends Error {
  readonly code: ErrorCode;
  readonly detail: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: BotErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BotError";
    this.code = code;
    this.detail = options.detail ?? {};
  }
}

/** The code of anything thrown: its own where it is one of ours, otherwise `failed`. */
export function codeOf(error: unknown): ErrorCode {
  const code = read(error, "code");
  return typeof code === "string" && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : "failed";
}

/** The words of anything thrown, for a person. Never throws, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  const message = read(error, "message");
  if (typeof message === "string" && message !== "") return message;
  try {
    return String(error);
  } catch {
    return "something without words was thrown";
  }
}

// Anything may be thrown: what has no prototype, or a getter that throws.
function read(error: unknown, name: string): unknown {
  try {
    return (error as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
