import type { Command, Event } from "@micro-bot/core";
import { commandWords, spaced } from "./matcher.ts";

/** Letters of what was typed that are shown again. */
const SHOWN = 40;

/** What a person is told whose words are no command. `nearest` is the one they may have meant. Never what they typed. */
export function hint(event: Event, nearest: Command | undefined): string {
  const text = spaced(event.data);
  const unknown = `I know no command '${cut(text.split(" ", 1)[0]!)}'`;
  const general = `${unknown}: 'help' lists what I can do`;
  if (!nearest) return general;
  const { usage } = nearest;
  const words = commandWords(nearest);
  const more = after(text, words);
  if (more === undefined) return `${unknown}: did you mean '${usage}'?`;
  if (usage.toLowerCase() !== words)
    return usage.toLowerCase() === text.toLowerCase() ? general : `to use '${words}', write: ${usage}`;
  if (more === "") return general;
  return isShell(event) && more.startsWith("--")
    ? `flags go before the command: micro ${cut(more)} ${words}`
    : `'${words}' takes nothing after it: leave out '${cut(more)}'`;
}

/** What stands behind the words that a text begins with; undefined when it does not. */
function after(text: string, words: string): string | undefined {
  if (`${text} `.slice(0, words.length + 1).toLowerCase() !== `${words} `) return undefined;
  return text.slice(words.length + 1);
}

/** Whether words were split by a shell: nobody but its input gives them. */
function isShell({ meta }: Event): boolean {
  return Array.isArray(meta.args);
}

function cut(text: string): string {
  const letters = [...text];
  return letters.length <= SHOWN ? text : `${letters.slice(0, SHOWN).join("")}…`;
}
