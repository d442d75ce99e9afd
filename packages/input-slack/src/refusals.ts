import { BotError, type ErrorCode, messageOf } from "@micro-bot/core";

/** Errors of the token itself: trying again does not mend them. https://docs.slack.dev/reference/methods/auth.test#errors */
const BAD_TOKEN = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "no_permission",
  "org_login_required",
]);

/** What Slack's other errors mean for one message, and what to do about them. */
const REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  channel_not_found: [
    "not_found",
    "there is no such channel, or the bot is not in it: /invite the bot there",
  ],
  not_in_channel: ["denied", "the bot is not in that channel: /invite it there"],
  is_archived: ["denied", "the channel is archived"],
  restricted_action: ["denied", "the workspace does not let the bot write there"],
  user_not_found: ["not_found", "there is no such person"],
  users_not_found: ["not_found", "there is no such person"],
  cannot_dm_bot: ["denied", "a bot cannot write to a bot"],
  user_disabled: ["denied", "that person's account is closed"],
  thread_not_found: ["not_found", "the thread is gone"],
  message_not_found: ["not_found", "the message is gone"],
  msg_too_long: ["invalid", "the text is too long"],
  msg_blocks_too_long: ["invalid", "the text is too long"],
  no_text: ["invalid", "there is nothing to say"],
  // Slack says of these that something may have been done before.
  internal_error: ["timeout", "Slack failed, and may have taken it"],
  fatal_error: ["timeout", "Slack failed, and may have taken it"],
  request_timeout: ["timeout", "Slack took too long, and may have taken it"],
  service_unavailable: ["not_connected", "Slack is not available"],
};

/** Errors that come before anything was sent: nothing can have been taken. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** How long to wait, in milliseconds, when Slack does not say. */
const PAUSE = 30_000;

/** What the web client throws, as far as it is read here. */
interface WebError {
  readonly code?: string;
  readonly data?: { readonly error?: string; readonly needed?: string };
  readonly retryAfter?: number;
  readonly statusCode?: number;
  readonly original?: Error;
}

/** A failed call of Slack's Web API as our error. `flag` is the one that holds the token of the call. */
export function refusal(thrown: unknown, method: string, flag = "slack_token"): BotError {
  if (thrown instanceof BotError) return thrown;
  const error = (typeof thrown === "object" && thrown !== null ? thrown : {}) as WebError;
  const said = error.data?.error;
  const named = (code: ErrorCode, why: string, detail = {}) =>
    new BotError(code, `[input-slack] ${method}: ${why}`, { detail });
  if (said !== undefined) return platform(said);
  if (error.retryAfter !== undefined)
    return named("limited", "too many messages", { retryAfter: error.retryAfter * 1000 });
  if (error.statusCode !== undefined) return named("timeout", `Slack answered with HTTP ${error.statusCode}`);
  const original = error.original;
  if (!original) return named("failed", messageOf(thrown));
  const cause = (original.cause as { code?: string } | undefined)?.code;
  if (cause !== undefined && NOT_SENT.has(cause)) return named("not_connected", `no connection: ${cause}`);
  if (original.name === "TimeoutError") return named("timeout", "no answer in time");
  return named("timeout", `the answer was lost: ${cause ?? original.message}`);

  function platform(said: string): BotError {
    const detail = { slack: said };
    if (BAD_TOKEN.has(said))
      return new BotError("config", `[input-slack] ${flag}: Slack refused it: ${said}`, { detail });
    if (said === "missing_scope") {
      const scope = String(error.data?.needed ?? "a scope").slice(0, 100);
      return named("denied", `the app lacks the scope ${scope}: add it and install the app again`, detail);
    }
    if (said === "ratelimited" || said === "rate_limited")
      return named("limited", "too many messages", { ...detail, retryAfter: PAUSE });
    const [code, why] = Object.hasOwn(REFUSALS, said) ? REFUSALS[said]! : (["failed", said] as const);
    return named(code, why, detail);
  }
}

/** What Slack itself called the error. */
export function slackError(error: unknown): string | undefined {
  const { detail } = error as { detail?: { slack?: string } };
  return detail?.slack;
}
