import { userInfo } from "node:os";
import { BotError, type Event, type Input } from "@micro-bot/core";

/**
 * The input behind `micro ping`: one command, given as the words of a shell, and its answers printed.
 * It goes through the same line as anything typed in a chat.
 */
export function shell(words: readonly string[], print: (text: string) => Promise<void>): Input {
  let asked = false;
  return {
    name: "shell",
    sequential: true,
    flags: () => [],
    init() {},
    async start() {},
    async stop() {},
    async stream() {
      return {
        async recv() {
          if (asked) throw new BotError("closed", "the command was given");
          asked = true;
          return eventOf(words);
        },
        async send({ data }) {
          await print(`${data}\n`);
          return {};
        },
        async close() {},
      };
    },
  };
}

function eventOf(words: readonly string[]): Event {
  return {
    id: "1",
    type: "text",
    from: { input: "shell", room: "", person: userInfo().username },
    to: { input: "shell", room: "" },
    data: words.join(" "),
    addressed: true,
    assurance: 2,
    time: Date.now(),
    meta: { args: words },
  };
}
