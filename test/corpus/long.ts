// Long texts that are made to hold up whoever reads them: of each unit so many that a reader in square time needs minutes.
import { newCommand, Plugins } from "@micro-bot/core";
import { splitArgs } from "../../packages/engine/src/line/args.ts";
import { Matcher } from "../../packages/engine/src/line/matcher.ts";
import { readAddresses } from "../../packages/input-email/src/address.ts";
import { parseAuthResults } from "../../packages/input-email/src/auth-results.ts";
import { commandOf } from "../../packages/input-email/src/command.ts";
import { toHtml } from "../../packages/input-email/src/html.ts";
import { htmlText } from "../../packages/input-email/src/html-text.ts";
import { linesOf } from "../../packages/input-irc/src/compose.ts";
import { Gate } from "../../packages/input-xmpp/src/gate.ts";
import { splitText } from "../../packages/kit/src/split.ts";
import { hide } from "../../packages/stream-audit/src/hide.ts";

export interface Reader {
  readonly name: string;
  readonly units: readonly string[];
  read(text: string): unknown;
}

const patterns = new Plugins<ReturnType<typeof newCommand>>();
for (const pattern of ["^(a+)+$", "^(a|a)*$", "(.*)*x", "([a-zA-Z]+)*z", "^(([a-z])+.)+[A-Z]([a-z])+$"])
  patterns.set(
    pattern,
    newCommand(pattern, pattern, "", () => ""),
  );
const matcher = new Matcher(patterns);

/** Everything that reads or cuts what outsiders write. */
export const READERS: readonly Reader[] = [
  {
    name: "words of a command",
    units: ['"', "[", "[ ", "' ", '"a', "{}", "{} ", '=" ', '="', "='=", "“ ", '{" ', "it's ", "\\", "{ }x "],
    read: splitArgs,
  },
  { name: "patterns of commands", units: ["a", "aB", "a "], read: (text) => matcher.match(text) },
  {
    name: "the command of a mail",
    units: [
      ...[
        "On a ",
        "wrote: ",
        "am schrieb ",
        "{",
        '{"',
        "a\n",
        "Re: ",
        "-",
        "x schrieb :\n",
        "> a\n",
        "[EXT] ",
      ],
      ...["On 24.11.2026\n", "a@b 24.11.2026 wrote:\n> a\n", "From: a\n", "[\n\n", "'a\n", "CAUTION: ", "a@"],
    ],
    read(text) {
      const bodies = [[{ text, broken: Number.POSITIVE_INFINITY }]];
      return commandOf({ bodies, subject: text.slice(0, 100_000), answers: false });
    },
  },
  {
    name: "HTML of a mail",
    units: [
      "<",
      "&amp;",
      "<i>a</i>",
      "a <b>",
      "<p>",
      "<li>",
      "</p>",
      "<!--",
      '<a href="',
      "<title>",
      "<div>",
      "<br>",
    ],
    read: (text) => htmlText(text.slice(0, 500_000)),
  },
  { name: "addresses", units: ["(", '"', "<", ",", "a@b,", "\\"], read: readAddresses },
  {
    name: "Authentication-Results",
    units: ["(", '"', ";", "=", "a=b ", "\\("],
    read: (text) => parseAuthResults(`x; ${text}`),
  },
  {
    name: "markdown",
    units: ["*a ", "`", "[a](", "**", "_", "# ", "```\n", "- x\n", "x\n", "|", "|-\n", "a|b\n"],
    read: (text) => toHtml(text, "markdown"),
  },
  {
    name: "lines for IRC",
    units: ["x", "word ", "é", "👩‍🚀 ", "line\n", "a\u0301"],
    read: (text) => [...linesOf(text, 400)],
  },
  {
    name: "parts for XMPP",
    units: ["x", "word ", "é", "👩‍🚀 ", "line\n", "a\u0301"],
    read: (text) => [...splitText(text, 8000)],
  },
  {
    name: "stanzas",
    units: ["<a>x</a>", "<a b='x'/>", "x", "<a><![CDATA[]]]]></a>", "<a>", "&lt;"],
    read: (text) => new Gate().check(text),
  },
  {
    name: "secrets",
    units: [
      "a",
      "a.",
      "password",
      "token ",
      "://",
      "http://a",
      "-----BEGIN A-----",
      "bearer ",
      'password="\\\\',
      "pass=&",
      "-u a:",
    ],
    read: hide,
  },
];
