import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { type Address, BotError, type Conn, type Event, messageOf } from "@micro-bot/core";
import { Queue } from "@micro-bot/kit";
import type { Hands, Side, Streams } from "./streams.ts";
import { shown } from "./text.ts";

const BOT: Address = { input: "console", room: "terminal" };

/** What somebody typed here, as an event. */
export function typed(text: string): Event {
  const id = randomUUID();
  const from: Address = { ...BOT, person: userName() };
  const said = { addressed: true, assurance: 2, time: Date.now(), meta: { line: id } } as const;
  return { id, type: "text", from, to: BOT, data: text, ...said };
}

/** A connection of the console: the same for a terminal and a pipe. */
export function connect({ input, output }: Streams, open: (hands: Hands) => Side): Conn {
  const queue = new Queue<Event>();
  const end = () => queue.end(new BotError("closed", "[input-console] the input has ended"));
  // Lines that nobody has answered yet: while there are any, Ctrl-C stops what runs, not the bot.
  const unanswered = new Set<string>();
  let closed = false;

  function say(text: string): string {
    const event = typed(text);
    queue.put(event);
    return event.id;
  }

  const hands: Hands = {
    line(text) {
      unanswered.add(say(text));
    },
    interrupt() {
      if (unanswered.size === 0) return end();
      // Forgotten, so that a command that never answers cannot keep Ctrl-C from ending the bot.
      unanswered.clear();
      say("cancel");
    },
    end,
  };

  for (const stream of [input, output]) {
    if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
    stream.on("close", end).on("error", end);
  }
  input.ref?.();
  const side = open(hands);
  if (input.readableEnded || input.destroyed) end();

  return {
    recv() {
      if (queue.size === 0) side.more();
      return queue.take();
    },

    async send(event) {
      if (closed) throw new BotError("not_connected", "[input-console] the connection is closed");
      unanswered.delete(String(event.meta.line));
      try {
        await side.print(shown(event));
      } catch (cause) {
        // There is no other connection to wait for, and what nobody reads now must not stand in the next one's output.
        throw new BotError("failed", `[input-console] the output cannot be written to: ${messageOf(cause)}`, {
          cause,
        });
      }
      return {};
    },

    async close() {
      if (closed) return;
      closed = true;
      side.close();
      // A paused stream still reads ahead, and would keep the process alive.
      input.unref?.();
      for (const stream of [input, output]) stream.off("close", end).off("error", end);
      queue.drain();
      end();
    },
  };
}

// Stays on the stream: one that breaks with no listener, as stdout does with EPIPE, would end the process.
function ignore(): void {}

/** The name the system has for whoever started the bot; a container may know only the number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "user");
  }
}
