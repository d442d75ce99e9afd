import { createHash } from "node:crypto";
import { BotError, type Content, type Event } from "@micro-bot/core";
import { clean, ellipsis, splitText } from "@micro-bot/kit";
import { encode } from "./encode.ts";

/** UTF-16 units of a person's text in one message: easy to read, and even all of `&` stays below Slack's 40,000. */
const MESSAGE_LENGTH = 3500;
/** More than so many messages, and the text is sent as one file. */
const MOST_MESSAGES = 4;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block */
const SECTION_LENGTH = 3000;
/** https://docs.slack.dev/reference/block-kit/block-elements/button-element and actions-block */
const BUTTON = { text: 75, value: 2000, most: 25 } as const;
/** Names the blocks of buttons that are ours; who is asked stands behind it, as in `micro_choices:U061F7AUR`. */
const CHOICES = "micro_choices";

/** One call's worth of a reply. */
export type Part =
  | { readonly text: string; readonly mrkdwn: boolean; readonly blocks?: readonly Block[] }
  | { readonly name: string; readonly data: Buffer };

/** Block Kit, as far as it is used here. */
export type Block = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Who is asked by a block of buttons, from its `block_id`: nobody in particular, or one person. Undefined: it is none of ours. */
export function askedBy(id: string | undefined): { readonly person: string | undefined } | undefined {
  const [name, person] = id?.split(":", 2) ?? [];
  return name === CHOICES ? { person: person || undefined } : undefined;
}

/** Whether a block holds buttons of ours. */
export function isChoices({ block_id: id }: Block): boolean {
  return askedBy(typeof id === "string" ? id : undefined) !== undefined;
}

/** A reply as messages and files, in order. Throws `invalid` when there is nothing to say. */
export function compose(event: Event, { mention }: { readonly mention: string | undefined }): Part[] {
  const { format = "plain", choices = [], files = [] } = event;
  const offered = canBeButtons(choices) ? choices : [];
  const words = offered.length < choices.length ? `\n(${choices.join(" / ")})` : "";
  const data = clean(`${event.action ? "* " : ""}${event.data}${words}`);
  const prefix = mention === undefined ? "" : `<@${mention}> `;
  const parts: Part[] = data.trim() === "" ? [] : texts(event, data, prefix);
  const parts2 = offered.length > 0 ? withButtons(parts, offered, event.to.person) : parts;
  const all = [...parts2, ...files.map(attached)];
  if (all.length === 0) throw new BotError("invalid", "[input-slack] there is nothing to say");
  return all;

  function texts(event: Event, data: string, prefix: string): Part[] {
    // Markdown that is cut loses its fences.
    const cut = format !== "markdown" || data.length <= MESSAGE_LENGTH;
    const pieces = cut ? [...splitText(data, MESSAGE_LENGTH, { unit: "characters" })] : [];
    if (pieces.length === 0 || pieces.length > MOST_MESSAGES) return [wholeAsFile(event, data)];
    const mrkdwn = format !== "plain";
    return pieces.map((piece, at) => ({ text: (at === 0 ? prefix : "") + encode(piece, format), mrkdwn }));
  }
}

/** Names the file of a long reply. It is the same for the same event, so that it can be found again. */
function wholeAsFile({ id, format }: Event, data: string): Part {
  const hash = createHash("sha256").update(id).digest("hex").slice(0, 12);
  return { name: `reply-${hash}.${format === "markdown" ? "md" : "txt"}`, data: Buffer.from(data) };
}

function attached({ name, data, encoding }: NonNullable<Content["files"]>[number]): Part {
  const plain = clean(name)
    .replace(/[\n\t/\\]+/gu, "_")
    .slice(0, 200);
  return { name: plain || "file", data: Buffer.from(data, encoding ?? "utf8") };
}

function canBeButtons(choices: readonly string[]): boolean {
  const fits = (choice: string) => clean(choice).trim() !== "" && choice.length <= BUTTON.value;
  return choices.length <= BUTTON.most && choices.every(fits);
}

// Blocks stand instead of the text, which is then only for notifications.
function withButtons(parts: readonly Part[], choices: readonly string[], person: string | undefined): Part[] {
  const last = parts.at(-1);
  const buttons: Block = {
    type: "actions",
    block_id: person === undefined ? CHOICES : `${CHOICES}:${person}`,
    elements: choices.map((value, at) => ({
      type: "button",
      action_id: `choice_${at}`,
      text: { type: "plain_text", text: labelOf(value), emoji: false },
      value,
    })),
  };
  if (!last || !("text" in last) || last.text.length > SECTION_LENGTH)
    return [...parts, { text: encode(choices.join(" / "), "plain"), mrkdwn: false, blocks: [buttons] }];
  const section: Block = { type: "section", text: { type: "mrkdwn", text: last.text, verbatim: true } };
  return [...parts.slice(0, -1), { ...last, blocks: [section, buttons] }];
}

function labelOf(choice: string): string {
  return ellipsis(clean(choice).replaceAll("\n", " "), BUTTON.text);
}
