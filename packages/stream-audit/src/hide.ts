const HIDDEN = "[secret]";

const NAME =
  "pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?";
// In JSON inside of JSON a quote has a backslash before it.
const QUOTE = `\\\\?["']`;
// Up to the end of its quotes, where they end; an & in it is not yet the next of an URL's fields.
const BARE = `(?:[^\\s"'&]|&(?![\\w-]{1,40}=))+`;
const QUOTED = `\\\\"[^"]*"|"(?:[^"\\\\]|\\\\[^])*"|\\\\?'[^']*'`;
const VALUE = `${QUOTED}|(?:${QUOTE})?${BARE}`;
const EQUALS = `\\s{0,4}[=:]{1,2}>?\\s{0,4}`;

/**
 * What looks like a secret in what people type, by what gives it away. Each pattern is linear in the text: people also
 * type what is meant to stall a bot.
 */
const LOOKS: readonly (readonly [pattern: RegExp, shown: string])[] = [
  // A key in its own lines, also one whose end is missing.
  [/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, HIDDEN],
  // scheme://user:password@host
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,256}:)[^\s/]{1,512}@/gi, `$1${HIDDEN}@`],
  [
    new RegExp(`(\\bauthorization${QUOTE}?\\s{0,4}[=:]\\s{0,4}(?:${QUOTE})?(?:\\w{1,20} )?)[^\\s"']+`, "gi"),
    `$1${HIDDEN}`,
  ],
  [/(\bbearer\s{1,4})(?=\S{0,64}[0-9_.=-])\S{8,}/gi, `$1${HIDDEN}`],
  // password=…, "token": "…", SLACK_TOKEN=…, --db-password=…, ?api_key=…
  [new RegExp(`((?:${NAME})(?:${QUOTE})?${EQUALS})(?:${VALUE})`, "gi"), `$1${HIDDEN}`],
  // DB_PASS=…, pw=…
  [new RegExp(`((?<![a-z])(?:pass|pw)=)(?:${VALUE})`, "gi"), `$1${HIDDEN}`],
  // curl -u name:…
  [/((?:^|\s)(?:-u|--user)[\s=]{1,4}[^\s:]{1,256}:)\S+/g, `$1${HIDDEN}`],
  // --password …
  [new RegExp(`(--[\\w-]{0,40}(?:${NAME})\\s{1,4})(?!-)(?:${VALUE})`, "gi"), `$1${HIDDEN}`],
  // password hunter2, token is a1b2c3d4: with a digit it is no word of a sentence.
  [
    new RegExp(`(\\b(?:${NAME})\\s{1,4}(?:is\\s{1,4})?)(?=\\S{0,64}\\d)(?:${QUOTED}|[^\\s"'&]{6,})`, "gi"),
    `$1${HIDDEN}`,
  ],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/\bxox[a-z]-[A-Za-z0-9-]{8,}/g, HIDDEN],
  [/\bxapp-[A-Za-z0-9-]{8,}/g, HIDDEN],
  [/\b(?:gh[opsur]|github_pat|glpat)[_-][A-Za-z0-9_-]{20,}/g, HIDDEN],
  // Stripe, OpenAI, Anthropic; Google; npm; Hugging Face.
  [/\b(?:[rs]k_(?:live|test)_|sk-)(?=[\w-]{0,64}\d)[\w-]{16,}/g, HIDDEN],
  [/\b(?:AIza[\w-]{35}|npm_\w{36}|hf_\w{30,})/g, HIDDEN],
  // A JSON web token.
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, HIDDEN],
];

/** What each of the looks above has in it: most of what is said has none of these, and need not be looked through. */
const SUSPECT = /[:=@_-]|pass|pwd|secret|token|key|credential|bearer|AKIA|ASIA|AIza|eyJ/i;

/** The text without what looks like a secret in it. */
export function hide(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return LOOKS.reduce((shown, [pattern, instead]) => shown.replace(pattern, instead), text);
}
