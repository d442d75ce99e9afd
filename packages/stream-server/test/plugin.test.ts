import { memoryRegistry, type Status } from "@micro-bot/core";
import { client } from "@micro-bot/micro";
import { fakeFollowContext, fakePluginContext, testStream } from "@micro-bot/testkit";
import { describe, expect, test } from "vitest";
import { server } from "../src/plugin.ts";

async function running(
  flags: Record<string, string | number>,
  parts: readonly Status[],
  check: (at: {
    url: string;
    registry: ReturnType<typeof memoryRegistry>;
    status: () => readonly Status[];
  }) => Promise<void>,
) {
  const registry = memoryRegistry();
  const ctx = fakeFollowContext({ registry, status: () => parts });
  const stream = server();
  stream.init!(fakePluginContext(flags));
  const over = stream.follow!((async function* () {})(), ctx) as Promise<void>;
  const name = String(flags.server_name ?? "go.micro.bot");
  await expect.poll(() => registry.get(name)).toHaveLength(1);
  const [service] = await registry.get(name);
  try {
    await check({ url: `http://${service!.nodes[0]!.address}`, registry, status: () => stream.status!() });
  } finally {
    ctx.abort();
    await over;
  }
  expect(await registry.get(name)).toEqual([]);
}

const up: Status = { name: "input irc", state: "up" };
const down: Status = { name: "input slack", state: "down", note: "no route" };

describe("the bot as a service", () => {
  test("is registered, answers Debug.Health and Debug.Stats, and is gone when the bot stops", () =>
    running({}, [up], async ({ registry }) => {
      const calls = client({ registry });
      expect((await calls.call("go.micro.bot", "Debug.Health")).value).toEqual({ status: "ok" });
      expect((await calls.call("go.micro.bot", "Debug.Stats")).value).toHaveProperty("memory");
      await calls.close();
    }));

  test("says in the registry what it serves, with the names and types of what is asked and answered", () =>
    running({}, [up], async ({ registry, status }) => {
      const [found] = await registry.get("go.micro.bot");
      expect(found!.endpoints!.map(({ name }) => name)).toEqual(["Debug.Health", "Debug.Stats"]);
      const calls = client({ registry });
      for (const { name, response } of found!.endpoints!) {
        const { value } = await calls.call("go.micro.bot", name);
        expect(response!.values!.map((field) => field.name)).toEqual(Object.keys(value as object));
      }
      await calls.close();
      expect(status()).toMatchObject([{ name: "server", state: "up" }]);
    }));

  test("has a name of one's choice", () => running({ server_name: "ops.bot" }, [up], async () => {}));

  test("answers plain GET /health and /ready on the same port", () =>
    running({}, [up, down], async ({ url }) => {
      const health = await fetch(`${url}/health`);
      expect([health.status, await health.json()]).toEqual([200, { status: "ok", parts: [up, down] }]);
      const ready = await fetch(`${url}/ready`);
      expect([ready.status, await ready.json()]).toEqual([200, { status: "ready", inputs: ["irc"] }]);
    }));

  test("is not ready while no input is up", () =>
    running({}, [down], async ({ url }) => {
      expect((await fetch(`${url}/ready`)).status).toBe(503);
      expect((await fetch(`${url}/health`)).status).toBe(200);
    }));

  test.each([
    [{ server_address: "nowhere" }, "server_address: 'nowhere' is not host:port"],
    [{ server_address: "0.0.0.0:80" }, "--server_advertise=HOST"],
    [{ register_ttl: 30 }, "register_ttl must be more than register_interval"],
    [{ register_interval: 0 }, "register_interval must be more than 0"],
  ])("refuses %j at start", (flags, message) => {
    expect(() => server().init!(fakePluginContext(flags))).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(message) }),
    );
  });
});

testStream({ has: ["follow"], name: "server", create: server });
