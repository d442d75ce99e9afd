import { userInfo } from "node:os";
import { type Attachment, BotError, type Content, type Event, type Input } from "@micro-bot/core";
import type { TypedLines } from "./terminal.ts";
import { clean } from "./text.ts";

export interface ShellOptions {
  print(text: string): Promise<void>;
  /** While a command waits for a person: resolves at its end. */
  waiting(): Promise<unknown> | undefined;
  readonly typed: TypedLines;
}

/**
 * The input behind `micro ping`: one command, given as the words of a shell, and its answers printed. What it asks
 * back is answered on the terminal. It goes through the same line as anything typed in a chat.
 */
export function shell(words: readonly string[], { print, waiting, typed }: ShellOptions): Input {
  let said = 0;
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
          if (said++ === 0) return { ...eventOf(said, words.join(" ")), meta: { args: words } };
          const end = waiting();
          const answer = end && (await typed.next(end));
          if (answer === undefined) throw new BotError("closed", "the command is over");
          return eventOf(said, answer);
        },
        async send(event) {
          await print(`${shown(event)}\n`);
          return {};
        },
        async close() {
          typed.close();
        },
      };
    },
  };
}

function eventOf(id: number, data: string): Event {
  return {
    id: String(id),
    type: "text",
    from: { input: "shell", room: "", person: userName() },
    to: { input: "shell", room: "" },
    data,
    addressed: true,
    assurance: 2,
    time: Date.now(),
    meta: {},
  };
}

/** A reply in full: choices are words to type, a file's text follows its name. */
function shown({ data, choices = [], files = [] }: Content): string {
  const words = choices.length > 0 ? ` (${choices.join(" / ")})` : "";
  return [data + words, ...files.map(fileText)].join("\n");
}

function fileText({ name, data, encoding }: Attachment): string {
  if (encoding === "base64") return `${name}: ${Buffer.byteLength(data, "base64")} bytes`;
  return `${name}:\n${clean(data)}`;
}

/** The name the system has for whoever started it; a container may know only the number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "user");
  }
}
