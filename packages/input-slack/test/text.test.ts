import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "../src/decode.ts";
import { encode } from "../src/encode.ts";

const nobody = { person: () => undefined, channel: () => undefined };
const text = fc.string({ unit: "grapheme", maxLength: 200 });
const odd = fc
  .array(
    fc.constantFrom(
      "<",
      ">",
      "&",
      "amp;",
      "&lt;",
      "@U1",
      "!channel",
      "|",
      "`",
      "```",
      "*",
      "\n",
      "x",
      "é",
      "😀",
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

test("plain text comes back as it was sent, and holds no markup of Slack's", () => {
  fc.assert(
    fc.property(fc.oneof(text, odd), (said) => {
      const sent = encode(said, "plain");
      expect(sent).not.toMatch(/[<>]/);
      const straight = said.replace(/[“”]/gu, '"').replace(/[‘’]/gu, "'").replaceAll("\u00a0", " ");
      expect(decode(sent, nobody)).toBe(straight.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, ""));
    }),
  );
});

test("no text of any format can mention a channel or person", () => {
  fc.assert(
    fc.property(
      odd,
      fc.constantFrom("plain" as const, "code" as const, "markdown" as const),
      (said, format) => {
        expect(encode(said, format)).not.toMatch(/<[!@#]/);
      },
    ),
  );
});

test("code cannot break out of its fence", () => {
  fc.assert(
    fc.property(odd, (said) => {
      const fences = encode(said, "code").match(/```/g) ?? [];
      expect(fences).toHaveLength(2);
    }),
  );
});

test("nothing of what comes in makes the reader throw or stall", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), odd), (said) => {
      expect(typeof decode(said, nobody)).toBe("string");
    }),
  );
});
