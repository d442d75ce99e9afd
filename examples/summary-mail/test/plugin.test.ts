import { BotError, type Event, memoryRegistry, memoryStore, type Store } from "@micro-bot/core";
import { event, fakeFollowContext, fakePluginContext, fakeTurn, testStream } from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { summary } from "../src/plugin.ts";
import { fullName, serviceIn } from "../src/request.ts";

const values = { summary_rooms: "slack:C0OPS", summary_to: "email:ops@example.com" };

testStream({ name: "summary", has: ["receive", "follow"], create: summary, values });

const nodes = [{ id: "a|b", address: "127.0.0.1:9" }];
const said = (data: string, more: Partial<Event> = {}) =>
  event({ input: "slack", room: "C0OPS", data, assurance: 2, names: { message: "1.2" }, ...more });

/** What is said when these events are all that ever happens. */
async function follow(events: readonly Event[], store: Store = memoryStore()) {
  const registry = memoryRegistry();
  await registry.register({ name: "go.micro.srv.greeter", version: "1", nodes }, { ttl: 60_000 });
  const ctx = fakeFollowContext({ registry });
  const stream = summary();
  stream.init!(fakePluginContext(values, { store }));
  await stream.follow!(
    (async function* () {
      yield* events;
    })(),
    ctx,
  );
  return { ctx, said: () => ctx.sent.map(({ to, reply }) => [to.input, to.thread, reply]) };
}

describe("a summary", () => {
  test("is asked for by words that name a service, and by no others", () => {
    for (const text of ["summary a.b", "Summary of a.b", " incident in a.b "])
      expect(serviceIn(text)).toBe("a.b");
    for (const text of [
      "summary",
      "a summary of it",
      "summary a b",
      "incident a",
      "summary -x",
      "summary a|b",
    ])
      expect(serviceIn(text)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(serviceIn(`summary ${text}`) ?? "ok").toMatch(/^[\w.-]+$/);
      }),
    );
  });

  test("is of the service meant, or asks which", async () => {
    const registry = memoryRegistry();
    for (const name of ["x.a", "y.a", "a.b"])
      await registry.register({ name, version: "1", nodes }, { ttl: 60_000 });
    expect(await fullName("x.a", registry)).toBe("x.a");
    expect(await fullName("b", registry)).toBe("a.b");
    await expect(fullName("a", registry)).rejects.toThrow("'a' may be x.a or y.a: write which");
    await expect(fullName("c", registry)).rejects.toThrow("no service 'c' is registered");
  });

  test("is made for nobody whom the network does not vouch for, and in no other room", async () => {
    const { said: all } = await follow([
      said("summary greeter", { assurance: 0 }),
      said("summary greeter", { from: { input: "irc", room: "C0OPS", person: "x" } }),
      said("summary greeter", { from: { input: "slack", room: "C0DEV", person: "x" } }),
      said("summary nowhere"),
    ]);
    const refused = ["slack", "1.2", "no summary of nowhere: no service 'nowhere' is registered"];
    await expect.poll(all).toEqual([refused]);
  });

  test("has a row for a node that does not answer, whatever its name", async () => {
    const { said: all } = await follow([said("summary greeter")]);
    await expect.poll(all).toHaveLength(2);
    const [[to, , mail], note] = all() as [[string, undefined, { data: string }], unknown];
    expect(to).toBe("email");
    expect(mail).toMatchObject({ subject: "go.micro.srv.greeter: 0 of 1 nodes ok", format: "markdown" });
    expect(mail.data).toMatch(/^\| a\\\|b \| 127\.0\.0\.1:9 \| 1 \| .+ \| {2}\| {2}\|$/m);
    expect(note).toEqual(["slack", "1.2", expect.stringMatching(/summary sent to email:ops@example\.com$/)]);
  });

  test("is told when the store does not work", async () => {
    const store = { ...memoryStore(), write: () => Promise.reject(new BotError("failed", "disk full")) };
    const { said: all } = await follow([said("summary greeter")], store);
    await expect.poll(all).toEqual([["slack", "1.2", "no summary of greeter: disk full"]]);
  });

  test("asked of the bot is no unknown word; what else is unknown still is", async () => {
    const stream = summary();
    stream.init!(fakePluginContext(values));
    const passed: string[] = [];
    for (const data of ["summary greeter", "sumary greeter"])
      await stream.receive!(fakeTurn({ event: said(data), match: { kind: "unknown" } }), async () => {
        passed.push(data);
      });
    expect(passed).toEqual(["sumary greeter"]);
  });

  test("with an address that cannot be read is wrong from the start", () => {
    for (const [name, value] of [
      ["summary_to", "ops@example.com"],
      ["summary_rooms", "ops"],
    ] as const)
      expect(() => summary().init!(fakePluginContext({ ...values, [name]: value }))).toThrow(
        expect.objectContaining({ code: "config", message: expect.stringContaining(name) }),
      );
  });
});
