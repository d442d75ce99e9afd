import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isVouchedFor, parseAuthResults } from "../src/auth-results.ts";

const SERVER = "mx.example.net";
const FROM = "alice@example.com";
const says = (...values: string[]) => isVouchedFor(values, SERVER, FROM);

describe("a sender is vouched for", () => {
  it.each([
    "mx.example.net; dmarc=pass header.from=example.com",
    "MX.Example.net 1; DMARC=Pass (p=NONE sp=NONE dis=NONE) header.from=EXAMPLE.com",
    "mx.example.net; dkim=pass header.d=example.com header.s=s1 header.b=Ab/c+1==",
    "mx.example.net; dkim=pass header.i=@example.com header.s=20230601 header.b=AbCd",
    "mx.example.net; spf=pass smtp.mailfrom=alice@example.com",
    "mx.example.net; spf=pass smtp.mailfrom=example.com",
    "mx.example.net; spf=pass smtp.mailfrom=bounce+x=y.z@example.com",
    "mx.example.net (a (nested) comment); spf=fail (no; really) smtp.mailfrom=x@evil.example;\tdmarc=pass header.from=example.com",
    'mx.example.net; dmarc=pass reason="it is; fine (really)" header.from="example.com"',
    "mx.example.net; dmarc=pass action=none header.from=example.com; compauth=pass reason=100",
    "mx.example.net; dkim/1=pass header.d=example.com;",
  ])("by %s", (value) => expect(says(value)).toBe(true));
});

describe("a sender is not vouched for", () => {
  it.each([
    "",
    "mx.example.net",
    "mx.example.net; none",
    "other.example.net; dmarc=pass header.from=example.com",
    "mx.example.net.evil.example; dmarc=pass header.from=example.com",
    "mx.example.net; dmarc=fail header.from=example.com",
    "mx.example.net; dmarc=pass header.from=evil.example",
    "mx.example.net; dmarc=pass header.from=notexample.com",
    "mx.example.net; dmarc=pass header.from=example.com.evil.example",
    "mx.example.net; dmarc=pass",
    "mx.example.net; dkim=pass header.d=mail.example.com",
    "mx.example.net; dkim=pass header.d=com",
    "mx.example.net; dkim=pass header.d=evil.example header.i=@example.com",
    "mx.example.net; spf=pass smtp.helo=example.com",
    "mx.example.net; spf=pass smtp.mailfrom=example.com@evil.example",
    "mx.example.net; spf=softfail smtp.mailfrom=alice@example.com",
    "mx.example.net; dkim=pass header.d=example.com; dmarc=fail header.from=example.com",
    "mx.example.net; spf=fail (dmarc=pass header.from=example.com) smtp.mailfrom=x@evil.example",
    'mx.example.net; spf=fail reason="; dmarc=pass header.from=example.com" smtp.mailfrom=x@evil.example',
    'mx.example.net; spf=fail reason="a\\"; dmarc=pass header.from=example.com',
    "mx.example.net; dmarc=pass header.from=evil.example header.from=example.com",
    "mx.example.net; dmarc=pass (header.from=example.com",
    "mx.example.net; dmarc=pass header.from=example.com\u0000",
    "mx.example.net; dmarc pass header.from=example.com",
    "mx.example.net evil; dmarc=pass header.from=example.com",
    "(mx.example.net); dmarc=pass header.from=example.com",
    "mx.example.net; iprev=pass header.from=example.com",
    "mx.example.net; constructor=pass header.from=example.com",
  ])("by %j", (value) => expect(says(value)).toBe(false));

  it("by what came with the mail, below the server's own", () => {
    const own = "mx.example.net; dmarc=fail header.from=example.com";
    expect(says(own, "mx.example.net; dmarc=pass header.from=example.com")).toBe(false);
    expect(says("mx.example.net; none", "mx.example.net; dmarc=pass header.from=example.com")).toBe(false);
  });

  it("but is when another server wrote above", () => {
    expect(says("inner.example; none", "mx.example.net; dmarc=pass header.from=example.com")).toBe(true);
  });

  it("when the server's own cannot be read, whatever stands below", () => {
    const pass = "mx.example.net; dmarc=pass header.from=example.com";
    expect(says('mx.example.net; spf=fail "', pass)).toBe(false);
  });
});

describe("Authentication-Results", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/u);
  const text = fc.stringMatching(/^[ -~]{0,20}$/u).map((said) => said.toLowerCase());
  const property = fc.tuple(word, word, text);
  const check = fc.record({
    method: word,
    result: word,
    properties: fc.uniqueArray(property, { maxLength: 4, selector: ([type, name]) => `${type}.${name}` }),
  });
  const quote = (said: string) => `"${said.replace(/["\\]/gu, "\\$&")}"`;
  const space = fc.constantFrom(" ", "  ", "\t", " (a comment; with=marks) ", " (one (in) another) ");

  it("is read as it was written, whatever comments stand between", () => {
    fc.assert(
      fc.property(word, fc.array(check, { maxLength: 5 }), space, (server, checks, gap) => {
        const written = checks.map(({ method, result, properties }) => {
          const rest = properties.map(
            ([type, name, said]) => `${gap}${type}.${name}${gap}=${gap}${quote(said)}`,
          );
          return `;${gap}${method}=${result}${rest.join("")}`;
        });
        const expected = checks.map(({ method, result, properties }) => ({
          method,
          result,
          properties: new Map(properties.map(([type, name, said]) => [`${type}.${name}`, said])),
        }));
        expect(parseAuthResults(`${gap}${server}${gap}${written.join("")}`)).toEqual({
          server,
          checks: expected,
        });
      }),
    );
  });

  it("never throws, and what is in comments or quotes is never taken for a check", () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom(...'()";=\\ \r\n\u0000'.split("")), word, fc.string({ maxLength: 6 })),
      { maxLength: 40 },
    );
    fc.assert(fc.property(pieces, (parts) => void parseAuthResults(parts.join(""))));
    const safe = fc.string({ maxLength: 60 }).map((said) => said.replace(/[()"\\\u0000-\u001f\u007f]/gu, ""));
    fc.assert(
      fc.property(safe, fc.constantFrom('"', "("), (said, open) => {
        const hidden =
          open === "("
            ? `(${said}; dmarc=pass header.from=example.com)`
            : `reason="${said}; dmarc=pass header.from=example.com"`;
        expect(says(`mx.example.net; spf=fail ${hidden}`)).toBe(false);
      }),
    );
  });
});
