import { BotError } from "./errors.ts";
import type { Attachment, Content, Format, Reply } from "./event.ts";

const FORMATS: readonly unknown[] = ["plain", "code", "markdown"] satisfies Format[];

/**
 * A reply in its long form, with what the contract knows and nothing else. A number or the like, from a command without
 * types, is the text of it. Throws `failed`, with what is wrong, for what is no reply, as a service's answer is none.
 */
export function contentOf(reply: Reply): Content {
  const given: unknown = reply;
  if (typeof given === "string") return { data: given };
  if (typeof given === "number" || typeof given === "boolean" || typeof given === "bigint")
    return { data: String(given) };
  if (!isObject(given)) throw wrong("a reply", WANTED, shown(given));
  const { data, format, choices, files, edit, subject } = given;
  if (typeof data !== "string") throw wrong("a reply", WANTED, withoutText(given));
  if (format !== undefined && !FORMATS.includes(format))
    throw wrong("a reply's 'format'", FORMATS.join(", "), shown(format));
  if (choices !== undefined && !(Array.isArray(choices) && choices.every(isText)))
    throw wrong("a reply's 'choices'", "a list of texts", shown(choices));
  if (files !== undefined && !(Array.isArray(files) && files.every(isFile)))
    throw wrong("a reply's 'files'", "a list of { name, data }, both text", shown(files));
  for (const [name, value] of Object.entries({ edit, subject }))
    if (value !== undefined && !isText(value)) throw wrong(`a reply's '${name}'`, "text", shown(value));
  return {
    data,
    ...(format !== undefined && { format: format as Format }),
    ...(choices !== undefined && { choices: [...choices] }),
    ...(files !== undefined && { files: files.map(fileOf) }),
    ...(edit !== undefined && { edit: edit as string }),
    ...(subject !== undefined && { subject: subject as string }),
  };
}

const WANTED = "text, or an object whose 'data' is text";
/** Names of an object's fields that an error shows, and letters of each. */
const FIELDS_SHOWN = 3;
const LETTERS_SHOWN = 20;

function wrong(what: string, wanted: string, found: string): BotError {
  return new BotError("failed", `${what} must be ${wanted}: this is ${found}`);
}

function withoutText(given: Readonly<Record<string, unknown>>): string {
  if (given.data !== undefined) return `an object whose 'data' is ${shown(given.data)}`;
  const names = Object.keys(given).map((name) => `'${name.slice(0, LETTERS_SHOWN)}'`);
  if (names.length === 0) return "an object without it";
  const more = names.length > FIELDS_SHOWN ? ` and ${names.length - FIELDS_SHOWN} more` : "";
  return `an object with ${names.slice(0, FIELDS_SHOWN).join(", ")}${more}`;
}

/** What sort of value it is; not the value, which may be secret. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function fileOf({ name, type, data, encoding }: Attachment): Attachment {
  return { name, data, ...(type !== undefined && { type }), ...(encoding !== undefined && { encoding }) };
}

function isFile(value: unknown): value is Attachment {
  if (!isObject(value)) return false;
  const { name, type, data, encoding } = value;
  const known = encoding === undefined || encoding === "base64";
  return isText(name) && isText(data) && (type === undefined || isText(type)) && known;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
