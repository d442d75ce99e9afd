// Events of Slack whose author is not U0ALICE of T00000001, the workspace of the bot. BOT stands for the bot's id.
import type { Outcome } from "./outcome.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface SlackForgery {
  readonly name: string;
  /** Of the envelope. */
  readonly type: "events_api" | "interactive" | "slash_commands";
  /** The event of an events_api payload, or a whole payload of another type; over what is usual. */
  readonly fields: Fields;
  /** Of an events_api payload, beside the event. */
  readonly outer?: Fields;
  readonly outcome: Outcome;
}

const MALLORY = "U0MALLORY";
const ALICE = "U0ALICE";
const ELSEWHERE = "T99999999";
const alice = { id: ALICE, name: "alice", real_name: "alice", display_name: "alice" };

// Written by mallory, dressed as alice.
const dressed: readonly (readonly [string, Fields])[] = [
  ["a name that is shown", { username: "alice" }],
  ["a profile", { user_profile: alice }],
  [
    "the author in a block",
    { blocks: [{ type: "rich_text", elements: [{ type: "user", user_id: ALICE }] }] },
  ],
  [
    "a user in the blocks",
    { blocks: [{ type: "section", user: ALICE, text: { type: "mrkdwn", text: "<@BOT> COMMAND" } }] },
  ],
  [
    "a user in the metadata",
    { metadata: { event_type: "x", event_payload: { user: ALICE, user_id: ALICE } } },
  ],
  [
    "an attachment of alice's",
    { attachments: [{ author_id: ALICE, author_name: "alice", text: "<@BOT> COMMAND" }] },
  ],
  ["a thread of alice's", { parent_user_id: ALICE, thread_ts: "1.000001" }],
  ["an edit by alice", { edited: { user: ALICE, ts: "1.000001" } }],
  ["a file of alice's", { subtype: "file_share", files: [{ id: "F1", user: ALICE, name: "x" }] }],
  ["an inviter", { inviter: ALICE, purpose: "x" }],
  ["alice is spoken to", { text: `<@${ALICE}> <@BOT> COMMAND` }],
  ["a mention of alice after the bot's", { text: `<@BOT> <@${ALICE}>: COMMAND` }],
  ["alice's id in a field that is near", { user_id: ALICE, sender: ALICE, from: ALICE, "user ": ALICE }],
  ["an assistant's thread of alice's", { assistant_thread: { user_id: ALICE } }],
];

const ids: readonly (readonly [string, unknown])[] = [
  ["another first letter", "W0ALICE"],
  ["a digit for a letter", "U0AL1CE"],
];

// What no id of Slack's looks like is nobody's.
const noIds: readonly (readonly [string, unknown])[] = [
  ["a list", [ALICE]],
  ["an object", alice],
  ["nothing", null],
  ["an empty text", ""],
  ["in small letters", "u0alice"],
  ["followed by a space", "U0ALICE "],
  ["in part Cyrillic", "U0АLICE"],
  ["followed by a letter that is not seen", "U0ALICE\u200b"],
  ["a mention", "<@U0ALICE>"],
];

// The very id of alice, in another company: an id is one person's only within its workspace.
const guests: readonly (readonly [string, Fields, Fields?])[] = [
  ["by the author's team", { user: ALICE, user_team: ELSEWHERE }],
  ["by the message's team", { user: ALICE, team: ELSEWHERE }],
  ["by both", { user: ALICE, team: ELSEWHERE, user_team: ELSEWHERE, source_team: ELSEWHERE }],
  ["by the source's team alone", { user: ALICE, source_team: ELSEWHERE }],
  ["where one field says ours", { user: ALICE, team: ELSEWHERE, user_team: "T00000001" }],
  ["by the envelope alone", { user: ALICE, team: undefined }, { team_id: ELSEWHERE }],
  ["as a mention", { type: "app_mention", user: ALICE, user_team: ELSEWHERE }],
  [
    "with the name alice besides",
    { user: ALICE, user_team: ELSEWHERE, username: "alice", user_profile: alice },
  ],
];

