import type { Command } from "@micro-bot/core";
import { confusable } from "@micro-bot/kit";
import { commandWords } from "./matcher.ts";

/**
 * Why a text is not what it seems, or undefined: letters that look like others in the words that name its command, or,
 * where only operators may, in any word that may name what it is done to.
 */
export function disguise(args: readonly string[], command: Command | undefined): string | undefined {
  const [first = ""] = args;
  // What is no command is mostly prose, or a heart.
  if (!command) return /\p{L}/u.test(first) ? confusable(first) : undefined;
  const named = command.access === "operator" ? args.length : commandWords(command).split(" ").length;
  return args
    .slice(0, named)
    .map((word) => (isJson(word) ? unseen(word) : confusable(word)))
    .find((why) => why !== undefined);
}

/** What a service is sent may be in any language; it must only read as it is. */
function unseen(json: string): string | undefined {
  const controls = json.match(/\p{Bidi_Control}/gu);
  return controls ? confusable(controls[0]) : undefined;
}

function isJson(word: string): boolean {
  return /^[[{]/u.test(word);
}
