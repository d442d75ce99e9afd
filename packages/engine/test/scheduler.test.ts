import {
  type Change,
  codeOf,
  type Event,
  type Json,
  memoryStore,
  type Store,
  type When,
} from "@micro-bot/core";
import { event, type FakeClock, fakeClock, fakeLog } from "@micro-bot/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Scheduler } from "../src/state/scheduler.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As the store has a job. */
const sound = {
  id: "aaaaa",
  text: "ping",
  when: { every: MINUTE },
  next: 1,
  made: 0,
  person: event().from as unknown as Json,
  event: event() as unknown as Json,
  owner: "vouched fake:?person=zoe",
};

interface Fired {
  readonly text: string;
  readonly at: number;
  readonly by: number;
}

interface Setup {
  readonly store?: Store;
  readonly clock?: FakeClock;
  readonly count?: number;
}

/** Schedulers on one store; what they ran, and what they told as missed. */
function schedulers({ clock = fakeClock(), store = memoryStore(clock.now), count = 1 }: Setup = {}) {
  const fired: Fired[] = [];
  const events: Event[] = [];
  const missed: string[] = [];
  const log = fakeLog();
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const written = (changes: readonly Change[], done: () => void) =>
    store.write(changes).then(
      () => {
        done();
        return true;
      },
      (error) => {
        if (codeOf(error) !== "conflict") throw error;
        return false;
      },
    );
  const all = Array.from({ length: count }, (_, by) => {
    const one = new Scheduler({
      store,
      log,
      clock,
      grace: HOUR,
      accept: (said, changes) =>
        written(changes, () => {
          fired.push({ text: said.data, at: clock.now(), by });
          events.push(said);
        }),
      missed: (job, _event, _at, changes) => written(changes, () => missed.push(job.text)),
    });
    one.start(over.signal);
    return one;
  });
  const later = async (when: When | Date, text: string, by: Event = event()) => {
    const { job, changes } = await all[0]!.plan(by, when, text);
    await store.write(changes);
    all[0]!.wake();
    return job;
  };
  return { clock, store, all, fired, events, log, missed, later, stop: () => over.abort() };
}

