import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "./random.ts";

/** A service outside of the bot that counts its commands' effects. */
export interface Counter {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Effect {
  /** The command as it was said: `count 7`. */
  readonly what: string;
  /** The idempotency key that came with it. */
  readonly key?: string;
}

export interface CounterOptions {
  readonly random: Random;
  readonly effect: (effect: Effect) => void;
  /** The effect happens at once; the answer comes after up to so many milliseconds. */
  readonly latency?: number;
}

export async function startCounter({ random, effect, latency = 30 }: CounterOptions): Promise<Counter> {
  const server = createServer(async (request, response) => {
    let body = "";
    try {
      for await (const chunk of request) body += chunk;
    } catch {
      // Its asker was killed while it asked.
      return;
    }
    effect(JSON.parse(body) as Effect);
    setTimeout(() => response.end(), random.between(0, latency));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
