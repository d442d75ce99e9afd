import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Crowd } from "../../scripts/soak/crowd.ts";
import { healed } from "../../scripts/soak/heal.ts";
import { Ledger } from "../../scripts/soak/ledger.ts";
import { Person } from "../../scripts/soak/person.ts";
import { newRandom } from "../../scripts/soak/random.ts";
import { until } from "../../scripts/soak/stage.ts";
import { type Ngircd, noNgircd, startNgircd } from "../servers/ngircd.ts";

describe.skipIf(noNgircd)("the crowd", () => {
  let server: Ngircd;
  beforeAll(async () => {
    server = await startNgircd();
  });
  afterAll(() => server.stop());

  const options = (bot: string, ledger: Ledger) => ({
    port: server.port,
    bot,
    ledger,
    rooms: ["#one", "#two"],
    talkers: 3,
    askers: 2,
    rate: 200,
    random: newRandom(3),
  });

  /** Somebody who plays the bot. */
  async function play(nick: string, answer: (text: string, by: string) => string | undefined) {
    const bot: Person = await Person.join({
      port: server.port,
      nick,
      rooms: ["#one", "#two"],
      heard({ by, where, text }) {
        const words = answer(text, by);
        if (words !== undefined)
          bot.say(where === nick ? by : where, where === nick ? words : `${by}: ${words}`);
      },
    });
    onTestFinished(() => bot.quit());
  }

  async function gather(bot: string, ledger: Ledger): Promise<Crowd> {
    const crowd = await Crowd.gather(options(bot, ledger));
    onTestFinished(() => crowd.leave());
    return crowd;
  }

  test("talks in rooms and directly without waiting, orders and answers, and hears what it is told", async () => {
    const ledger = new Ledger();
    const crowd = await gather("clerk", ledger);
    const open = new Map<string, string>();
    await play("clerk", (text, by) => {
      const [word, n] = text.split(" ");
      if (word === "count") {
        ledger.effect(text);
        return `counted ${n}`;
      }
      if (word === "order") {
        open.set(by, n!);
        return `really order ${n}? (yes / no)`;
      }
      const ordered = open.get(by);
      if (word !== "yes" || !open.delete(by)) return undefined;
      ledger.effect(`order ${ordered}`);
      return `ordered ${ordered}`;
    });
    crowd.talk();
    const busy = await until(() => ledger.tally().done > 100, 60_000);
    crowd.hush();
    await until(() => ledger.open().size === 0, 60_000);
    const { done, said, lost, doubled } = ledger.tally();
    expect(busy).toBe(true);
    expect(done).toBeLessThanOrEqual(said);
    expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    expect(crowd.gone()).toEqual([]);
  });

  test("finds out a bot that does things twice, or says nothing of what it did", async () => {
    const ledger = new Ledger();
    const crowd = await gather("cheat", ledger);
    await play("cheat", (text) => {
      const n = Number(/^count (\d+)$/.exec(text)?.[1] ?? 0);
      if (n === 0) return undefined;
      for (let times = 0; times < (n % 3 === 0 ? 2 : 1); times++) ledger.effect(text);
      return n % 3 === 1 ? undefined : `counted ${n}`;
    });
    crowd.talk();
    await until(() => ledger.tally().done > 20, 60_000);
    crowd.hush();
    const { lost, doubled } = ledger.tally();
    expect(lost.length).toBeGreaterThan(0);
    expect(doubled.length).toBeGreaterThan(0);
  });

  test("sees the bot come, and measures until it answers again", async () => {
    const crowd = await gather("sleeper", new Ledger());
    const joined = crowd.joined();
    let awake = false;
    await play("sleeper", (text) => (awake ? text.replace(/^probe (\d+)$/, "probed $1 by 42") : undefined));
    await joined;
    setTimeout(() => {
      awake = true;
    }, 300);
    const ms = await healed(crowd, 60_000, ({ pid }) => pid === 42);
    expect(ms).toBeGreaterThan(250);
    expect(ms).not.toBe(Infinity);
    expect(await healed(crowd, 300, ({ pid }) => pid === 43)).toBe(Infinity);
  });
});
