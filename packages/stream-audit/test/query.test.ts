import { memoryStore } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { find, queryOf } from "../src/query.ts";
import type { Facts } from "../src/record.ts";
import { table } from "../src/table.ts";
import { newChain, recordsOf } from "./support.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;
const never = new AbortController().signal;

describe("the words after audit", () => {
  test.each([
    ["", { last: 20 }],
    ["last 50", { last: 50 }],
    ["by slack:U1 command Deploy last 10", { last: 10, by: "slack:u1", command: "deploy" }],
    ["since 2h", { last: 1000, since: NOW - 2 * HOUR }],
    ["since 1.5d", { last: 1000, since: NOW - 36 * HOUR }],
    ["since 2026-01-30", { last: 1000, since: Date.UTC(2026, 0, 30) }],
    ["since 2026-01-30 17:30", { last: 1000, since: Date.UTC(2026, 0, 30, 17, 30) }],
    ["since 2026-01-30T17:30:05Z", { last: 1000, since: Date.UTC(2026, 0, 30, 17, 30, 5) }],
    [
      "BETWEEN 2026-01-30 AND 2026-01-31 01:00",
      { last: 1000, since: Date.UTC(2026, 0, 30), until: Date.UTC(2026, 0, 31, 1) },
    ],
    ["run abc", { last: 1000, run: "abc" }],
  ])("'%s' is understood", (text, query) => {
    expect(queryOf(text.split(" ").filter(Boolean), NOW)).toEqual(query);
  });

  test.each([
    ["lost 5", "I do not know 'lost'"],
    ["last", "last what?"],
    ["last five", "'five' is no number of records from 1 to 1000"],
    ["last 100000", "'100000' is no number"],
    ["since", "since when?"],
    ["since yesterday", "'yesterday' is no time"],
    ["since 2026-13-40", "'2026-13-40' is no time"],
    ["between 2h 1h", "between needs two times with 'and'"],
    ["between 1h and 2h", "the second time of between is before the first"],
  ])("'%s' is refused, naming the word", (text, message) => {
    expect(() => queryOf(text.split(" "), NOW)).toThrow(message);
  });

  test("are understood or refused in words, whatever they are", () => {
    const word = fc.oneof(
      fc.constantFrom("last", "by", "command", "since", "between", "and", "run", "5", "2h", "2026-01-31"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          expect(queryOf(words, NOW).last).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid" });
        }
      }),
    );
  });
});

describe("records", () => {
  async function filled() {
    const store = memoryStore();
    let now = NOW - 1000 * 60_000;
    const chain = newChain(store, { now: () => now });
    for (let i = 0; i < 1000; i++) {
      const facts: Facts = {
        kind: "asked",
        run: `r${i}`,
        account: i % 2 ? "irc:alice" : "slack:U1",
        ...(i % 2 === 0 && { person: "Ann" }),
        command: i % 10 ? "ping" : "deploy",
      };
      await chain.append(facts);
      now += 60_000;
    }
    return store;
  }

  test("are found by person, command, run and time, the newest last", async () => {
    const store = await filled();
    const seqs = async (text: string) =>
      (await find(store, queryOf(text.split(" ").filter(Boolean), NOW), never)).map(({ seq }) => seq);
    expect(await seqs("")).toEqual(Array.from({ length: 20 }, (_, i) => 981 + i));
    expect(await seqs("last 3 by irc:alice")).toEqual([996, 998, 1000]);
    expect(await seqs("last 2 by ALICE")).toEqual([998, 1000]);
    expect(await seqs("last 2 by ann")).toEqual([997, 999]);
    expect(await seqs("last 2 by slack:u1 command deploy")).toEqual([981, 991]);
    expect(await seqs("run r7")).toEqual([8]);
    expect(await seqs("since 5m")).toEqual([996, 997, 998, 999, 1000]);
    expect(await seqs("between 10m and 8m")).toEqual([991, 992, 993]);
    expect(await seqs("command deploy last 1000")).toHaveLength(100);
    expect(await seqs("by nobody")).toEqual([]);
  });

  test("are searched only as far back as they can be", async () => {
    const store = await filled();
    let read = 0;
    const counting = {
      ...store,
      async *list(prefix: string, options?: object) {
        for await (const entry of store.list(prefix, options)) {
          read++;
          yield entry;
        }
      },
    };
    await find(counting, queryOf(["since", "5m"], NOW), never);
    expect(read).toBeLessThan(900);
    await expect(find(store, queryOf([], NOW), AbortSignal.abort(new Error("enough")))).rejects.toThrow(
      "enough",
    );
  });

  test("are shown as a table", async () => {
    const store = memoryStore();
    const chain = newChain(store, { now: () => NOW });
    const who = { run: "r1", account: "slack:U1", person: "ann", room: "slack:C9" };
    await chain.append({ kind: "asked", ...who, command: "deploy", text: "deploy\norders" });
    await chain.append({ kind: "asked", ...who, command: "deploy", text: "deploy\norders" });
    await chain.append({
      kind: "refused",
      ...who,
      command: "deploy",
      rule: "ops only",
      ms: 3,
      code: "denied",
      message: "no",
    });
    await chain.append({
      kind: "sent",
      run: "r2",
      account: "irc:al",
      from: "irc:#a",
      to: "slack:C9",
      text: "hi \u202eliame",
    });
    await chain.append({ kind: "cut", upTo: { seq: 7, hash: "" }, message: "--audit_keep=90d" });
    expect(table(await recordsOf(store))).toBe(
      [
        "record  UTC                  what         who             where     run",
        "1       2026-01-31 12:00:00  asked        ann (slack:U1)  slack:C9  r1   deploy orders",
        "2       2026-01-31 12:00:00  asked again  ann (slack:U1)  slack:C9  r1   deploy orders",
        "3       2026-01-31 12:00:00  refused      ann (slack:U1)  slack:C9  r1   deploy in 3 ms rule ops only denied: no",
        "4       2026-01-31 12:00:00  sent         irc:al                    r2   irc:#a to slack:C9: hi \\u{202e}liame",
        "5       2026-01-31 12:00:00  cut                                         up to record 7, by --audit_keep=90d",
      ].join("\n"),
    );
  });
});
