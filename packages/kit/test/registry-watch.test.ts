import type { RegistryEvent, Service } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { registryChanges } from "../src/registry-changes.ts";
import { type ObserveRegistry, registryWatch } from "../src/registry-watch.ts";

const event = (name: string): RegistryEvent => ({
  action: "create",
  service: { name, version: "1", metadata: {}, endpoints: [], nodes: [] },
});

/** A watch, and what is observed of it. */
function watched() {
  const running: { signal: AbortSignal; on: Parameters<ObserveRegistry>[1] }[] = [];
  const watch = registryWatch(async (signal, on) => void running.push({ signal, on }));
  return { watch, running, tell: (name: string) => running.at(-1)!.on.change(event(name)) };
}

async function namesOf(events: AsyncIterable<RegistryEvent>): Promise<string[]> {
  const names: string[] = [];
  for await (const { service } of events) names.push(service.name);
  return names;
}

describe("a registry's watch", () => {
  test("tells each follower all changes while it follows, in order", async () => {
    const step = fc.oneof(fc.constantFrom("begin", "end"), fc.stringMatching(/^[a-z]{3}$/u));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { watch, tell } = watched();
        const all: { stop: AbortController; names: Promise<string[]>; expected: string[] }[] = [];
        const open = () => all.filter(({ stop }) => !stop.signal.aborted);
        for (const one of steps) {
          if (one === "begin") {
            const stop = new AbortController();
            all.push({ stop, names: namesOf(watch.follow(stop.signal)), expected: [] });
          } else if (one === "end") open()[0]?.stop.abort();
          else if (open().length > 0) {
            tell(one);
            for (const { expected } of open()) expected.push(one);
          }
        }
        watch.stop();
        for (const { names, expected } of all) expect(await names).toEqual(expected);
      }),
    );
  });

  test("observes only while somebody follows, and is ready when the observer is", async () => {
    const { watch, running } = watched();
    await watch.ready();
    expect(running).toEqual([]);
    const [first, second] = [new AbortController(), new AbortController()];
    const ends = [namesOf(watch.follow(first.signal)), namesOf(watch.follow(second.signal))];
    expect(running.length).toBe(1);
    let isReady = false;
    const ready = watch.ready().then(() => {
      isReady = true;
    });
    await Promise.resolve();
    expect(isReady).toBe(false);
    running[0]!.on.ready();
    await ready;
    first.abort();
    expect(running[0]!.signal.aborted).toBe(false);
    second.abort();
    expect(running[0]!.signal.aborted).toBe(true);
    expect(await Promise.all(ends)).toEqual([[], []]);
    watch.follow(new AbortController().signal);
    expect(running.length).toBe(2);
  });

  test("is left by who stops asking, and gives nothing to who is over already", async () => {
    const { watch, running, tell } = watched();
    expect(await namesOf(watch.follow(AbortSignal.abort()))).toEqual([]);
    expect(running).toEqual([]);
    const events = watch.follow(new AbortController().signal);
    tell("one");
    for await (const { service } of events) {
      expect(service.name).toBe("one");
      break;
    }
    expect(running[0]!.signal.aborted).toBe(true);
  });
});

describe("the changes of a service", () => {
  const nodes = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
  const versions = fc
    .uniqueArray(fc.record({ version: fc.constantFrom("1", "2"), port: fc.nat(1) }), {
      selector: ({ version }) => version,
      maxLength: 2,
    })
    .chain((kinds) =>
      fc.tuple(...kinds.map((kind) => nodes.map((ids) => ({ ...kind, ids })))).map((all) =>
        all
          .filter(({ ids }) => ids.length > 0)
          .map(
            ({ version, port, ids }): Service => ({
              name: "x",
              version,
              metadata: {},
              endpoints: [],
              nodes: ids.map((id) => ({ id: `${version}${id}`, address: `h:${port}`, metadata: {} })),
            }),
          ),
      ),
    );

  test("turn what was known into what is", () => {
    fc.assert(
      fc.property(versions, versions, (before, after) => {
        const known = new Map(before.flatMap(nodesOf));
        for (const { action, service } of registryChanges(before, after))
          for (const [id, node] of nodesOf(service)) {
            if (action === "delete") known.delete(id);
            else known.set(id, node);
          }
        expect(Object.fromEntries(known)).toEqual(Object.fromEntries(after.flatMap(nodesOf)));
      }),
    );
  });

  test("are none where nothing changed, and begin with a create where nothing was", () => {
    fc.assert(
      fc.property(versions, (some) => {
        expect(registryChanges(some, some)).toEqual([]);
        const actions = registryChanges([], some).map(({ action }) => action);
        expect(actions).toEqual(some.map((_, index) => (index === 0 ? "create" : "update")));
      }),
    );
  });

  function nodesOf({ version, nodes }: Service) {
    return nodes.map((node) => [node.id, { version, node }] as const);
  }
});
