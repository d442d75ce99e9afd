import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../src/decode.ts";
import { escaped } from "../src/encode.ts";
import { hear, textOf } from "../src/hear.ts";
import { unformatted, unmarked } from "../src/marks.ts";

const SELF = { team: "T00000001", user: "UBOT00001", name: "micro" };
const NAMES = {
  person: (id: string) => (id === "U0BOB" ? "bob" : undefined),
  channel: (id: string) => (id === "C0DEV" ? "dev" : undefined),
};
const AT = `<@${SELF.user}>`;
const MENTION = { type: "user", user_id: SELF.user };

function heard(text: string, blocks?: unknown, channel = "C0OPS") {
  const message = { type: "message", user: "U0ALICE", ts: "1.000001", channel, text, blocks };
  return hear(message, textOf(message, SELF)!, SELF, NAMES);
}

type Leaf = string | Readonly<Record<string, unknown>>;

const leaves = (all: readonly Leaf[]) =>
  all.map((one) => (typeof one === "string" ? { type: "text", text: one } : one));
const section = (...all: Leaf[]) => ({ type: "rich_text_section", elements: leaves(all) });
const block = (...all: Leaf[]) => ({ type: "rich_text_preformatted", elements: leaves(all) });
const quote = (...all: Leaf[]) => ({ type: "rich_text_quote", elements: leaves(all) });
const rich = (...elements: unknown[]) => [{ type: "rich_text", block_id: "x", elements }];
const styled = (text: string, style: string) => ({ type: "text", text, style: { [style]: true } });

