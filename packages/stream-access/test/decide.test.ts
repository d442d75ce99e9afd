import { type Assurance, type Event, newCommand } from "@micro-bot/core";
import { event } from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, mayRun, type Wish } from "../src/decide.ts";
import { parsePolicy } from "../src/load.ts";

const PEOPLE = `
people: { alice: irc:alice, bob: irc:bob, eve: irc:eve }
roles: { lead: [alice, bob] }
rules:
`;

interface Asked {
  readonly say: string;
  readonly as?: string;
  readonly room?: string;
  readonly assurance?: Assurance;
  readonly operator?: boolean;
  readonly meta?: Event["meta"];
  readonly names?: Event["names"];
  readonly name?: string;
}

function wish({
  say,
  as,
  room = "#ops",
  assurance = 1,
  operator = false,
  meta = {},
  names,
  name,
}: Asked): Wish {
  const args = say.split(" ");
  const person = as ?? "zoe";
  return {
    command: newCommand(name ?? args[0]!, say, "", () => ""),
    args,
    event: event({ input: "irc", room, person, assurance, meta, ...(names && { names }) }),
    who: {
      ...(assurance > 0 && { account: `irc:${person}` }),
      people: new Set(assurance > 0 && ["alice", "bob", "eve"].includes(person) ? [person] : []),
      operator,
    },
  };
}

function says(rules: string, asked: Asked): string {
  const decision = decide(parsePolicy("a.yaml", PEOPLE + rules), wish(asked));
  if (!decision) return "default";
  return decision.kind === "deny"
    ? `deny: ${decision.why}. ${decision.help}`
    : `${decision.kind} by ${decision.rule.name}`;
}

