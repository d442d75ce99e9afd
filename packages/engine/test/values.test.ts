import { envOf, type Flag } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommandLine, parseEnvironment, parseValue, reader, unclaimed } from "../src/values.ts";

const declared: readonly Flag[] = [
  { name: "inputs", type: "list", usage: "" },
  { name: "irc_server", usage: "", required: true },
  { name: "irc_port", type: "number", min: 1, default: 6667, usage: "" },
  { name: "irc_tls", type: "boolean", usage: "" },
  { name: "timeout", type: "duration", default: "30s", usage: "" },
  { name: "irc_password", secret: true, type: "number", usage: "" },
];
const parse = (...argv: string[]) => parseCommandLine(argv, declared);

describe("the command line", () => {
  test("takes underscores and dashes, an equals sign or a space", () => {
    for (const argv of [["--irc_server=a-b_c"], ["--irc-server", "a-b_c"]])
      expect(parse(...argv, "ping").values.get("irc_server")).toBe("a-b_c");
  });

  test("leaves the command's own words alone", () => {
    expect(parse("--irc_tls", "echo", "--loud", "a  b").words).toEqual(["echo", "--loud", "a  b"]);
    expect(parse("--irc_tls", "ping").values.get("irc_tls")).toBe(true);
    expect(parse("--", "--ping").words).toEqual(["--ping"]);
  });

  test("takes flags on either side of bot", () => {
    const { values, words } = parse("--irc_tls=false", "bot", "--inputs=irc, slack");
    expect(words).toEqual(["bot"]);
    expect(Object.fromEntries(values)).toEqual({ irc_tls: false, inputs: ["irc", "slack"] });
    expect(parse("--irc_server", "bot").words).toEqual([]);
    expect(parse("bot", "bot").words).toEqual(["bot", "bot"]);
  });

  test.each([
    ["--inptus=irc", "unknown flag --inptus: did you mean --inputs?"],
    ["--irc-sever=x", "unknown flag --irc-sever: did you mean --irc_server?"],
    ["--zzzzzzzz", "unknown flag --zzzzzzzz: micro --help lists them"],
    ["--irc_port=abc", "--irc_port: 'abc' is not a number"],
    ["--irc_tls=maybe", "--irc_tls: 'maybe' is not true or false"],
    ["--timeout=30", "--timeout: '30' is not a time such as 500ms, 30s, 5m, 2h or 1d"],
    ["--irc_port=0", "--irc_port: '0' is not 1 or more"],
    ["--timeout=30d", "--timeout: '30d' is not 24 days or less"],
    ["--irc_server", "--irc_server needs a value: --irc_server=VALUE"],
    ["--irc_server=", "--irc_server needs a value: --irc_server=VALUE"],
    ["--irc_password=hunter2", "--irc_password: its value is not a number"],
  ])("names what is wrong in %s", (arg, message) => {
    expect(() => parse(arg)).toThrow(expect.objectContaining({ code: "config", message }));
  });

  test("gives back any value it was given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.array(fc.string()), (value, words) => {
        const parsed = parse(`--irc_server=${value}`, "run", ...words);
        expect(parsed.values.get("irc_server")).toBe(value);
        expect(parsed.words).toEqual(["run", ...words]);
      }),
    );
  });

  test("throws nothing but 'config', whatever is typed", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((s) => `--${s}`),
            fc.string().map((s) => `-${s}`),
          ),
        ),
        (argv) => {
          try {
            parse(...argv);
          } catch (error) {
            expect(error).toMatchObject({ code: "config" });
          }
        },
      ),
    );
  });
});

describe("values", () => {
  test("come from the environment, where empty means absent", () => {
    const values = parseEnvironment({ MICRO_IRC_PORT: "7000", MICRO_IRC_TLS: "", OTHER: "x" }, declared);
    expect(Object.fromEntries(values)).toEqual({ irc_port: 7000 });
  });

  test("in the environment that nobody claims are named with the nearest", () => {
    expect(unclaimed({ MICRO_IRC_SEVER: "x", HOME: "/" }, declared)).toEqual([
      { name: "MICRO_IRC_SEVER", nearest: "MICRO_IRC_SERVER" },
    ]);
  });

  test("have their defaults, and a required one without a value is an error that names it", () => {
    expect(reader("input-irc", new Map([["irc_server", "x"]]))(declared)).toEqual({
      inputs: [],
      irc_server: "x",
      irc_port: 6667,
      irc_tls: false,
      timeout: 30_000,
      irc_password: undefined,
    });
    expect(() => reader("input-irc", new Map())(declared)).toThrow(
      "[input-irc] irc_server is required: --irc_server=VALUE or MICRO_IRC_SERVER",
    );
  });

  test("of a duration are milliseconds", () => {
    const flag: Flag = { name: "t", type: "duration", usage: "" };
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    for (const [unit, size] of Object.entries(units))
      expect(parseValue(flag, `1.5${unit}`, "")).toBe(1.5 * size);
  });

  test("have an environment variable named after the flag", () => {
    expect(envOf({ name: "irc_server", usage: "" })).toBe("MICRO_IRC_SERVER");
    expect(envOf({ name: "registry_address", usage: "", env: "CONSUL_HTTP_ADDR" })).toBe("CONSUL_HTTP_ADDR");
  });
});
