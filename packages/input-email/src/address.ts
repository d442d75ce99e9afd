// RFC 5321, sections 4.1.2 and 4.5.3.1, without quoted local parts, address literals and letters beyond ASCII: what is left
// reads the same to every program, so nobody can be mistaken for somebody else.
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/iu;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/iu;
const LONGEST = 254;
const LONGEST_LOCAL = 64;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/u;

/** Whether this is one plain address, `alice@example.com`. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  return (
    text.length <= LONGEST &&
    at > 0 &&
    local.length <= LONGEST_LOCAL &&
    LOCAL.test(local) &&
    DOMAIN.test(text.slice(at + 1))
  );
}

/** The part after the @, in lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

/** What an address header names. */
export interface Addresses {
  /** In lower case, in order; without those that are no plain address. */
  readonly list: readonly string[];
  /** There was nothing else in it: no group, nothing malformed, nothing that two readers may read in two ways. */
  readonly clean: boolean;
}

/** Reads a From, To or Cc header: RFC 5322, section 3.4. Names are passed over, as anybody can call themselves anything. */
export function readAddresses(value: string): Addresses {
  const list: string[] = [];
  let clean = !CONTROL.test(value);
  let entry = new Entry();
  const finish = () => {
    const address = entry.address();
    if (address === undefined) clean &&= entry.isEmpty();
    else list.push(address);
    entry = new Entry();
  };
  for (const part of partsOf(value)) {
    if (part === ",") finish();
    else if (part === ":") {
      // A group's name; its members follow.
      clean = false;
      entry = new Entry();
    } else if (part === ";") finish();
    else if (part.startsWith("<")) entry.angle(part);
    else if (part.startsWith('"')) entry.quoted();
    else if (part.startsWith("(")) clean &&= part.endsWith(")");
    else entry.bare(part);
  }
  finish();
  return { list, clean: clean && list.length > 0 };
}

/** One mailbox on its way: a name and `<address>`, or an address alone. */
class Entry {
  #bare = "";
  #quoted = false;
  #angle: string | undefined;
  #broken = false;

  bare(text: string): void {
    if (text.trim() !== "" && this.#angle !== undefined) this.#broken = true;
    this.#bare += text;
  }

  quoted(): void {
    if (this.#angle !== undefined) this.#broken = true;
    this.#quoted = true;
  }

  angle(part: string): void {
    if (this.#angle !== undefined || !part.endsWith(">")) this.#broken = true;
    this.#angle = part.slice(1, -1).trim().toLowerCase();
  }

  isEmpty(): boolean {
    return this.#bare.trim() === "" && !this.#quoted && this.#angle === undefined && !this.#broken;
  }

  address(): string | undefined {
    const bare = this.#bare.trim().toLowerCase();
    if (this.#broken || (this.#angle === undefined && this.#quoted)) return undefined;
    // A second address in the place of the name is a mask, unless it is the same.
    if (this.#angle !== undefined && bare.includes("@") && bare !== this.#angle) return undefined;
    const address = this.#angle ?? bare;
    return isAddress(address) ? address : undefined;
  }
}

const PLAIN = /[^,:;<>()"]+|>/uy;

/** Quoted texts, comments and angles each as one part, `,` `:` `;` alone, and the text between them. */
function* partsOf(value: string): Generator<string> {
  for (let at = 0; at < value.length; ) {
    const end = endOf(value, at);
    yield value.slice(at, end);
    at = end;
  }
}

function endOf(value: string, start: number): number {
  const first = value[start]!;
  if (first === '"') return endOfQuoted(value, start);
  if (first === "(") return endOfComment(value, start);
  if (first === "<") {
    const end = value.indexOf(">", start);
    return end < 0 ? value.length : end + 1;
  }
  PLAIN.lastIndex = start;
  return PLAIN.test(value) ? PLAIN.lastIndex : start + 1;
}

/** After the closing quote; a backslash takes the next letter's meaning away. */
export function endOfQuoted(value: string, start: number): number {
  for (let at = start + 1; at < value.length; at++) {
    if (value[at] === "\\") at++;
    else if (value[at] === '"') return at + 1;
  }
  return value.length;
}

/** After the closing bracket; comments stand in comments. */
export function endOfComment(value: string, start: number): number {
  let depth = 0;
  for (let at = start; at < value.length; at++) {
    if (value[at] === "\\") at++;
    else if (value[at] === "(") depth++;
    else if (value[at] === ")" && --depth === 0) return at + 1;
  }
  return value.length;
}
