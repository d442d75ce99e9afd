import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactor } from "../src/secrets.ts";
import { clean, cut, span } from "../src/text.ts";

describe("what goes out", () => {
  test("carries no control characters, whatever a command says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(clean(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/u);
        expect(clean(text).isWellFormed()).toBe(true);
      }),
    );
    expect(clean("a\r\nb\rc\td\u001b[31me")).toBe("a\nb\nc\td[31me");
  });

  test("is cut between characters, with a note of what is missing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const short = cut(text, limit);
        expect(short.isWellFormed()).toBe(true);
        if (text.length <= limit) expect(short).toBe(text);
        else expect(short).toMatch(/… \d+ more characters not shown$/u);
      }),
    );
  });

  test("tells spans of time in words", () => {
    expect([800, 1000, 90_000, 7_200_000, 172_800_000].map(span)).toEqual([
      "800ms",
      "1s",
      "1.5m",
      "2h",
      "2d",
    ]);
  });
});

describe("secrets", () => {
  test("are hidden as they are, and as JSON, URLs and base64 write them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 4 }), (secret) => {
        const redact = redactor([secret]);
        const forms = [
          secret,
          JSON.stringify(secret).slice(1, -1),
          encodeURIComponent(secret),
          btoaUtf8(secret),
        ];
        for (const form of forms) expect(redact(`<${form}>`)).toBe("<[secret]>");
      }),
    );
  });

  test("that contain each other are hidden whole", () => {
    expect(redactor(["hunter", "hunter2hunter"])("a hunter2hunter b hunter c")).toBe(
      "a [secret] b [secret] c",
    );
  });

  test("of three letters or less are left alone: they occur in words", () => {
    expect(redactor(["a", "the"])("what the bot says")).toBe("what the bot says");
  });
});

function btoaUtf8(text: string): string {
  return Buffer.from(text).toString("base64").replace(/=+$/, "");
}
