import { memoryRegistry, type Node } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostPort } from "../src/address.ts";
import { recordOf } from "../src/errors.ts";
import { headerText, textOfHeader } from "../src/header.ts";
import { lookup } from "../src/lookup.ts";
import { selector } from "../src/select.ts";

const nodes: Node[] = [1, 2, 3].map((n) => ({ id: `n${n}`, address: `127.0.0.1:${n}` }));

describe("the selector", () => {
  test("takes every node in turn", () => {
    const select = selector();
    const firsts = Array.from({ length: 6 }, () => select.order("s", nodes)[0]!.id);
    expect(new Set(firsts.slice(0, 3)).size).toBe(3);
    expect(firsts.slice(3)).toEqual(firsts.slice(0, 3));
  });

  test("always gives all nodes, once each, and none for none", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2)), (failed) => {
        const select = selector();
        for (const i of failed) select.failed(nodes[i]!);
        expect(
          select
            .order("s", nodes)
            .map((node) => node.id)
            .sort(),
        ).toEqual(["n1", "n2", "n3"]);
        expect(select.order("s", [])).toEqual([]);
      }),
    );
  });

  test("puts one that failed last for half a minute, or until it answers", () => {
    let now = 0;
    const select = selector(() => now);
    const lasts = () => Array.from({ length: 3 }, () => select.order("s", nodes).at(-1)!.id);
    select.failed(nodes[1]!);
    expect(lasts()).toEqual(["n2", "n2", "n2"]);
    now = 29_999;
    expect(lasts()).toEqual(["n2", "n2", "n2"]);
    now = 30_000;
    expect(new Set(lasts()).size).toBe(3);
    select.failed(nodes[1]!);
    select.answered(nodes[1]!);
    expect(new Set(lasts()).size).toBe(3);
  });

  test("starts somewhere else each time", () => {
    const starts = new Set(Array.from({ length: 100 }, () => selector().order("s", nodes)[0]!.id));
    expect(starts.size).toBe(3);
  });
});

describe("the lookup", () => {
  test("asks once for all who ask together, and again after a second or when told to", async () => {
    let now = 0;
    let asked = 0;
    const registry = memoryRegistry();
    await registry.register({ name: "s", version: "1", nodes }, { ttl: 0 });
    const counted = {
      ...registry,
      get(name: string) {
        asked++;
        return registry.get(name);
      },
    };
    const known = lookup(counted, () => now);
    await Promise.all([known.nodes("s"), known.nodes("s")]);
    expect(await known.nodes("s")).toEqual(nodes);
    expect(asked).toBe(1);
    now = 1000;
    await known.nodes("s");
    expect(asked).toBe(2);
    known.forget("s");
    await known.nodes("s");
    expect(asked).toBe(3);
  });

  test("does not remember a failure", async () => {
    let down = true;
    const registry = memoryRegistry();
    const known = lookup({
      ...registry,
      get: async (name) => (down ? Promise.reject(new Error("down")) : registry.get(name)),
    });
    await expect(known.nodes("s")).rejects.toThrow("down");
    down = false;
    expect(await known.nodes("s")).toEqual([]);
  });
});

describe("an address", () => {
  test.each([
    ["127.0.0.1:80", "127.0.0.1:80"],
    ["host-1.example:65535", "host-1.example:65535"],
    ["[::1]:80", "[::1]:80"],
    ["::1:80", "[::1]:80"],
    ["fe80::1:8080", "[fe80::1]:8080"],
  ])("%s is %s", (text, authority) => {
    expect(hostPort(text)?.authority).toBe(authority);
  });

  test("of any text is one that a URL reads the same, or none", () => {
    const parts = fc.string({ unit: fc.constantFrom(..."a1.:[]@/?#% \\") });
    fc.assert(
      fc.property(parts, (text) => {
        const found = hostPort(text);
        if (!found) return;
        const url = URL.parse(`http://${found.authority}/`);
        // A number that is no IP address is the resolver's to refuse.
        if (!url) return;
        expect(url.username + url.pathname + url.search + url.hash).toBe("/");
      }),
    );
  });
});

describe("a header", () => {
  test("gives back any text that has no control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const sent = headerText(text);
        expect(sent).toMatch(/^[\t -~\u0080-\u00ff]*$/);
        if (!/[\u0000-\u001f\u007f]/.test(text)) expect(textOfHeader(sent)).toBe(text.toWellFormed());
      }),
    );
  });

  test("of bytes that are no UTF-8 is shown as it came", () => {
    expect(textOfHeader("\u00ff\u00fe")).toBe("\u00ff\u00fe");
  });
});

describe("an error's text", () => {
  test("whatever it is, becomes a record of strings and a whole code", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((code) => JSON.stringify({ code })),
        ),
        (text) => {
          const { id, code, detail, status } = recordOf(text);
          for (const part of [id, detail, status]) expect(typeof part).toBe("string");
          expect(Number.isInteger(code) && code !== 0).toBe(true);
        },
      ),
    );
  });
});
