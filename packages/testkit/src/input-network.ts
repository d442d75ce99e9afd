import { codeOf, type Event, messageOf } from "@micro-bot/core";
import { expect } from "vitest";
import type { InputBench, Line } from "./input-bench.ts";
import { needed, type Rules } from "./rules.ts";
import { token } from "./waiting.ts";

/** What networks do besides carrying messages: refuse, deliver twice, play back, and show names that anybody may take. */
export const networkRules: Rules<InputBench> = {
  async "a credential that is refused is config, and names its flag"(bench) {
    const wrong = Object.entries(needed(bench.peer.wrong, "peer.wrong"));
    expect(wrong, "flags with a wrong value").not.toEqual([]);
    for (const [name, value] of wrong) {
      const input = bench.input({ ...bench.peer.values, [name]: value });
      await bench.wait(input.start(), "start");
      const error = await bench.error(input.stream(), `stream with a wrong ${name}`);
      expect(codeOf(error), `the code with a wrong ${name}: ${messageOf(error)}`).toBe("config");
      expect(messageOf(error), "the message").toContain(name);
      expect(messageOf(error), "the message").not.toContain(String(value));
      await bench.wait(input.stop(), "stop");
    }
  },

  async "what the network delivers again has the same id"(bench) {
    const again = needed(bench.peer.again, "peer.again");
    const line = await bench.line();
    const word = token();
    await bench.wait(bench.peer.say(word), "a person can say something");
    // Not acknowledged: as far as the network knows, it was lost.
    const first = (await unacknowledged(line, word)).event;
    await bench.wait(again(), "the network delivers again");
    const { event: second, line: last } = await unacknowledged(line, word);
    expect(second.id, "the id of what came again").toBe(first.id);
    await last.conn.ack?.(second);
  },

  async "what was said before it came is not taken for new"(bench) {
    const before = needed(bench.peer.before, "peer.before");
    const old = token();
    await bench.wait(before(old), "somebody says something before the bot comes");
    const line = await bench.line();
    const fresh = token();
    await bench.wait(bench.peer.say(fresh), "a person can say something");
    const events = await line.recvUntil(fresh);
    const taken = events.filter(({ data, addressed }) => addressed && data.includes(old));
    expect(taken, "old messages taken for new ones").toEqual([]);
  },

  async "nobody is taken for another by their name"(bench) {
    const forge = needed(bench.peer.forge, "peer.forge");
    const line = await bench.line();
    const real = await line.say(token());
    const word = token();
    await bench.wait(forge(word), "somebody takes a name");
    const forged = (await line.recvUntil(word)).at(-1)!;
    const same = forged.from.person === real.from.person && forged.from.room === real.from.room;
    // A claim may name anybody: nothing is let do more by it.
    if (same) expect(forged.assurance, "the assurance of a forged message").toBe(0);
  },
};

/** The event with this word, on this line or, when it is lost, on the next. */
async function unacknowledged(line: Line, word: string): Promise<{ event: Event; line: Line }> {
  for (let at = line; ; ) {
    const event = await at.bench.wait(
      at.conn.recv().catch((error: unknown) => ({ error })),
      `recv yields the text with '${word}'`,
    );
    if (!("error" in event)) {
      if (event.data.includes(word)) return { event, line: at };
      await at.conn.ack?.(event);
      continue;
    }
    if (codeOf(event.error) !== "not_connected") throw event.error;
    at = await at.bench.reconnect(at.input);
  }
}
