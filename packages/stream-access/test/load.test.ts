import { readFileSync } from "node:fs";
import { Validator } from "@cfworker/json-schema";
import { codeOf } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { loadPolicy, parsePolicy } from "../src/load.ts";
import { schemaFault } from "../src/schema.ts";
import { rulesFile } from "./support.ts";

const GOOD = `people:
  alice: [slack:U061F7AUR, irc:alice]
  bob: irc:bob
roles:
  lead: [alice, bob]
rules:
  - name: deploys
    command: deploy
    args: ["staging|prod", "(fast)?"]
    rooms: ["slack:C1", irc:#ops, direct]
    allow: lead
    assurance: 2
    approval: { by: [lead, operators], count: 2, in: "slack:#approvals", within: 2h }
  - command: [read, "*"]
    deny: anyone
    why: Fridays
`;

function wrong(text: string, file = "access.yaml"): string {
  try {
    parsePolicy(file, text);
  } catch (error) {
    expect(codeOf(error)).toBe("config");
    return (error as Error).message;
  }
  throw new Error(`accepted: ${text}`);
}

describe("an access file", () => {
  test("is read from YAML", () => {
    const { people, rules } = parsePolicy("access.yaml", GOOD);
    expect([...people]).toEqual([
      ["slack:U061F7AUR", "alice"],
      ["irc:alice", "alice"],
      ["irc:bob", "bob"],
    ]);
    expect(rules).toMatchObject([
      {
        name: "deploys",
        verdict: "allow",
        commands: ["deploy"],
        rooms: [{ input: "slack", room: "C1" }, { input: "irc", room: "#ops" }, "direct"],
        who: { words: ["lead"], people: new Set(["alice", "bob"]), anyone: false, operators: false },
        assurance: 2,
        approval: {
          count: 2,
          within: 7_200_000,
          in: { input: "slack", room: "#approvals" },
          by: { operators: true },
        },
      },
      { name: "rule 2", verdict: "deny", commands: ["read", "*"], who: { anyone: true }, why: "Fridays" },
    ]);
  });

  test("of the README is a good one", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/u.exec(readme) ?? [];
    expect(parsePolicy("access.yaml", yaml).rules).toHaveLength(2);
  });

  test("says the same in JSON, with tabs too", () => {
    const value = { people: { bob: "irc:bob" }, rules: [{ command: "x", allow: ["bob"], args: "a+" }] };
    const shape = (text: string, file: string) => JSON.stringify(parsePolicy(file, text).rules);
    expect(shape(JSON.stringify(value, null, "\t"), "a.json")).toBe(shape(stringify(value), "a.yml"));
  });

  test.each<[what: string, from: string, to: string, line: number, says: RegExp]>([
    ["a key nobody knows", "    command: deploy", "    comand: deploy", 8, /there is no key 'comand' here/],
    ["a key of the whole", "rules:", "rulez:", 6, /there is no key 'rulez' here/],
    ["a rule without a command", "    command: deploy\n", "", 7, /entry 1 lacks command/],
    [
      "a rule that neither allows nor denies",
      "    deny: anyone\n",
      "",
      14,
      /a rule has either allow or deny/,
    ],
    [
      "a rule that does both",
      "    deny: anyone",
      "    deny: anyone\n    allow: bob",
      14,
      /a rule has either allow or deny/,
    ],
    [
      "a refusal with an assurance",
      "    deny: anyone",
      "    deny: anyone\n    assurance: 1",
      14,
      /neither approval nor assurance/,
    ],
    ["somebody unknown in a role", "[alice, bob]", "[alice, carl]", 5, /there is no 'carl' under people/],
    ["somebody unknown in a rule", "allow: lead", "allow: leads", 11, /there is no person or role 'leads'/],
    ["an account of two", "bob: irc:bob", "bob: irc:alice", 3, /the account 'irc:alice' is alice's already/],
    ["an account of two, written otherwise", "bob: irc:bob", 'bob: "irc:%61lice"', 3, /is alice's already/],
    ["an account twice", "irc:alice]", "irc:alice, irc:alice]", 2, /is given twice/],
    ["no account", "bob: irc:bob", "bob: bob", 3, /bob cannot be "bob": write input:id/],
    ["a person whose name is taken", "bob: irc:bob", "anyone: irc:bob", 3, /nobody can be called 'anyone'/],
    ["a name of a person and a role", "  lead:", "  bob:", 5, /'bob' is a person and a role/],
    ["a bad pattern", "(fast)?", "(fast", 9, /missing closing \)/],
    ["a pattern that is no RE2", "(fast)?", "(?=a)b", 9, /invalid.*perl operator|parsing regexp/],
    ["a bad time", "within: 2h", "within: soon", 13, /within cannot be "soon": write 10m/],
    ["a long time", "within: 2h", "within: 8d", 13, /'8d' is longer than 7d/],
    ["a bad assurance", "assurance: 2", "assurance: 3", 12, /assurance cannot be 3/],
    ["too few who could approve", "count: 2", "count: 3", 13, /^/],
    ["anyone who approves", "by: [lead, operators]", "by: anyone", 13, /'anyone' cannot approve/],
    ["a bad room", "direct]", "nowhere]", 10, /entry 3 cannot be "nowhere"/],
    [
      "two rules of one name",
      "  - command: [read",
      "  - name: deploys\n    command: [read",
      14,
      /two rules are called 'deploys'/,
    ],
    ["a key twice", "  bob: irc:bob", "  alice: irc:bob", 3, /Map keys must be unique/],
    ["a broken list", "[alice, bob]", "[alice, bob", 6, /./],
    ["an alias to nothing", "bob: irc:bob", "bob: *nobody", 1, /alias/i],
  ])("with %s is refused, by line and word", (_what, from, to, line, says) => {
    expect(GOOD).toContain(from);
    const text = GOOD.replace(from, to);
    if (to === "count: 3")
      expect(wrong(text.replace(", operators]", "]"))).toMatch(/:13: 3 must approve, and 2 could/u);
    else
      expect(wrong(text)).toMatch(
        new RegExp(`access_file: access\\.yaml:${line}: .*${says.source}`, says.flags),
      );
  });

  test.each([
    ["no JSON", '{"rules": [],}', /access\.json:1: it is no JSON/],
    ["YAML in a JSON file", "rules: []", /access\.json:1: it is no JSON/],
    ["a key twice", '{"rules": [],\n"rules": []}', /access\.json:2: Map keys must be unique/],
    ["nothing", "", /it is no JSON/],
    ["a list", "[]", /the file is \[\]/],
  ])("of JSON with %s is refused", (_what, text, says) => {
    expect(wrong(text, "access.json")).toMatch(says);
  });

  test("that is not there is refused, naming the flag", () => {
    expect(() => loadPolicy("/nowhere/access.yaml")).toThrow(
      /^\[stream-access\] access_file: it cannot be read: ENOENT/u,
    );
    expect(loadPolicy(rulesFile("rules: []")).rules).toEqual([]);
  });

  test("that swells when its aliases are followed is refused", () => {
    const swollen = [
      "a: &a [x, x, x, x, x, x, x, x, x, x]",
      ..."bcdefgh"
        .split("")
        .map((key, at) => `${key}: &${key} [${"*".concat("abcdefgh"[at]!, ", ").repeat(10)}]`),
    ];
    expect(wrong(swollen.join("\n"))).toMatch(/alias/iu);
  });

  test.each([
    ["goes round in itself", "rules: &r [*r]", /circular/u],
    ["has half a character for a key", '"\\uD800": 1\nrules: []', /cannot be checked/u],
    ["has a key twice, as a number and as a word", 'people: { 1: irc:a, "1": irc:b }\nrules: []', /unique/u],
  ])("that %s is refused in words", (_what, text, says) => {
    expect(wrong(text)).toMatch(says);
  });

  test("of any words is read or refused in words, and never breaks", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" }), mangled),
        fc.boolean(),
        (text, json) => {
          try {
            parsePolicy(json ? "x.json" : "x.yaml", text);
          } catch (error) {
            expect(codeOf(error), String((error as Error).stack)).toBe("config");
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("that the published schema refuses is refused, and one that it accepts is refused only for what it cannot know", () => {
    const schema = JSON.parse(readFileSync(new URL("../access.schema.json", import.meta.url), "utf8"));
    const validator = new Validator(schema, "2020-12");
    const unknowable =
      /there is no person or role|under people|already|given twice|person and a role|regexp|cannot approve|must approve|longer than|are called|cannot be read/u;
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(values, (value) => {
        const isValid = validator.validate(value).valid;
        expect(schemaFault(value) === undefined).toBe(isValid);
        const why = messageFor(value);
        if (!isValid) expect(why).toBeDefined();
        else if (why !== undefined) expect(why).toMatch(unknowable);
        if (why === undefined) accepted++;
        else refused++;
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(20);
  });
});

function messageFor(value: unknown): string | undefined {
  try {
    parsePolicy("x.json", JSON.stringify(value));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A good file with a piece cut out or put in. */
const mangled = fc
  .tuple(fc.nat(GOOD.length), fc.nat(20), fc.string({ maxLength: 5 }))
  .map(([at, cut, put]) => GOOD.slice(0, at) + put + GOOD.slice(at + cut));

const word = fc.constantFrom("alice", "bob", "lead", "anyone", "operators", "*", "");
const words = fc.oneof(word, fc.array(word, { maxLength: 3 }));
const account = fc.constantFrom("irc:alice", "irc:bob", "slack:U1", "bob", "irc:", "IRC:x", "irc:a?b");
const rule = fc.record(
  {
    command: fc.oneof(words, fc.integer()),
    name: fc.constantFrom("a", "b", "", 1),
    args: fc.oneof(
      fc.constantFrom("a+", "(", ""),
      fc.array(fc.constantFrom("a", "[", "b*"), { maxLength: 3 }),
    ),
    rooms: fc.oneof(account, fc.array(fc.oneof(account, fc.constant("direct")), { maxLength: 2 })),
    allow: words,
    deny: words,
    assurance: fc.constantFrom(0, 1, 2, 3, "1"),
    approval: fc.record(
      {
        by: words,
        count: fc.constantFrom(1, 2, 0, 1.5),
        in: account,
        within: fc.constantFrom("10m", "9d", "0m", "x"),
      },
      { requiredKeys: ["by"] },
    ),
    why: fc.constantFrom("because", ""),
    other: fc.constant(1),
  },
  { requiredKeys: ["command", "allow"] },
);
const simple = fc.record({
  command: fc.constantFrom("a", "b"),
  allow: fc.constantFrom("alice", "bob", "lead", "anyone"),
});
const people = fc.constant({ alice: "irc:alice", bob: ["irc:bob"] });
const roles = fc.constant({ lead: ["alice", "bob"] });
const good = fc.record({ people, roles, rules: fc.array(fc.oneof(simple, rule), { maxLength: 2 }) });
const odd = fc.record(
  {
    people: fc.dictionary(
      fc.constantFrom("alice", "bob", "anyone", "x y"),
      fc.oneof(account, fc.array(account, { maxLength: 2 })),
      { maxKeys: 2 },
    ),
    roles: fc.dictionary(fc.constantFrom("lead", "alice", "operators"), fc.array(word, { maxLength: 2 }), {
      maxKeys: 1,
    }),
    rules: fc.oneof(fc.array(fc.oneof(simple, rule), { maxLength: 2 }), fc.constant("x")),
    extra: fc.constant(null),
  },
  { requiredKeys: ["rules"] },
);
const values = fc.oneof(good, odd);
