import { type Command, newCommand, Plugins } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandWords, Matcher } from "../src/line/matcher.ts";

function matcher(...patterns: string[]): Matcher {
  const commands = new Plugins<Command>();
  for (const pattern of patterns) commands.set(pattern, command(pattern));
  return new Matcher(commands);
}

function command(name: string, usage = name): Command {
  return newCommand(name, usage, "", () => "");
}

describe("matching", () => {
  test("is without regard to case and unanchored, as in Go", () => {
    const found = matcher("^ping$", "deploy");
    expect(found.match("PiNG")?.pattern).toBe("^ping$");
    expect(found.match("please deploy it")?.pattern).toBe("deploy");
    expect(found.match("pinging")).toBeUndefined();
  });

  test("prefers the longest literal beginning, then the order of registration", () => {
    const patterns = ["^list ", "^list services$", "services", "serv"];
    const found = matcher(...patterns);
    expect(found.match("list services")?.pattern).toBe("^list services$");
    expect(found.match("list nodes")?.pattern).toBe("^list ");
    expect(found.match("all services")?.pattern).toBe("services");
    expect(matcher("^(a|list) ", "^lis?t ").match("list x")?.pattern).toBe("^lis?t ");
  });

  test("gives the same answer whatever else is registered before or after", () => {
    const others = fc.uniqueArray(fc.stringMatching(/^\^[a-z]{3,8} $/), { maxLength: 20 });
    fc.assert(
      fc.property(others, others, (before, after) => {
        const patterns = [...new Set([...before, "^target one$", ...after])];
        expect(matcher(...patterns).match("target one")?.pattern).toBe("^target one$");
      }),
    );
  });

  test("refuses a pattern that is no RE2 syntax, naming it and its file", () => {
    expect(() => matcher("^(?=look)").compile()).toThrow(
      expect.objectContaining({
        code: "config",
        message: expect.stringMatching(/\^\(\?=look\).*matcher\.test\.ts/),
      }),
    );
  });

  test("sees a command that is registered, or taken away, while the bot runs", () => {
    const commands = new Plugins<Command>();
    const found = new Matcher(commands);
    expect(found.match("late")).toBeUndefined();
    commands.set("^late$", command("late"));
    expect(found.match("late")?.pattern).toBe("^late$");
    commands.delete("^late$");
    expect(found.match("late")).toBeUndefined();
  });

  test("is stalled by no pattern and no text", () => {
    const found = matcher("^(a+)+$", "^(a|a)*$", "(.*)*x", "([a-zA-Z]+)*z", "^(([a-z])+.)+[A-Z]([a-z])+$");
    const text = `${"a".repeat(65_000)}!`;
    // V8's own engine needs longer than the age of the world for this.
    expect(found.match(text)).toBeUndefined();
  });

  test("offers the nearest command for a slip of the finger, and none for another word", () => {
    const commands = new Plugins<Command>();
    for (const usage of ["ping", "list services", "where are you?", "echo [text]"])
      commands.set(usage, command(usage, usage));
    const found = new Matcher(commands);
    expect(found.nearest("pnig")?.name).toBe("ping");
    expect(found.nearest("lst services")?.name).toBe("list services");
    expect(found.nearest("ehco some text")?.name).toBe("echo [text]");
    expect(found.nearest("nope")).toBeUndefined();
    expect(found.nearest("x".repeat(100_000))).toBeUndefined();
  });

  test("knows the words of a command by its usage", () => {
    expect(commandWords(command("", "call SERVICE ENDPOINT [JSON]"))).toBe("call");
    expect(commandWords(command("", "list services"))).toBe("list services");
    expect(commandWords(command("", "get service NAME"))).toBe("get service");
  });
});
