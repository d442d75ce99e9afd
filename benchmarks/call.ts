// Calls through the client beside bare undici to the same node, in turns, with 1 and with 100 in flight.
// Goal: at most 1.3 times the time. The node is a service of ours in another process; `call.ts HOST:PORT` takes a
// go-micro greeter instead.
import { fork } from "node:child_process";
import { memoryRegistry } from "@micro-bot/core";
import { client, service } from "@micro-bot/micro";
import { Pool } from "undici";

const NAME = "go.micro.srv.greeter";
const ENDPOINT = "Greeter.Hello";
const GOAL = 1.3;
const ROUNDS = 15;

if (process.argv[2] === "serve") await serve();
else process.exitCode = await measure(process.argv[2]);

async function serve(): Promise<void> {
  const handlers = { [ENDPOINT]: (request: { name: string }) => ({ msg: `Hello ${request.name}` }) };
  const address = await service({ name: NAME, registry: memoryRegistry(), handlers }).start();
  process.send!(address);
}

async function measure(given?: string): Promise<number> {
  const node = given ? undefined : fork(import.meta.filename, ["serve"]);
  const address =
    given ?? (await new Promise<string>((resolve) => node!.once("message", (text) => resolve(String(text)))));
  const registry = memoryRegistry();
  const metadata = { protocol: "mucp" };
  await registry.register({ name: NAME, version: "1", nodes: [{ id: "n", address, metadata }] }, { ttl: 0 });
  const caller = client({ registry });
  const pool = new Pool(`http://${address}`, { connections: 128, pipelining: 1 });
  const headers = { "content-type": "application/json", "micro-endpoint": ENDPOINT };

  const ours = async (name: string) => (await caller.call(NAME, ENDPOINT, { name })).value;
  const bare = async (name: string) => {
    const body = JSON.stringify({ name });
    const answer = await pool.request({ path: "/", method: "POST", headers, body });
    return JSON.parse(await answer.body.text()) as unknown;
  };

  let missed = 0;
  for (const [inFlight, calls] of [
    [1, 1500],
    [100, 6000],
  ] as const) {
    const times = { ours: [] as number[], bare: [] as number[] };
    // The first rounds only warm up.
    for (let round = -3; round < ROUNDS; round++) {
      const [first, second] = [await time(bare, inFlight, calls), await time(ours, inFlight, calls)];
      if (round < 0) continue;
      times.bare.push(first);
      times.ours.push(second);
    }
    const ratio = median(times.ours) / median(times.bare);
    if (ratio > GOAL) missed++;
    const rate = (list: readonly number[]) => `${Math.round(calls / (median(list) / 1000))}/s`;
    console.log(
      `${String(inFlight).padStart(3)} in flight: client ${rate(times.ours)}, undici ${rate(times.bare)}, ` +
        `ratio ${ratio.toFixed(2)} (goal ${GOAL})`,
    );
  }
  await caller.close();
  await pool.destroy();
  node?.kill();
  return missed === 0 ? 0 : 1;
}

/** Milliseconds for so many calls, so many at a time. Every answer is checked. */
async function time(
  call: (name: string) => Promise<unknown>,
  inFlight: number,
  calls: number,
): Promise<number> {
  let left = calls;
  const began = performance.now();
  const lane = async () => {
    while (left-- > 0) {
      const { msg } = (await call(`n${left}`)) as { msg: string };
      if (!msg.startsWith("Hello n")) throw new Error(`a wrong answer: ${msg}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return performance.now() - began;
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;
}
