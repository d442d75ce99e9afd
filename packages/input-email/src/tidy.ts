import { clean } from "@micro-bot/kit";

const INVISIBLE = /[\u200b\ufeff]/gu;
const SPACE = /[\u00a0\u202f]/gu;
/** Those that programs put into what nobody is to see; beside words, an emoji may need them. */
const UNSEEN = /^(?:\s|\p{Cf}|\p{Variation_Selector}|\u034f|\u115f|\u1160|\u3164)*$/u;

/** A line without what nobody sees or typed. */
export function tidy(line: string): string {
  const text = clean(line).replace(INVISIBLE, "").replace(SPACE, " ").trim();
  return UNSEEN.test(text) ? "" : text;
}

export function linesOf(text: string): string[] {
  return clean(text).split("\n").map(tidy);
}
