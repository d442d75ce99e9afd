import type { Service } from "@micro-bot/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isGone, self } from "../src/owner.ts";
import { decodeRecord, encodeRecord, fileOf, prefixOf, type Record } from "../src/record.ts";

const text = fc.string({ unit: "binary" });
const strings = fc.dictionary(text, text);
const anyService: fc.Arbitrary<Service> = fc.record({
  name: text,
  version: text,
  metadata: strings,
  endpoints: fc.array(fc.record({ name: text, metadata: strings }), { maxLength: 3 }),
  nodes: fc.record({ id: text, address: text, metadata: strings }).map((node) => [node]),
});

test("any record comes back from its file", () => {
  fc.assert(
    fc.property(anyService, fc.option(fc.nat()), (service, expires) => {
      const [node] = service.nodes;
      const file = fileOf(service.name, node!.id);
      const record: Record = { service, expires, owner: self() };
      expect(decodeRecord(file, encodeRecord(service, node!, record))).toEqual(record);
    }),
  );
});

test("any name and id make a file name that is safe, and begins with the service's prefix", () => {
  fc.assert(
    fc.property(text, text, (name, id) => {
      expect(fileOf(name, id)).toMatch(/^[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,180}$|^\.[0-9a-f]{32}\.json$/);
      expect(fileOf(name, id).startsWith(prefixOf(name))).toBe(true);
    }),
  );
});

test("names that look alike have files of their own", () => {
  expect(fileOf("a/b", "1")).not.toBe(fileOf("a b", "1"));
  expect(fileOf("Greeter", "1").toLowerCase()).not.toBe(fileOf("greeter", "1").toLowerCase());
});

test("whatever a file holds, reading it does not throw", () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.json()), (content) => {
      expect(decodeRecord("x.json", content)).toBeTypeOf("string");
    }),
  );
});

test("a record of wrong shape is named as none", () => {
  const good = {
    service: { name: "x", version: "1", nodes: [{ id: "a", address: "b" }] },
    expires: 1,
    owner: self(),
  };
  const file = fileOf("x", "a");
  const verdict = (raw: unknown) => decodeRecord(file, JSON.stringify(raw));
  expect(verdict(good)).toEqual(good);
  for (const bad of [
    { ...good, expires: "soon" },
    { ...good, owner: { pid: "1" } },
    { ...good, service: { ...good.service, nodes: [] } },
    { ...good, service: { ...good.service, metadata: { a: 1 } } },
    { ...good, service: { ...good.service, endpoints: [{ name: "x", request: { name: "y" } }] } },
  ])
    expect(verdict(bad)).toBe("holds no record");
  expect(decodeRecord(fileOf("x", "b"), JSON.stringify(good))).toBe("is not where its record belongs");
  expect(decodeRecord(file, '{"service":{"na')).toBe("is not JSON");
});

test("a record that holds too much is named for that, however deep it is", () => {
  const types = (depth: number): object => ({
    name: "a",
    type: "b",
    ...(depth > 1 && { values: [types(depth - 1)] }),
  });
  const verdict = (service: object) =>
    decodeRecord(fileOf("x", "a"), JSON.stringify({ service, expires: 1, owner: self() }));
  const one = { name: "x", version: "1", nodes: [{ id: "a", address: "b" }] };
  const asked = (depth: number) => ({ ...one, endpoints: [{ name: "e", request: types(depth) }] });
  expect(verdict(asked(32))).toBeTypeOf("object");
  expect(verdict(asked(33))).toBe("holds no record");
  expect(verdict(asked(1000))).toBe("is nested deeper than 100 levels");
  expect(verdict({ ...one, endpoints: Array.from({ length: 20_000 }, (_, i) => ({ name: `${i}` })) })).toBe(
    "holds more than 20000 values",
  );
});

test("a process is gone when its pid is another's or nobody's, and never when it is of another machine", () => {
  expect(isGone(self())).toBe(false);
  expect(isGone({ ...self(), began: "1" })).toBe(process.platform === "linux");
  expect(isGone({ ...self(), pid: 2 ** 30 })).toBe(true);
  expect(isGone({ ...self(), pid: 2 ** 30, machine: "elsewhere" })).toBe(false);
});
