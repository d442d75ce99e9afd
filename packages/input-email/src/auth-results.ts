import { domainOf, endOfComment, endOfQuoted } from "./address.ts";

/** What one check found: RFC 8601, section 2.2. */
export interface Check {
  /** `dkim`, `spf`, `dmarc`, in lower case. */
  readonly method: string;
  /** `pass`, `fail`, in lower case. */
  readonly result: string;
  /** As `header.d`, in lower case. */
  readonly properties: ReadonlyMap<string, string>;
}

export interface AuthResults {
  /** The server that says so, in lower case. */
  readonly server: string;
  readonly checks: readonly Check[];
}

type Token = { readonly kind: "word" | "mark"; readonly text: string };

const WORD = /[^\s()"=;]+/uy;
// Senders' addresses hold = unquoted, against the letter of the standard.
const VALUE = /[^\s()";]+/uy;
const KEY = /^[a-z0-9_.-]+$/u;

/** Reads an Authentication-Results header; undefined when it is malformed. */
export function parseAuthResults(value: string): AuthResults | undefined {
  const tokens = tokensOf(value);
  const [head, ...statements] = tokens ? splitAt(tokens, ";") : [];
  const [server, version, ...more] = head ?? [];
  if (server?.kind !== "word" || more.length > 0) return undefined;
  if (version && !/^[0-9]+$/u.test(version.text)) return undefined;
  const checks: Check[] = [];
  for (const statement of statements) {
    if (statement.length === 0) continue;
    if (statement.length === 1 && statement[0]!.text.toLowerCase() === "none") continue;
    const check = checkOf(statement);
    if (!check) return undefined;
    checks.push(check);
  }
  return { server: server.text.toLowerCase(), checks };
}

function checkOf(tokens: readonly Token[]): Check | undefined {
  const pairs = pairsOf(tokens);
  const [first, ...rest] = pairs ?? [];
  if (!first) return undefined;
  const properties = new Map<string, string>();
  for (const [key, text] of rest) {
    // Said twice, it says nothing.
    if (properties.has(key)) return undefined;
    properties.set(key, text);
  }
  return { method: first[0].replace(/\/[0-9]+$/u, ""), result: first[1], properties };
}

function pairsOf(tokens: readonly Token[]): readonly (readonly [string, string])[] | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at < tokens.length; at += 3) {
    const [key, equals, text] = tokens.slice(at, at + 3);
    if (key?.kind !== "word" || equals?.text !== "=" || equals.kind !== "mark" || text?.kind !== "word")
      return undefined;
    const name = key.text.toLowerCase();
    if (!KEY.test(at === 0 ? name.replace("/", "") : name)) return undefined;
    pairs.push([name, text.text.toLowerCase()]);
  }
  return pairs;
}

// Comments are left out; a quoted text is a word.
function tokensOf(value: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < value.length; ) {
    const first = value[at]!;
    if (/[\u0000-\u0008\u000e-\u001f\u007f]/u.test(first)) return undefined;
    let end = at + 1;
    if (first === "(") {
      end = endOfComment(value, at);
      if (value[end - 1] !== ")") return undefined;
    } else if (first === '"') {
      end = endOfQuoted(value, at);
      if (end - at < 2 || value[end - 1] !== '"') return undefined;
      tokens.push({ kind: "word", text: value.slice(at + 1, end - 1).replace(/\\(.)/gsu, "$1") });
    } else if ((first === "=" && tokens.at(-1)?.text !== "=") || first === ";")
      tokens.push({ kind: "mark", text: first });
    else if (/\S/u.test(first)) {
      const word = tokens.at(-1)?.text === "=" && tokens.at(-1)?.kind === "mark" ? VALUE : WORD;
      word.lastIndex = at;
      if (!word.test(value)) return undefined;
      end = word.lastIndex;
      tokens.push({ kind: "word", text: value.slice(at, end) });
    }
    at = end;
  }
  return tokens;
}

function splitAt(tokens: readonly Token[], mark: string): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "mark" && token.text === mark) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

/**
 * Whether the server vouches for the domain of a From address. `values` are the mail's Authentication-Results headers from the
 * top: the first of that server is the one it wrote itself; those below may have come with the mail.
 */
export function isVouchedFor(values: readonly string[], server: string, from: string): boolean {
  const domain = domainOf(from);
  // One that cannot be read may be the server's own, spoilt by what the sender had it quote: nothing below it counts.
  const results = values
    .map(parseAuthResults)
    .find((one) => one === undefined || one.server === server.toLowerCase());
  const checks = results?.checks ?? [];
  const dmarc = checks.filter(({ method }) => method === "dmarc");
  if (dmarc.some(({ result }) => result === "fail")) return false;
  return checks.some((check) => check.result === "pass" && alignedDomain(check) === domain);
}

// The domain that a check is about. DMARC aligns by itself; of the others only the very same domain counts, as what belongs
// to one organisation cannot be told without a list of public suffixes.
function alignedDomain({ method, properties }: Check): string | undefined {
  const names: Readonly<Record<string, readonly string[]>> = {
    dmarc: ["header.from"],
    dkim: ["header.d", "header.i"],
    spf: ["smtp.mailfrom"],
  };
  const value = (Object.hasOwn(names, method) ? names[method]! : [])
    .map((name) => properties.get(name))
    .find((one) => one !== undefined);
  return value && domainOf(value);
}
