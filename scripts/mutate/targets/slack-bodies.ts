/** What Slack sends, as its documentation shows it: the kind of envelope, and its payload. */
type Body = readonly [type: string, body: Readonly<Record<string, unknown>>];

const TEAM = "T00000001";
const BOT = "UBOT00001";
const MESSAGE = {
  type: "message",
  user: "U0ALICE",
  text: `<@${BOT}> call svc *Ep* \`{"a":1}\` &amp; <https://x.example|x.example> <#C0DEV|>`,
  channel: "C0OPS",
  channel_type: "channel",
  client_msg_id: "5f0b5c1e-0000-4000-8000-000000000000",
  team: TEAM,
};
const LEAVES = [
  { type: "user", user_id: BOT },
  { type: "text", text: " call svc ", style: { bold: true } },
  { type: "link", url: "https://x.example", text: "x.example" },
  { type: "channel", channel_id: "C0DEV" },
  { type: "emoji", name: "wave", unicode: "1f44b" },
  { type: "broadcast", range: "here" },
];
const BLOCKS = [
  {
    type: "rich_text",
    block_id: "b",
    elements: [
      { type: "rich_text_quote", elements: LEAVES },
      { type: "rich_text_section", elements: LEAVES },
      {
        type: "rich_text_list",
        style: "ordered",
        indent: 0,
        elements: [{ type: "rich_text_section", elements: LEAVES }],
      },
      { type: "rich_text_preformatted", elements: [{ type: "text", text: '{"a":1}' }] },
    ],
  },
];
const PRESS = {
  type: "block_actions",
  team: { id: TEAM },
  user: { id: "U0ALICE", team_id: TEAM },
  channel: { id: "C0OPS" },
  message: { ts: "1.000001", thread_ts: "1.000000", text: "sure?", blocks: BLOCKS },
  container: { type: "message", message_ts: "1.000001", channel_id: "C0OPS" },
};
const BUTTON = { type: "button", block_id: "micro_choices:U0ALICE", action_id: "choice_0", value: "yes" };

/** All of them, each with the timestamp that makes it a new one. */
export const slackBodies: readonly ((ts: string) => Body)[] = [
  message({}),
  message({ type: "app_mention" }),
  message({ blocks: BLOCKS }),
  message({ channel: "D0ALICE", channel_type: "im", blocks: BLOCKS }),
  message({ thread_ts: "1.000001", subtype: "thread_broadcast", root: MESSAGE }),
  message({ subtype: "file_share", files: [{ id: "F1", name: "a.txt", size: 1 }] }),
  message({ user_team: "T2", source_team: "T2", bot_profile: null, bot_id: null }),
  message({ subtype: "message_changed", message: MESSAGE, previous_message: MESSAGE }),
  () => ["events_api", callback({ type: "reaction_added", user: "U0ALICE", reaction: "x", item: MESSAGE })],
  press({}),
  press({ block_id: "micro_choices:U0BOB" }),
  press({ block_id: "micro_choices", value: "approve ABCDE" }),
  () => ["slash_commands", { command: "/micro", text: "ping", user_id: "U0ALICE", channel_id: "C0OPS" }],
];

function message(more: object): (ts: string) => Body {
  return (ts) => ["events_api", callback({ ...MESSAGE, ...more, ts, event_ts: ts })];
}

function press(more: object): (ts: string) => Body {
  return (ts) => ["interactive", { ...PRESS, actions: [{ ...BUTTON, ...more, action_ts: ts }] }];
}

export function envelope(type: string, payload: unknown, number: number): Readonly<Record<string, unknown>> {
  return { envelope_id: `e${number}`, type, payload, accepts_response_payload: false, retry_attempt: 0 };
}

/** Alice says something that is as it should be. */
export function sayingOf(text: string, ts: string): Readonly<Record<string, unknown>> {
  return callback({ ...MESSAGE, text: `<@${BOT}> ${text}`, ts, event_ts: ts });
}

function callback(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { ts = "1" } = event as { ts?: string };
  return {
    type: "event_callback",
    team_id: TEAM,
    api_app_id: "A1",
    event_id: `Ev${ts}`,
    event_time: 1,
    event,
  };
}