describe("a job", () => {
  test("runs once, at its time, as its person said it there", async () => {
    const { clock, events, fired, later } = schedulers();
    const asked = event({ person: "ann", room: "#ops", data: "in 10 minutes, health", choices: ["x"] });
    const { id } = await later({ at: clock.now() + 10 * MINUTE }, "health", asked);
    await clock.advance(10 * MINUTE - 1);
    expect(fired).toEqual([]);
    await clock.advance(DAY);
    expect(fired).toHaveLength(1);
    expect(events[0]).toMatchObject({ data: "health", addressed: true, from: asked.from, assurance: 1 });
    expect(events[0]!.id).toContain(id);
    expect(events[0]).not.toHaveProperty("choices");
  });

  test("has an id that no other has", async () => {
    const { clock, later } = schedulers();
    const luck = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5];
    const random = vi.spyOn(Math, "random").mockImplementation(() => luck.shift() ?? 0.9);
    onTestFinished(() => random.mockRestore());
    const first = await later({ at: clock.now() + HOUR }, "one");
    const second = await later({ at: clock.now() + HOUR }, "two");
    expect([first.id, second.id]).toEqual(["aaaaa", "aaaas"]);
  });

  test("forty days ahead is not at once, as a long timer of Node would be", async () => {
    const { clock, fired, later } = schedulers();
    await later({ at: clock.now() + 40 * DAY }, "far");
    await clock.advance(40 * DAY - 1);
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toHaveLength(1);
  });

  test("that repeats keeps its pace", async () => {
    const { clock, fired, later } = schedulers();
    const began = clock.now();
    await later({ every: 5 * MINUTE }, "tick");
    await clock.advance(HOUR);
    expect(fired.map(({ at }) => at - began)).toEqual(
      Array.from({ length: 12 }, (_, i) => (i + 1) * 5 * MINUTE),
    );
  });

  test("is run by one of several bots", async () => {
    const { clock, fired, later } = schedulers({ count: 5 });
    await later({ every: MINUTE }, "tick");
    for (let i = 0; i < 10; i++) await later({ at: clock.now() + i * MINUTE + 1 }, `once ${i}`);
    await clock.advance(10 * MINUTE);
    expect(fired.filter(({ text }) => text === "tick")).toHaveLength(10);
    for (let i = 0; i < 10; i++) expect(fired.filter(({ text }) => text === `once ${i}`)).toHaveLength(1);
  });

  test("that was missed by less than the grace runs once, however often it was missed", async () => {
    const { clock, store, later, stop } = schedulers();
    await later({ every: 10 * MINUTE }, "tick");
    await later({ at: clock.now() + 30 * MINUTE }, "once");
    stop();
    await clock.advance(55 * MINUTE);
    const second = schedulers({ clock, store });
    await clock.advance(0);
    expect(second.fired.map(({ text }) => text).sort()).toEqual(["once", "tick"]);
    await clock.advance(5 * MINUTE);
    expect(second.fired).toHaveLength(3);
  });

  test("that was missed by more is told, and goes on", async () => {
    const { clock, store, later, stop } = schedulers();
    await later({ at: clock.now() + MINUTE }, "once");
    await later({ cron: "0 9 * * *", zone: "UTC" }, "daily");
    await later({ every: 10 * MINUTE }, "often");
    stop();
    await clock.advance(DAY + 15 * HOUR);
    const second = schedulers({ clock, store });
    await clock.advance(0);
    expect(second.missed.sort()).toEqual(["daily", "once"]);
    // Its last run was only minutes ago.
    expect(second.fired.map(({ text }) => text)).toEqual(["often"]);
    await clock.advance(DAY);
    expect(second.fired.filter(({ text }) => text === "daily")).toHaveLength(1);
    expect(second.fired.filter(({ text }) => text === "once")).toHaveLength(0);
  });

  test.each([HOUR, -HOUR, DAY, -DAY, -365 * DAY])(
    "is neither lost nor doubled when the clock jumps by %d ms",
    async (jump) => {
      const clock = fakeClock();
      let shift = 0;
      const jumping: FakeClock = { ...clock, now: () => clock.now() + shift, advance: clock.advance };
      const { fired, missed, later } = schedulers({ clock: jumping, store: memoryStore(clock.now) });
      await later({ at: jumping.now() + 2 * HOUR }, "once");
      await clock.advance(10 * MINUTE);
      shift = jump;
      await clock.advance(400 * DAY);
      expect([...fired.map(({ text }) => text), ...missed]).toEqual(["once"]);
    },
  );

  test("is neither lost nor doubled when the clock steps back while it is looked at", async () => {
    const clock = fakeClock();
    let shift = 0;
    const good = memoryStore(clock.now);
    const store: Store = {
      ...good,
      async get(key) {
        const entry = await good.get(key);
        if (entry?.key.startsWith("job/") && clock.now() >= due) shift = -HOUR;
        return entry;
      },
    };
    const stepping: FakeClock = { ...clock, now: () => clock.now() + shift, advance: clock.advance };
    const { fired, later } = schedulers({ clock: stepping, store });
    const due = clock.now() + 10 * MINUTE;
    await later({ at: due }, "once");
    await later({ every: 10 * MINUTE }, "tick");
    await clock.advance(3 * HOUR);
    expect(fired.filter(({ text }) => text === "once")).toHaveLength(1);
    const ticks = fired.filter(({ text }) => text === "tick");
    // The hour that came twice had its run at the beginning.
    expect(ticks).toHaveLength(1 + 11);
  });

  test.each<[string, Json]>([
    ["nothing", null],
    ["a text", "ping"],
    ["half a job", { id: "aaaaa", text: "ping" }],
    ["a job at no time", { ...sound, when: null }],
    ["a job of nobody", { ...sound, event: { from: null } }],
    ["a job at no time that is known", { ...sound, when: { moon: "full" } }],
    ["a job with a pattern that is none", { ...sound, when: { cron: "x", zone: "UTC" } }],
  ])("is run though the store has %s in its place for another", async (_what, value) => {
    const { all, clock, fired, later, log, store } = schedulers();
    await store.write([
      { key: "job/aaaaa", value },
      { key: "due/000000000000001/aaaaa", value: "aaaaa" },
      { key: "due/x", value: [] },
    ]);
    const { id } = await later({ at: clock.now() + MINUTE }, "ping");
    const listed = await all[0]!.jobsOf(event()).list();
    expect(listed.map((job) => job.id)).toContain(id);
    await clock.advance(MINUTE);
    expect(fired).toHaveLength(1);
    expect(log.lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      expect.stringContaining("job aaaaa cannot be run"),
    ]);
    expect(await Array.fromAsync(store.list("due/"))).toEqual([]);
  });

  test("is neither lost nor doubled while the store fails", async () => {
    const clock = fakeClock();
    const good = memoryStore(clock.now);
    let down = false;
    const check = () => {
      if (down) throw new Error("down");
    };
    const store: Store = {
      ...good,
      get: async (key) => {
        check();
        return good.get(key);
      },
      async *list(prefix, options) {
        check();
        yield* good.list(prefix, options);
      },
    };
    const { fired, later } = schedulers({ clock, store });
    await later({ at: clock.now() + MINUTE }, "once");
    down = true;
    await clock.advance(10 * MINUTE);
    expect(fired).toEqual([]);
    down = false;
    await clock.advance(MINUTE);
    expect(fired.map(({ text }) => text)).toEqual(["once"]);
  });
});

