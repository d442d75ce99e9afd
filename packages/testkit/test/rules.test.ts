import { expect, test } from "vitest";
import { needed } from "../src/rules.ts";
import { eventually, gather, rejection, within } from "../src/waiting.ts";

test("a hook that is not given is an error that says how to go on", () => {
  expect(() => needed(undefined, "reopen")).toThrow(/'reopen'.*skip the rule with a reason/);
  expect(needed("hook", "reopen")).toBe("hook");
});

test("waiting for what does not come ends in an error that says what it was", async () => {
  await expect(within(new Promise(() => {}), 1, "the answer")).rejects.toThrow(/the answer.*1 ms/);
  await expect(eventually(() => false, 1, "the change")).rejects.toThrow(/the change.*1 ms/);
  expect(await within(Promise.resolve(1), 1000, "the answer")).toBe(1);
});

test("a promise that should reject and does not is an error", async () => {
  await expect(rejection(Promise.resolve(1), "send")).rejects.toThrow(/send.*resolved/);
  const error = new Error("no");
  expect(await rejection(Promise.reject(error), "send")).toBe(error);
});

test("what an iterable throws is seen by whoever waits for its end", async () => {
  const gathered = gather(
    (async function* () {
      yield 1;
      throw new Error("torn");
    })(),
  );
  await expect(gathered.ended).rejects.toThrow("torn");
  expect(gathered.items).toEqual([1]);
});
