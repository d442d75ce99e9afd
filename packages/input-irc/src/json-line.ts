/** JSON's strings, kept, and the white space between its other parts. */
const PARTS = /"(?:[^"\\]|\\.)*"|\s+/gsu;

/**
 * A JSON object or array laid out over several lines, as one: its numbers, names and order as they were. Undefined when
 * the text is none.
 */
export function onOneLine(text: string): string | undefined {
  if (!/^\s*[{[]/u.test(text) || !text.includes("\n")) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text
    .replace(PARTS, (part) => (part.startsWith('"') ? part : ""))
    .replace(/"(?:[^"\\]|\\.)*"|[:,]/gsu, (part) => (part.length === 1 ? `${part} ` : part));
}