describe("formatting comes off what was said", () => {
  it.each([
    ["code", `${AT} \`ping\``, "ping"],
    ["a part that is code", `${AT} deploy \`orders\` now`, "deploy orders now"],
    ["a code block", `${AT} call svc Ep \`\`\`{"a": "*b*"}\`\`\``, 'call svc Ep {"a": "*b*"}'],
    ["a code block of lines", `${AT} call svc Ep \`\`\`\n{"a": 1}\n\`\`\``, 'call svc Ep {"a": 1}'],
    ["bold", `${AT} *deploy orders*`, "deploy orders"],
    ["bold, with the mention", `*${AT} deploy*`, "deploy"],
    ["italics", `${AT} _deploy_ orders`, "deploy orders"],
    ["struck out", `${AT} deploy ~orders~`, "deploy orders"],
    ["all at once", `${AT} *_~\`deploy\`~_* orders`, "deploy orders"],
    ["code that shows marks", `${AT} echo \`*x* _y_\``, "echo *x* _y_"],
    ["an address that was typed", `${AT} ask <http://example.com|example.com>`, "ask example.com"],
    ["an address with a label", `${AT} ask <https://example.com|there>`, "ask there (https://example.com)"],
    ["an address of mail", `${AT} ask <mailto:a@b.example|a@b.example>`, "ask a@b.example"],
    [
      "an address in code",
      `${AT} call s E \`{"u":"<https://x.example/a_b_c>"}\``,
      'call s E {"u":"https://x.example/a_b_c"}',
    ],
    ["an address that is not in ASCII", `${AT} ask <http://x.example/%C3%A4|X.example/ä>`, "ask X.example/ä"],
    ["a channel without its name", `${AT} tell <#C0DEV|>`, "tell #dev"],
    ["a channel without a bar", `${AT} tell <#C0DEV>`, "tell #dev"],
    ["a channel that is not known", `${AT} tell <#C0NEW|>`, "tell #C0NEW"],
    ["entities", `${AT} echo \`a &amp;&amp; b &lt;c&gt; &amp;lt;\``, "echo a && b <c> &lt;"],
    ["what is quoted before it", `&gt; Whom?\n&gt; again\n${AT} Bob`, "Bob"],
  ])("%s", (_, text, data) => {
    expect(heard(text)).toMatchObject({ data, addressed: true });
  });

  it.each([
    ["a cron pattern", "every * * * * *, ping"],
    ["names with marks in them", "set snake_case_name 2*3*4 ~/a ~/b"],
    ["wildcards", "list *.example.com *.example.org"],
    ["JSON", 'call s E {"_id_":"*x*"}'],
    ["marks alone", "* _ ~ ` ** __"],
    ["a mark that is not closed", "*deploy `orders"],
  ])("and stays in %s", (_, text) => {
    expect(heard(`${AT} ${text}`).data).toBe(text);
  });

  it.each([
    ["code", `${AT} \`ping\``, rich(section(MENTION, " ", styled("ping", "code"))), "ping"],
    [
      "marks that were typed, and are none",
      `${AT} echo *x* _y_`,
      rich(section(MENTION, " echo *x* _y_")),
      "echo *x* _y_",
    ],
    [
      "code that holds marks of code",
      `${AT} echo \`a\` b \``,
      rich(section(MENTION, " echo `a` b `")),
      "echo `a` b `",
    ],
    [
      "a code block behind words",
      `${AT} call svc Ep \`\`\`{"a":"&lt;b&gt;"}\`\`\``,
      rich(section(MENTION, " call svc Ep "), block('{"a":"<b>"}')),
      'call svc Ep \n{"a":"<b>"}',
    ],
    [
      "a link",
      `${AT} ask <http://example.com|example.com>`,
      rich(section(MENTION, " ask ", { type: "link", url: "http://example.com", text: "example.com" })),
      "ask example.com",
    ],
    [
      "people, channels and emoji",
      `${AT} tell <@U0BOB> <#C0DEV|> :wave:`,
      rich(
        section(
          MENTION,
          " tell ",
          { type: "user", user_id: "U0BOB" },
          " ",
          {
            type: "channel",
            channel_id: "C0DEV",
          },
          " ",
          { type: "emoji", name: "wave", unicode: "1f44b" },
        ),
      ),
      "tell @bob #dev :wave:",
    ],
    [
      "a list",
      `${AT} note\n1. one\n2. two`,
      rich(section(MENTION, " note\n"), {
        type: "rich_text_list",
        style: "ordered",
        elements: [section("one"), section("two")],
      }),
      "note\n1. one\n2. two",
    ],
    ["a quote", `&gt; Whom?\n${AT} Bob`, rich(quote("Whom?"), section(MENTION, " Bob")), "Bob"],
    ["blocks that say less than the text", `${AT} ping pong`, rich(section(MENTION, " ping")), "ping pong"],
    ["blocks that say something else", `${AT} ping`, rich(section(MENTION, " pong")), "ping"],
    [
      "blocks with what is not known here",
      `${AT} *ping*`,
      [...rich(section(MENTION, " ping")), { type: "image" }],
      "ping",
    ],
    ["blocks that are none", `${AT} *ping*`, [{ type: "rich_text", elements: [{ toString: 1 }] }], "ping"],
  ])("by the blocks: %s", (_, text, blocks, data) => {
    expect(heard(text, blocks)).toMatchObject({ data, addressed: true });
  });

  it("of what is only overheard leaves what it quotes", () => {
    expect(heard("&gt; Whom?\n*Bob*")).toMatchObject({ addressed: false, data: "> Whom?\nBob" });
    expect(heard("&gt; Whom?\n*Bob*", undefined, "D0ALICE")).toMatchObject({ addressed: true, data: "Bob" });
  });

  it("loses no letter, whatever is said and however it is marked", () => {
    const mark = fc.constantFrom(
      "*",
      "_",
      "~",
      "`",
      "```",
      " ",
      "\n",
      "a",
      "b1",
      "ä",
      "&",
      "<",
      ">",
      "|",
      ".",
    );
    const said = fc.array(mark, { maxLength: 40 }).map((parts) => escaped(parts.join("")));
    const letters = (text: string) => decode(text, NAMES).replace(/[^\p{L}\p{N}]/gu, "");
    fc.assert(
      fc.property(said, said, (text, other) => {
        expect(letters(unmarked(text))).toBe(letters(text));
        const blocks = rich(section(decode(other, NAMES)));
        expect(letters(unformatted(text, blocks))).toBe(letters(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("by the blocks gives what was typed, whatever that was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (typed) => {
        expect(unformatted(escaped(typed), rich(section(typed)))).toBe(escaped(typed).replace(/\n$/u, ""));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes no longer than the text is long", () => {
    for (const part of ["*a ", "_", "`", "```", "~x", "<", "*_~`", "&gt; ", "* *"])
      expect(unmarked(part.repeat(20_000))).toBeTypeOf("string");
  });
});
