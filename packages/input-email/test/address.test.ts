import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAddress, readAddresses } from "../src/address.ts";

const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}(\.[a-z0-9+_-]{1,12})?$/u);
const domain = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]{2,6}){1,2}$/u);
const address = fc.tuple(local, domain).map(([name, host]) => `${name}@${host}`);
/** A display name as hostile as it gets, quoted by the rules. */
const quoted = fc.string({ maxLength: 40 }).map((text) => {
  const inner = text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/gu, "").replace(/["\\]/gu, "\\$&");
  return `"${inner}"`;
});
const comment = fc
  .string({ maxLength: 20 })
  .map((text) => `(${text.replace(/[\u0000-\u0008\u000a-\u001f\u007f()\\]/gu, "")})`);

describe("an address header", () => {
  it.each([
    ["alice@example.com", "alice@example.com"],
    ["Alice@Example.COM", "alice@example.com"],
    ["Alice <alice@example.com>", "alice@example.com"],
    ['"Smith, Alice" <alice@example.com>', "alice@example.com"],
    ['"mallory@example.org" <alice@example.com>', "alice@example.com"],
    ["=?utf-8?q?mallory=40example.org?= <alice@example.com>", "alice@example.com"],
    ["alice@example.com <alice@example.com>", "alice@example.com"],
    ["alice@example.com (Alice (the first))", "alice@example.com"],
    ["Alice <alice@example.com> (at work)", "alice@example.com"],
  ])("%s is one address", (value, one) => {
    expect(readAddresses(value)).toEqual({ list: [one], clean: true });
  });

  it.each([
    "",
    "Alice",
    "alice@example.com, bob@example.com <",
    "mallory@example.org <alice@example.com>",
    "Alice <alice@example.com> <bob@example.com>",
    "Alice <alice@example.com> bob",
    '"alice@example.com',
    "(alice@example.com",
    "Alice <alice@example.com",
    '"alice smith"@example.com',
    "alice@[127.0.0.1]",
    "<@relay.example:alice@example.com>",
    "alice@example.com\u0000@example.org",
    "alice@example.com\r\nBcc: bob@example.com",
    "ali\u0000ce <alice@example.com>",
    "undisclosed-recipients:;",
    "team: alice@example.com;",
    "аlice@example.com",
    "alice@exаmple.com",
  ])("%j is not clean", (value) => {
    expect(readAddresses(value).clean).toBe(false);
  });

  it("a group's members are read", () => {
    expect(readAddresses("team: alice@example.com, Bob <bob@example.com>;, eve@example.com").list).toEqual([
      "alice@example.com",
      "bob@example.com",
      "eve@example.com",
    ]);
  });

  it("whatever stands in a quoted name or a comment, the address is the one in the brackets", () => {
    fc.assert(
      fc.property(quoted, address, comment, (name, one, aside) => {
        expect(readAddresses(`${name} <${one}> ${aside}`)).toEqual({ list: [one], clean: true });
      }),
    );
  });

  it("a list is read in its order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(quoted, address), { minLength: 1, maxLength: 6 }), (people) => {
        const value = people.map(([name, one]) => `${name} <${one}>`).join(", ");
        expect(readAddresses(value)).toEqual({ list: people.map(([, one]) => one), clean: true });
      }),
    );
  });

  it("never throws, never hangs, and never yields what is no address", () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom(...'<>()",:;@\\ \r\n\u0000'.split("")), address, fc.string({ maxLength: 8 })),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const { list, clean } = readAddresses(parts.join(""));
        for (const one of list) expect(isAddress(one)).toBe(true);
        if (clean) expect(list.length).toBeGreaterThan(0);
      }),
    );
  });

  it("two addresses in one entry never count as either's clean word", () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        fc.pre(one !== other);
        expect(readAddresses(`${one} <${other}>`).clean).toBe(false);
      }),
    );
  });
});

describe("a plain address", () => {
  it.each(["a@b", "a.b+c@example.com", "x_1@a-b.example"])("%s is one", (text) =>
    expect(isAddress(text)).toBe(true),
  );
  it.each([
    ...["", "a", "@b", "a@", "a@b@c", "a b@c", ".a@b", "a.@b", "a..b@c", "a@-b", "a@b-", "a@b..c"],
    ...[
      "a@b\r\nRCPT TO:<v@x>",
      "a\u0000@b",
      "a@b\u0000",
      "<a@b>",
      "a@b,c@d",
      `${"a".repeat(65)}@b`,
      `a@${"b.".repeat(130)}c`,
    ],
  ])("%j is none", (text) => expect(isAddress(text)).toBe(false));
});