describe("the rules", () => {
  test("that are first and fit decide", () => {
    const rules = `
  - { name: a, command: deploy, args: [staging], allow: anyone }
  - { name: b, command: deploy, args: [prod], allow: lead }
  - { name: c, command: "*", deny: eve }`;
    expect(says(rules, { say: "deploy staging", assurance: 0 })).toBe("allow by a");
    expect(says(rules, { say: "deploy prod", as: "bob" })).toBe("allow by b");
    expect(says(rules, { say: "deploy prod", as: "eve" })).toMatch(/^deny: is for lead/u);
    expect(says(rules, { say: "ping", as: "eve" })).toMatch(/^deny: is refused/u);
    expect(says(rules, { say: "ping", as: "zoe" })).toBe("default");
  });

  test("close a command that one with allow names, but for what they allow", () => {
    const rules = `
  - { name: a, command: deploy, args: ["staging|prod"], rooms: "irc:#ops", allow: lead }`;
    expect(says(rules, { say: "deploy prod now", as: "bob" })).toMatch(
      /^deny: is not for these arguments. Allowed are staging\|prod/u,
    );
    expect(says(rules, { say: "deploy", as: "bob" })).toMatch(/^deny: is not for these arguments/u);
    expect(says(rules, { say: "deploy prod", as: "bob", room: "#pub" })).toMatch(
      /^deny: is not for this place. Say it in irc:#ops/u,
    );
    expect(says(rules, { say: "deploy prod", as: "bob", room: "#OPS" })).toMatch(
      /^deny: is not for this place/u,
    );
    expect(says(rules, { say: "undeploy prod" })).toBe("default");
  });

  test("anchor patterns at both ends, whatever is in them", () => {
    for (const pattern of ["a|b", "^a|b$", "(?m)^a$|^b$", "a$|b"]) {
      const rules = `\n  - { name: a, command: x, args: ['${pattern}'], allow: anyone }`;
      for (const good of ["a", "b"]) expect(says(rules, { say: `x ${good}` }), pattern).toBe("allow by a");
      for (const bad of ["ab", "aa", "xa", "bx", "a\nb", "a\n", ""])
        expect(says(rules, { say: `x ${bad}` }), pattern).toMatch(/^deny/u);
    }
  });

  test("look at each argument by one pattern, or by place, where the last may be left out", () => {
    const each = `\n  - { name: a, command: x, args: "[a-z]+", allow: anyone }`;
    expect(says(each, { say: "x" })).toBe("allow by a");
    expect(says(each, { say: "x a b c" })).toBe("allow by a");
    expect(says(each, { say: "x a B c" })).toMatch(/^deny/u);
    const places = `\n  - { name: a, command: x, args: ["a", "(b)?"], allow: anyone }`;
    for (const good of ["x a", "x a b"]) expect(says(places, { say: good })).toBe("allow by a");
    for (const bad of ["x", "x b", "x a c", "x a b c"]) expect(says(places, { say: bad })).toMatch(/^deny/u);
    const none = `\n  - { name: a, command: x, args: [], allow: anyone }`;
    expect(says(none, { say: "x" })).toBe("allow by a");
    expect(says(none, { say: "x a" })).toMatch(/no arguments/u);
    const longer = `\n  - { name: a, command: the x, args: ["a"], allow: anyone }`;
    expect(says(longer, { say: "the x a", name: "the x" })).toBe("allow by a");
  });

  test("that refuse some arguments do so whatever is said besides them", () => {
    const places = `\n  - { name: a, command: x, args: [prod], deny: anyone }`;
    const each = `\n  - { name: a, command: x, args: prod, deny: anyone }`;
    for (const rules of [places, each])
      for (const bad of ["x prod", "x prod now", "x prod prod"])
        expect(says(rules, { say: bad })).toMatch(/^deny/u);
    for (const rules of [places, each])
      for (const good of ["x staging", "x staging now"]) expect(says(rules, { say: good })).toBe("default");
    const none = `\n  - { name: a, command: x, args: [], deny: anyone }`;
    expect(says(none, { say: "x" })).toMatch(/^deny/u);
    expect(says(none, { say: "x prod" })).toBe("default");
  });

  test("look at all arguments of a command that is called by other words than its name", () => {
    const allow = `\n  - { name: a, command: big x, args: "staging", allow: anyone }`;
    expect(says(allow, { say: "big x staging", name: "big x" })).toBe("allow by a");
    expect(says(allow, { say: "BIG X staging", name: "big x" })).toBe("allow by a");
    expect(says(allow, { say: "bx staging", name: "big x" })).toBe("allow by a");
    expect(says(allow, { say: "bx prod", name: "big x" })).toMatch(/^deny/u);
    expect(says(allow, { say: "bx prod staging", name: "big x" })).toMatch(/^deny/u);
    const deny = `\n  - { name: a, command: [x, big x], args: [prod], deny: anyone }`;
    for (const say of ["please x prod", "y prod", "now do x prod"])
      expect(says(deny, { say, name: "x" }), say).toMatch(/^deny/u);
    expect(says(deny, { say: "bx prod", name: "big x" })).toMatch(/^deny/u);
    expect(says(deny, { say: "y staging", name: "x" })).toBe("default");
  });

  test("refuse nobody what they refuse to somebody, and say how to be known", () => {
    const rules = `\n  - { name: a, command: x, deny: [eve] }`;
    expect(says(rules, { say: "x", as: "eve" })).toMatch(/^deny: is refused/u);
    expect(says(rules, { say: "x", as: "any", assurance: 0 })).toMatch(
      /nobody vouches that you are somebody else. log in to irc's accounts/u,
    );
    expect(says(rules, { say: "x", as: "zoe" })).toBe("default");
  });

  test("ask for assurance 1, for anyone 0, or what they say", () => {
    expect(says(`\n  - { name: a, command: x, allow: anyone }`, { say: "x", assurance: 0 })).toBe(
      "allow by a",
    );
    expect(
      says(`\n  - { name: a, command: x, allow: anyone, assurance: 1 }`, { say: "x", assurance: 0 }),
    ).toMatch(/assurance 1, and yours is 0/u);
    expect(says(`\n  - { name: a, command: x, allow: lead }`, { say: "x", as: "bob", assurance: 0 })).toMatch(
      /do not know who you are/u,
    );
    expect(says(`\n  - { name: a, command: x, allow: lead, assurance: 2 }`, { say: "x", as: "bob" })).toMatch(
      /assurance 2, and yours is 1. Say it where the platform signs/u,
    );
    expect(says(`\n  - { name: a, command: x, allow: operators }`, { say: "x", operator: true })).toBe(
      "allow by a",
    );
    expect(
      says(`\n  - { name: a, command: x, allow: anyone, approval: { by: lead } }`, {
        say: "x",
        assurance: 0,
      }),
    ).toMatch(/assurance 1/u);
  });

  test("know what is said to the bot alone", () => {
    const rules = `\n  - { name: a, command: x, rooms: direct, allow: anyone }`;
    expect(says(rules, { say: "x", room: "D1", meta: { direct: true } })).toBe("allow by a");
    expect(says(rules, { say: "x", as: "zoe", room: "zoe" })).toBe("allow by a");
    expect(says(rules, { say: "x", as: "account", room: "nick", meta: { nick: "nick" } })).toBe("allow by a");
    expect(says(rules, { say: "x" })).toMatch(/Say it in a direct message to me/u);
  });

  test("that refuse in a room do so however it is written", () => {
    const rules = `\n  - { name: a, command: "*", rooms: "irc:#Ops", deny: anyone }`;
    expect(says(rules, { say: "x", room: "#oPS" })).toMatch(/^deny/u);
  });

  test("know a room by its id or by the name that the network says it has", () => {
    const allow = `\n  - { name: a, command: x, rooms: "irc:#ops", allow: anyone }`;
    expect(says(allow, { say: "x", room: "C1", names: { room: "#ops" } })).toBe("allow by a");
    expect(says(allow, { say: "x", room: "C1", names: { room: "#other" } })).toMatch(/^deny/u);
    expect(says(allow, { say: "x", room: "C1" })).toMatch(/^deny/u);
    const deny = `\n  - { name: a, command: "*", rooms: "irc:#ops", deny: anyone }`;
    expect(says(deny, { say: "x", room: "C1", names: { room: "#OPS" } })).toMatch(/^deny/u);
    expect(says(deny, { say: "x", room: "C1", names: { room: "#other" } })).toBe("default");
    expect(says(deny, { say: "x", room: "C1" }), "the name could not be read").toMatch(/^deny/u);
    expect(says(deny, { say: "x", room: "D1", meta: { direct: true } })).toBe("default");
  });

  test("never let anybody do what help does not show them", () => {
    const group = fc.constantFrom("anyone", "operators", "lead", "eve", "[eve, bob]");
    const written = fc
      .record({
        command: fc.constantFrom("x", "y", '"*"', "[x, y]"),
        verdict: fc.constantFrom("allow", "deny"),
        group,
        args: fc.constantFrom("", ", args: [a]", ", args: 'a|b'", ", args: []"),
        rooms: fc.constantFrom("", ', rooms: "irc:#ops"', ', rooms: ["irc:#x", direct]'),
        more: fc.constantFrom("", ", assurance: 2", ", approval: { by: lead }"),
      })
      .map(
        ({ command, verdict, group, args, rooms, more }) =>
          `  - { command: ${command}, ${verdict}: ${group}${args}${rooms}${verdict === "deny" ? "" : more} }`,
      );
    const asked = fc.record({
      say: fc.constantFrom("x", "x a", "x b", "x a b", "y a", "z"),
      as: fc.constantFrom("alice", "eve", "zoe"),
      room: fc.constantFrom("#ops", "#x", "#z", "eve"),
      assurance: fc.constantFrom<Assurance>(0, 1, 2),
      operator: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(written, { maxLength: 4 }), asked, (rules, one) => {
        const policy = parsePolicy(
          "a.yaml",
          PEOPLE.trimEnd() + (rules.length === 0 ? " []" : `\n${rules.join("\n")}`),
        );
        const decision = decide(policy, wish(one));
        const may = mayRun(policy, wish(one));
        if (decision && decision.kind !== "deny") expect(may).toBe(true);
        if (!decision) expect(may).not.toBe(false);
        // Nobody gets more by being vouched for less.
        const claimed = decide(policy, wish({ ...one, assurance: 0, operator: false }));
        if (claimed?.kind === "allow") expect(decision?.kind).not.toBe("deny");
      }),
      { numRuns: 1000 },
    );
  });
});
