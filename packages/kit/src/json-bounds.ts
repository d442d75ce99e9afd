/** How much a JSON text may hold. */
export interface JsonBounds {
  /** Objects and arrays inside of each other. */
  readonly depth: number;
  /** The text's own, and each member and element of its objects and arrays. */
  readonly values: number;
}

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * What is too much about a JSON text, as words that follow "it": "is nested deeper than 100 levels". Undefined when it is
 * within its bounds. To be asked before a text from outside is parsed or laid out: it looks at each character once and
 * keeps nothing, while two bytes can be a value that takes a hundred. A text that is no JSON passes; its reader says so.
 */
export function jsonExcess(text: string, { depth, values }: JsonBounds): string | undefined {
  let level = 0;
  let count = 1;
  let opened = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (opened && code > SPACE) {
      opened = false;
      if (code !== CLOSE_ARRAY && code !== CLOSE_OBJECT) count++;
    }
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) count++;
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      opened = true;
      if (++level > depth) return `is nested deeper than ${depth} levels`;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) level--;
    if (count > values) return `holds more than ${values} values`;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}
