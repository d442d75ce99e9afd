/** The line that ends a YAML document: YAML 1.2.2, section 9.1.2. No file that was cut has it. */
const END = /(?:^|\n)\.\.\.[ \t]*(?:\r?\n\s*)?$/u;
/** What a cut may leave behind: half a character, and the NULs that some file systems fill up with after a crash. */
const PADDING = /[\s\0\ufffd]+$/u;

/** Whether the end mark `...` says that a text is whole. */
export function isEnded(text: string): boolean {
  return END.test(text);
}

/** Whether a text is the last good one, cut: it was written in place and whoever wrote it did not come to the end. */
export function isBeginning(text: string, last: string): boolean {
  const begun = text.replace(PADDING, "");
  return begun.length < last.replace(PADDING, "").length && last.startsWith(begun);
}
