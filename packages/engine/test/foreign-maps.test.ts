import { describe, expect, test } from "vitest";
import { foreignMaps } from "../src/foreign-maps.ts";

describe("the maps of plugins", () => {
  test("of another major of the contract are named, when something is in them", () => {
    const key = Symbol.for("@micro-bot/core/v2/inputs");
    const all = globalThis as unknown as Record<symbol, unknown>;
    all[key] = new Map();
    expect(foreignMaps()).toEqual([]);
    all[key] = new Map([["irc", {}]]);
    expect(foreignMaps()).toEqual(["v2/inputs"]);
    delete all[key];
  });
});
