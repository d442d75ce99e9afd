import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Assurance, BotError, messageOf, parseAddress } from "@micro-bot/core";
import { canonicalJson, parseDuration } from "@micro-bot/kit";
import { type Account, parseAccount } from "./account.ts";
import { type Document, fault, type Path, readDocument } from "./document.ts";
import type { Approval, ArgPattern, ArgPatterns, Group, Policy, Room, Rule } from "./policy.ts";
import { schemaFault } from "./schema.ts";

/** One word or several. */
type Words = string | readonly string[];

/** A rule as it is written. The schema has been asked. */
interface Written {
  readonly name?: string;
  readonly command: Words;
  readonly args?: Words;
  readonly rooms?: Words;
  readonly allow?: Words;
  readonly deny?: Words;
  readonly assurance?: Assurance;
  readonly approval?: {
    readonly by: Words;
    readonly count?: number;
    readonly in?: string;
    readonly within?: string;
  };
  readonly why?: string;
}

interface Whole {
  readonly people?: Readonly<Record<string, Words>>;
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly Written[];
}

const MAX_WITHIN_MS = 7 * 86_400_000;
const WITHIN = "10m";
/** Characters of an access file: the store keeps the last good one. */
const MAX_TEXT = 1_000_000;
const require = createRequire(import.meta.url);

/** Reads an access file. Throws `config` that names file, line and the word at fault. */
export function loadPolicy(file: string): Policy {
  return parsePolicy(file, readText(file));
}

/** The text of an access file. Throws `config`. */
export function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new BotError("config", `[stream-access] access_file: it cannot be read: ${messageOf(error)}`);
  }
  if (text.length <= MAX_TEXT) return text;
  throw new BotError(
    "config",
    `[stream-access] access_file: ${file} has ${text.length} characters, and ${MAX_TEXT} are the most`,
  );
}

export function parsePolicy(file: string, text: string): Policy {
  const document = readDocument(file, text);
  const wrong = checked(file, document);
  if (wrong) throw fault(file, document.lineOf(wrong.path), wrong.what);
  return new Reader(file, document).policy();
}

// The validator breaks on a key that is half a character.
function checked(file: string, { value }: Document): ReturnType<typeof schemaFault> {
  try {
    return schemaFault(value);
  } catch (error) {
    throw fault(file, 1, `it cannot be checked: ${messageOf(error)}`);
  }
}

/** What the schema cannot know: whether the words fit each other. */
class Reader {
  readonly #file: string;
  readonly #document: Document;
  readonly #whole: Whole;
  readonly #names: ReadonlySet<string>;
  readonly #roles: ReadonlyMap<string, readonly string[]>;

  constructor(file: string, document: Document) {
    this.#file = file;
    this.#document = document;
    this.#whole = document.value as Whole;
    this.#names = new Set(Object.keys(this.#whole.people ?? {}));
    this.#roles = new Map(Object.entries(this.#whole.roles ?? {}));
  }

  policy(): Policy {
    this.#checkRoles();
    const rules = this.#whole.rules.map((rule, at) => this.#rule(rule, at));
    const names = new Map<string, number>();
    for (const [at, { name }] of rules.entries()) {
      if (names.has(name)) throw this.#fault(["rules", at], `two rules are called '${name}'`);
      names.set(name, at);
    }
    return { file: this.#file, people: this.#people(), rules };
  }

  #people(): Map<Account, string> {
    const owners = new Map<Account, string>();
    for (const [name, accounts] of Object.entries(this.#whole.people ?? {}))
      for (const [at, text] of list(accounts).entries()) {
        const path = ["people", name, ...(Array.isArray(accounts) ? [at] : [])];
        const account = this.#tried(path, () => parseAccount(text));
        const owner = owners.get(account);
        if (owner !== undefined)
          throw this.#fault(
            path,
            `the account '${text}' is ${owner === name ? "given twice" : `${owner}'s already`}`,
          );
        owners.set(account, name);
      }
    return owners;
  }

  #checkRoles(): void {
    for (const [role, members] of this.#roles) {
      if (this.#names.has(role)) throw this.#fault(["roles", role], `'${role}' is a person and a role`);
      for (const [at, name] of members.entries())
        if (!this.#names.has(name))
          throw this.#fault(["roles", role, at], `there is no '${name}' under people`);
    }
  }

  #rule(rule: Written, at: number): Rule {
    const { name = `rule ${at + 1}`, command, args, rooms, allow, deny, assurance, approval, why } = rule;
    const path: Path = ["rules", at];
    const verdict = deny === undefined ? "allow" : "deny";
    return {
      name,
      verdict,
      commands: list(command),
      ...(args !== undefined && { args: this.#args([...path, "args"], args) }),
      ...(rooms !== undefined && { rooms: list(rooms).map((room) => this.#room([...path, "rooms"], room)) }),
      who: this.#group([...path, verdict], (allow ?? deny)!),
      ...(assurance !== undefined && { assurance }),
      ...(approval && { approval: this.#approval([...path, "approval"], approval) }),
      ...(why !== undefined && { why }),
      digest: canonicalJson(rule),
    };
  }

  #approval(
    path: Path,
    { by, count = 1, in: place, within = WITHIN }: NonNullable<Written["approval"]>,
  ): Approval {
    const group = this.#group([...path, "by"], by);
    if (group.anyone)
      throw this.#fault([...path, "by"], "'anyone' cannot approve: an account more is quickly made");
    if (!group.operators && group.people.size < count)
      throw this.#fault([...path, "count"], `${count} must approve, and ${group.people.size} could`);
    const span = parseDuration(within)!;
    if (span > MAX_WITHIN_MS) throw this.#fault([...path, "within"], `'${within}' is longer than 7d`);
    const where = place === undefined ? undefined : this.#tried([...path, "in"], () => parseAddress(place));
    return { by: group, count, within: span, ...(where && { in: where }) };
  }

  #group(path: Path, written: Words): Group {
    const words = list(written);
    const people = words.flatMap((word) => {
      if (word === "anyone" || word === "operators") return [];
      if (this.#names.has(word)) return [word];
      const members = this.#roles.get(word);
      if (!members) throw this.#fault(path, `there is no person or role '${word}'`);
      return members;
    });
    return {
      words,
      anyone: words.includes("anyone"),
      operators: words.includes("operators"),
      people: new Set(people),
    };
  }

  #args(path: Path, args: Words): ArgPatterns {
    if (typeof args === "string") return { each: this.#pattern(path, args) };
    return { places: args.map((pattern, at) => this.#pattern([...path, at], pattern)) };
  }

  #pattern(path: Path, text: string): ArgPattern {
    const { RE2JS } = require("re2js") as typeof import("re2js");
    return this.#tried(path, () => {
      const pattern = RE2JS.compile(text);
      return { text, fits: (arg: string) => pattern.matches(arg) };
    });
  }

  #room(path: Path, text: string): Room {
    if (text === "direct") return text;
    return this.#tried(path, () => {
      const { input, room } = parseAddress(text);
      return { input, room };
    });
  }

  #tried<T>(path: Path, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#fault(path, messageOf(error));
    }
  }

  #fault(path: Path, what: string) {
    return fault(this.#file, this.#document.lineOf(path), what);
  }
}

function list(words: Words): readonly string[] {
  return typeof words === "string" ? [words] : words;
}
