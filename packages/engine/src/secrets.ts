/** Hides the values of secret flags wherever text leaves the bot. */
export type Redact = (text: string) => string;

const HIDDEN = "[secret]";
// Shorter values occur in ordinary words; hiding those would hide everything and tell what the secret is.
const SHORTEST = 4;

/** Hides each value as it is, and as JSON, URLs and base64 would write it. */
export function redactor(secrets: Iterable<string>): Redact {
  const forms = [...secrets].filter((secret) => secret.length >= SHORTEST).flatMap(formsOf);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  const pattern = new RegExp(longestFirst.map((form) => escapePattern(form)).join("|"), "g");
  return (text) => text.replace(pattern, HIDDEN);
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
  ];
}

// RegExp.escape is there only from Node 24 on.
function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
