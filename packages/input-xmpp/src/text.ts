const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/gu;
// What may stand after a name that is spoken to; a letter more and it is another name.
const AFTER_NAME = /^(?:[:,]\s*|\s+|$)/u;

/** Text without control characters but tabs and line breaks, and without halves of characters. */
export function clean(text: string): string {
  return text.toWellFormed().replace(/\r\n?/gu, "\n").replace(CONTROL, "");
}

/**
 * What follows one of the names at the start of a text, written `name:`, `name,`, `@name` or `name `; undefined when
 * the text begins with none of them. Letter case does not matter.
 */
export function afterMention(text: string, names: readonly string[]): string | undefined {
  const start = text.startsWith("@") ? 1 : 0;
  for (const name of names) {
    const end = start + name.length;
    if (name === "" || text.slice(start, end).toLowerCase() !== name.toLowerCase()) continue;
    const separator = AFTER_NAME.exec(text.slice(end));
    if (separator) return text.slice(end + separator[0].length);
  }
  return undefined;
}
