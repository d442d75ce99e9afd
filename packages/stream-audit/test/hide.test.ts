import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hide } from "../src/hide.ts";

const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

test.each([
  ["login password=hunter2 now", "login password=[secret] now"],
  ["set DB_PASSWORD = correct-horse", "set DB_PASSWORD = [secret]"],
  ['call x {"token": "a b c", "id": 1}', 'call x {"token": [secret], "id": 1}'],
  ["call x {'api_key':'abc'}", "call x {'api_key':[secret]}"],
  ['echo {\\"secret\\": \\"abc def\\"} end', 'echo {\\"secret\\": [secret]} end'],
  ["run --slack_token=xyz --dry", "run --slack_token=[secret] --dry"],
  ["run --db-password hunter --dry", "run --db-password [secret] --dry"],
  ["my password is hunter22", "my password is [secret]"],
  ["token 0a1b2c3d4e", "token [secret]"],
  ["GET /x?access_key=abc&page=2", "GET /x?access_key=[secret]&page=2"],
  ["curl -H 'Authorization: Basic dXNlcjpwYXNz' x", "curl -H 'Authorization: Basic [secret]' x"],
  ["authorization: Bearer abc", "authorization: Bearer [secret]"],
  ["use Bearer abcdef123456", "use Bearer [secret]"],
  ["clone https://ann:p@ss@git.example.org/x", "clone https://ann:[secret]@git.example.org/x"],
  ["db postgres://bot:s3cret@db:5432/x", "db postgres://bot:[secret]@db:5432/x"],
  ["aws AKIAIOSFODNN7EXAMPLE", "aws [secret]"],
  ["aws_secret_access_key=wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key=[secret]"],
  ["slack xoxb-123456789012-abcdef and xapp-1-A0-123-abc", "slack [secret] and [secret]"],
  ["gh ghp_0123456789abcdefghijABCDEFGHIJ012345", "gh [secret]"],
  [`jwt ${JWT}`, "jwt [secret]"],
  [`key ${PEM} end`, "key [secret] end"],
  ["key -----BEGIN PRIVATE KEY-----\nMIIEow", "key [secret]"],
  ['call x {"password": "a\\"b c", "id": 1}', 'call x {"password": [secret], "id": 1}'],
  ['login password="never closed', "login password=[secret] closed"],
  ["secret 'hunter2 and more' end", "secret [secret] end"],
  ["password := hunter2 and password => hunter3", "password := [secret] and password => [secret]"],
  ["run password=a&b%c --dry", "run password=[secret] --dry"],
  ["DB_PASS=hunter pw=hunter", "DB_PASS=[secret] pw=[secret]"],
  ["curl -u ann:hunter https://example.org", "curl -u ann:[secret] https://example.org"],
  [`pay sk${"_live_"}0123456789abcdef and sk${"-proj-"}0123456789abcdef`, "pay [secret] and [secret]"],
  [
    `map AIza${"Sy0123456789".repeat(3).slice(0, 35)} npm_${"0123456789".repeat(4).slice(0, 36)}`,
    "map [secret] [secret]",
  ],
])("%s is shown as %s", (typed, shown) => {
  expect(hide(typed)).toBe(shown);
});

test.each([
  "deploy orders 1.2.3 to production",
  "the token expired yesterday",
  "reset the password of alice",
  "how do I change my password",
  "audit by slack:U061F7AUR command deploy since 2h",
  'call go.micro.srv.greeter Say.Hello {"name": "John"}',
  "see https://example.org/tokens/list?page=2",
  "mail ann@example.org about http://example.org:8080/x",
  "basic authentication with a bearer token",
  "secretary is on call",
  "run --token-file --dry",
  "pass: 3, fail: 2",
  "run -u ann and a compass=north",
  "ask the risk-management-team-of-2026 and sk-team",
])("%s is left as it was typed", (typed) => {
  expect(hide(typed)).toBe(typed);
});

describe("hiding", () => {
  test("is the same the second time", () => {
    const bits = fc.constantFrom(
      "password",
      "=",
      ":",
      " ",
      '"',
      "'",
      "\\",
      "token",
      "a1b2c3d4",
      "://",
      "@",
      "bearer ",
      "--",
      "&",
      PEM,
      ` ${JWT}`,
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 12 }), (parts) => {
        const once = hide(parts.join(""));
        expect(once).not.toContain(JWT);
        expect(once).not.toContain("MIIEow");
        expect(hide(hide(once))).toBe(hide(once));
      }),
    );
  });
});

test("a text that has nothing suspicious in it is not looked through, and would be the same if it was", () => {
  const bits = [
    "ping",
    "pass",
    "sk-",
    "key",
    " ",
    "=",
    ":",
    "hf_",
    "Bearer ",
    "eyJ",
    "abc123",
    "@",
    "-u",
    "ä",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...bits), { maxLength: 8 }), (parts) => {
      const text = parts.join("");
      // What is suspicious makes all of it be looked through.
      expect(hide(`${text}\n=`)).toBe(`${hide(text)}\n=`);
    }),
  );
});
