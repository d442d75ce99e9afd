import { escaped } from "./encode.ts";

const ID = /^[A-Z0-9]+$/u;
const WORD = /^[\w-]+$/u;

type Part = Readonly<Record<string, unknown>>;

/**
 * What a person wrote in Slack's editor, without its formatting, as text of a message whose only marks are entities and
 * `<…>`. Undefined where it holds anything that is not known here.
 * https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export function fromBlocks(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks) || blocks.length === 0) return undefined;
  return joined(
    blocks.flatMap((block: unknown) => {
      const { type, elements } = partOf(block);
      return type === "rich_text" && Array.isArray(elements) ? elements.map(paragraph) : [undefined];
    }),
    "\n",
  );
}

function paragraph(element: unknown): string | undefined {
  const { type, elements, style, offset } = partOf(element);
  if (!Array.isArray(elements)) return undefined;
  switch (type) {
    case "rich_text_section":
      return joined(elements.map(leaf))?.replace(/\n$/u, "");
    case "rich_text_preformatted":
      return joined(elements.map(leaf));
    case "rich_text_quote":
      return joined(elements.map(leaf))?.replace(/^/gmu, "&gt; ");
    case "rich_text_list": {
      const first = 1 + (typeof offset === "number" ? offset : 0);
      const marked = (item: string | undefined, at: number) =>
        item === undefined ? undefined : `${style === "ordered" ? `${first + at}.` : "•"} ${item}`;
      return joined(elements.map(paragraph).map(marked), "\n");
    }
    default:
      return undefined;
  }
}

function leaf(element: unknown): string | undefined {
  const part = partOf(element);
  const word = (key: string, pattern: RegExp) => {
    const value = part[key];
    return typeof value === "string" && pattern.test(value) ? value : undefined;
  };
  const around = (before: string, value: string | undefined, after: string) =>
    value === undefined ? undefined : before + value + after;
  switch (part.type) {
    case "text":
      return typeof part.text === "string" ? escaped(part.text) : undefined;
    case "link":
      return link(part);
    case "user":
      return around("<@", word("user_id", ID), ">");
    case "channel":
      return around("<#", word("channel_id", ID), ">");
    case "usergroup":
      return around("<!subteam^", word("usergroup_id", ID), ">");
    case "broadcast":
      return around("<!", word("range", WORD), ">");
    case "emoji":
      return around(":", word("name", /^[^\s:<>&]+$/u), ":");
    case "color":
      return word("value", /^#?\w+$/u);
    default:
      return undefined;
  }
}

function link({ url, text }: Part): string | undefined {
  if (typeof url !== "string" || url === "") return undefined;
  const target = escaped(url).replaceAll("|", "%7C");
  return typeof text === "string" && text !== "" ? `<${target}|${escaped(text)}>` : `<${target}>`;
}

function joined(parts: readonly (string | undefined)[], between = ""): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(between);
}

function partOf(value: unknown): Part {
  return typeof value === "object" && value !== null ? (value as Part) : {};
}
