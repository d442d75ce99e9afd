import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeFolder, stateFolder } from "../src/state.ts";

describe("the folder for state", () => {
  test("is systemd's, else the user's state folder, else in their home", () => {
    const [STATE_DIRECTORY, XDG_STATE_HOME, HOME] = [
      "/var/lib/micro:/var/lib/other",
      "/home/ann/state",
      "/home/ann",
    ];
    expect(stateFolder({ STATE_DIRECTORY, XDG_STATE_HOME, HOME })).toBe("/var/lib/micro");
    expect(stateFolder({ XDG_STATE_HOME, HOME })).toBe("/home/ann/state/micro-bot");
    expect(stateFolder({ HOME })).toBe("/home/ann/.local/state/micro-bot");
  });

  test("is never in whatever folder the bot was started from", () => {
    const path = fc.constantFrom(undefined, "", ".", "state", "../state", "~/state", ":", "/state");
    fc.assert(
      fc.property(path, path, path, (STATE_DIRECTORY, XDG_STATE_HOME, HOME) => {
        const folder = stateFolder({ STATE_DIRECTORY, XDG_STATE_HOME, HOME });
        expect(folder === undefined || isAbsolute(folder)).toBe(true);
      }),
    );
  });

  test("is made with those above it, for its user alone", () => {
    const dir = mkdtempSync(join(tmpdir(), "state-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    for (let time = 0; time < 2; time++) makeFolder(join(dir, "a", "b"));
    expect(statSync(join(dir, "a", "b")).mode & 0o777).toBe(0o700);
  });

  test("that cannot be made, or that nobody has, is an error that says what to do", () => {
    const dir = mkdtempSync(join(tmpdir(), "state-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "file"), "");
    const instead = expect.objectContaining({
      code: "config",
      message: expect.stringContaining("name another place with --store=sqlite:FILE"),
    });
    expect(() => makeFolder(join(dir, "file", "micro-bot"))).toThrow(instead);
    expect(() => makeFolder(undefined)).toThrow(instead);
    if (existsSync("/proc/self")) expect(() => makeFolder("/proc/.local/state/micro-bot")).toThrow(instead);
  });
});