describe("the list of jobs", () => {
  test("shows a person's own everywhere, and those of the room", async () => {
    const { all, clock, later } = schedulers();
    const at = clock.now() + HOUR;
    await later({ at: at + 2 }, "mine elsewhere", event({ person: "ann", room: "#dev" }));
    await later({ at }, "mine here", event({ person: "ann", room: "#ops" }));
    await later({ at: at + 1 }, "bob's here", event({ person: "bob", room: "#ops" }));
    await later({ at: at + 3 }, "bob's elsewhere", event({ person: "bob", room: "#dev" }));
    await later({ at: at + 4 }, "an impostor's", event({ person: "ann", room: "#dev", assurance: 0 }));
    const jobs = all[0]!.jobsOf(event({ person: "ann", room: "#ops" }));
    expect((await jobs.list()).map(({ text }) => text)).toEqual([
      "mine here",
      "bob's here",
      "mine elsewhere",
    ]);
  });

  test("lets a person cancel their own, and operators' commands any", async () => {
    const { all, clock, fired, later } = schedulers();
    const mine = await later({ at: clock.now() + HOUR }, "mine", event({ person: "ann" }));
    const theirs = await later({ every: HOUR }, "theirs", event({ person: "bob" }));
    const jobs = all[0]!.jobsOf(event({ person: "ann" }));
    expect(await jobs.cancel(mine.id.toUpperCase())).toBe(true);
    expect(await jobs.cancel(mine.id)).toBe(false);
    expect(codeOf(await jobs.cancel(theirs.id).catch((error) => error))).toBe("denied");
    const impostor = all[0]!.jobsOf(event({ person: "bob", assurance: 0 }));
    expect(codeOf(await impostor.cancel(theirs.id).catch((error) => error))).toBe("denied");
    expect(await jobs.cancel(theirs.id, { anyones: true })).toBe(true);
    await clock.advance(DAY);
    expect(fired).toEqual([]);
  });

  test("ends at a hundred for one person", async () => {
    const { all, clock, later } = schedulers();
    for (let i = 0; i < 100; i++) await later({ at: clock.now() + HOUR + i }, "x");
    expect(codeOf(await all[0]!.plan(event(), { every: HOUR }, "x").catch((error) => error))).toBe("limited");
    await all[0]!.plan(event({ person: "bob" }), { every: HOUR }, "x");
  });
});