// Not a person's word, though alice is in it.
const notSaid: readonly (readonly [string, Fields])[] = [
  [
    "a bot's message in the name of alice",
    { subtype: "bot_message", bot_id: "B1", username: "alice", user: undefined },
  ],
  ["a bot's message with alice's id", { bot_id: "B1", user: ALICE }],
  ["a message of an app with a profile", { bot_profile: { id: "B1", name: "alice" }, user: ALICE }],
  [
    "an edited message, by alice",
    {
      subtype: "message_changed",
      user: undefined,
      message: {
        type: "message",
        user: MALLORY,
        text: "<@BOT> COMMAND",
        ts: "1.000001",
        edited: { user: ALICE, ts: "2.000001" },
      },
    },
  ],
  [
    "an edited message of alice's",
    {
      subtype: "message_changed",
      message: {
        type: "message",
        user: ALICE,
        text: "<@BOT> COMMAND",
        ts: "1.000001",
        edited: { user: MALLORY, ts: "2.000001" },
      },
    },
  ],
  [
    "a message that was taken away",
    { subtype: "message_deleted", user: ALICE, previous_message: { user: ALICE, text: "<@BOT> COMMAND" } },
  ],
  ["an answer to alice", { subtype: "message_replied", message: { user: ALICE, text: "<@BOT> COMMAND" } }],
  ["a topic of alice's", { subtype: "channel_topic", user: ALICE, topic: "<@BOT> COMMAND" }],
  ["a purpose of alice's", { subtype: "channel_purpose", user: ALICE }],
  ["somebody who joins", { subtype: "channel_join", user: ALICE }],
  ["a reminder", { subtype: "reminder_add", user: ALICE }],
  ["Slack's own bot", { user: "USLACKBOT", username: "alice" }],
  [
    "a reaction of alice's",
    {
      type: "reaction_added",
      user: ALICE,
      reaction: "ok",
      item: { type: "message", channel: "C0OPS", ts: "1.000001" },
    },
  ],
  ["a link that was shared", { type: "link_shared", user: ALICE, links: [{ url: "https://x.example" }] }],
  ["a message's list of messages", { text: undefined, messages: [{ user: ALICE, text: "<@BOT> COMMAND" }] }],
];

const press = (user: Fields, more: Fields = {}): Fields => ({
  type: "block_actions",
  team: { id: "T00000001" },
  user,
  channel: { id: "C0OPS" },
  message: { ts: "1.000001", user: ALICE },
  container: { type: "message", message_ts: "1.000001", channel_id: "C0OPS" },
  actions: [{ type: "button", block_id: "micro_choices", value: "COMMAND", action_ts: "TS" }],
  ...more,
});
const ours = { team_id: "T00000001" };
const button = (block_id: string) => [{ type: "button", block_id, value: "COMMAND", action_ts: "TS" }];

const presses: readonly (readonly [string, Fields, Outcome])[] = [
  ["by mallory", press({ id: MALLORY, ...ours }), "no"],
  ["by mallory, called alice", press({ id: MALLORY, name: "alice", username: "alice", ...ours }), "no"],
  ["by alice's id elsewhere", press({ id: ALICE, team_id: ELSEWHERE }), "no"],
  ["by alice's id elsewhere, by the payload's team", press({ id: ALICE }, { team: { id: ELSEWHERE } }), "no"],
  [
    "by alice's id, where the two teams differ",
    press({ id: ALICE, ...ours }, { team: { id: ELSEWHERE }, user: { id: ALICE, team_id: ELSEWHERE } }),
    "no",
  ],
  ["under another app's message", press({ id: ALICE, ...ours }, { actions: button("other") }), "nothing"],
  ["by nobody", press({ name: "alice", ...ours }), "nothing"],
  [
    "by alice, with no value",
    press({ id: ALICE, ...ours }, { actions: [{ block_id: "micro_choices", action_ts: "TS" }] }),
    "nothing",
  ],
];

const slash: Fields = {
  command: "/micro",
  text: "COMMAND",
  user_id: ALICE,
  user_name: "alice",
  team_id: "T00000001",
  channel_id: "C0OPS",
};

export const slackForgeries: readonly SlackForgery[] = [
  ...dressed.map(
    ([name, fields]): SlackForgery => ({
      name,
      type: "events_api",
      fields: { user: MALLORY, ...fields },
      outcome: "no",
    }),
  ),
  ...ids.map(
    ([name, user]): SlackForgery => ({
      name: `an id with ${name}`,
      type: "events_api",
      fields: { user },
      outcome: "no",
    }),
  ),
  ...noIds.map(
    ([name, user]): SlackForgery => ({
      name: `an id that is ${name}`,
      type: "events_api",
      fields: { user },
      outcome: "nothing",
    }),
  ),
  ...guests.map(
    ([name, fields, outer]): SlackForgery => ({
      name: `alice's id in another workspace, ${name}`,
      type: "events_api",
      fields,
      ...(outer && { outer }),
      outcome: "no",
    }),
  ),
  ...notSaid.map(
    ([name, fields]): SlackForgery => ({
      name,
      type: "events_api",
      fields: { user: MALLORY, ...fields },
      outcome: "nothing",
    }),
  ),
  ...presses.map(
    ([name, fields, outcome]): SlackForgery => ({
      name: `a button pressed ${name}`,
      type: "interactive",
      fields,
      outcome,
    }),
  ),
  {
    name: "a slash command, which the bot has none of",
    type: "slash_commands",
    fields: slash,
    outcome: "nothing",
  },
  {
    name: "a form",
    type: "interactive",
    fields: { ...slash, type: "view_submission", user: alice },
    outcome: "nothing",
  },
];
