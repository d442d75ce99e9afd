import type { Event } from "@micro-bot/core";
import { askedBy } from "./compose.ts";
import { ends, isId, isTs, personOf, type Self, timeOf } from "./hear.ts";
import type { Offer } from "./offers.ts";

/** A button of ours that was pressed. */
export interface Press {
  /** What stands on it, said by who pressed it. */
  readonly event: Event;
  /** The message that it stood under. */
  readonly offer: Offer;
  /** Who alone may press it; undefined: anybody. */
  readonly asked: string | undefined;
}

/**
 * Reads a press of a button: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload. Undefined when
 * it is none of ours.
 */
export function readPress(body: Readonly<Record<string, unknown>>, self: Self): Press | undefined {
  const field = (...path: string[]) => path.reduce<unknown>((at, key) => objectOf(at)[key], body);
  const text = (...path: string[]) => {
    const value = field(...path);
    return typeof value === "string" && value !== "" ? value.toWellFormed() : undefined;
  };
  const channel = text("channel", "id") ?? text("container", "channel_id");
  const user = text("user", "id");
  const at = text("message", "ts") ?? text("container", "message_ts");
  const [value, when] = [text("actions", "0", "value"), text("actions", "0", "action_ts")];
  const asked = askedBy(text("actions", "0", "block_id"));
  if (!asked || !value || !isId(channel) || !isId(user) || !isTs(at) || !isTs(when)) return undefined;
  const thread = text("message", "thread_ts") ?? text("container", "thread_ts");
  const team = text("user", "team_id") ?? text("team", "id");
  const guestOf = team === self.team ? undefined : team;
  const blocks = field("message", "blocks");
  return {
    event: {
      id: [self.team, channel, at, user, when].join("/"),
      type: "text",
      ...ends(channel, personOf(user, guestOf), self, thread),
      data: value,
      chosen: at,
      addressed: true,
      assurance: guestOf === undefined ? 2 : 1,
      time: timeOf(when),
      meta: channel.startsWith("D") ? { direct: true } : {},
    },
    offer: {
      channel,
      ts: at,
      text: text("message", "text") ?? "",
      blocks: Array.isArray(blocks) ? blocks.filter((one) => typeof objectOf(one).type === "string") : [],
    },
    asked: asked.person,
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
