/** Characters of a word. */
const LONGEST = 64;

const WORD = /^[a-z0-9][a-z0-9-]*$/;

// What people answer to questions, and say to stop something. A command goes before an answer: one named 'yes' would run
// whenever somebody agrees to something else.
const ANSWERS = new Set(
  "yes y yep yeah no n nope ok okay sure true false accept agree approve confirm deny reject cancel abort more all none".split(
    " ",
  ),
);

/** Why a word is not to be a command of a service, as words for `status`; undefined when it may be. */
export function unfit(word: string): string | undefined {
  if (word === "") return "nothing in its name follows the namespace: call it go.micro.bot.WORD";
  const shown = `'${word.slice(0, LONGEST)}${word.length > LONGEST ? "…" : ""}'`;
  if (word.length > LONGEST) return `${shown} is longer than ${LONGEST} characters`;
  if (!WORD.test(word)) return `${shown} is not one word of a-z, 0-9 and -, beginning with a letter or digit`;
  if (ANSWERS.has(word) || /^\d+$/.test(word)) return `${shown} is what people answer to questions`;
  return undefined;
}
