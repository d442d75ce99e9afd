const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\ufeff]/gu;
const SPACE = /[\u00a0\u202f]/gu;
const BREAK = /\r\n?|[\n\u2028\u2029\u0085]/u;
/** Those that programs put into what nobody is to see; beside words, an emoji may need them. */
const UNSEEN = /^(?:\s|\p{Cf}|\p{Variation_Selector}|\u034f|\u115f|\u1160|\u3164)*$/u;

/** A line without what nobody sees or typed. */
export function tidy(line: string): string {
  const text = line.toWellFormed().replace(INVISIBLE, "").replace(SPACE, " ").trim();
  return UNSEEN.test(text) ? "" : text;
}

export function linesOf(text: string): string[] {
  return text.split(BREAK).map(tidy);
}
