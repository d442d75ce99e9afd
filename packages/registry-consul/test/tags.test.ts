import { deflateSync } from "node:zlib";
import type { Endpoint, Service, Value } from "@micro-bot/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeTags, tagReader } from "../src/tags.ts";
import { zlibTag } from "./help.ts";

const decodeTags = (tags: readonly unknown[]) => tagReader("x").read(tags);

const GREETER: Endpoint = {
  name: "Greeter.Hello",
  request: { name: "Req", type: "Req", values: [{ name: "name", type: "string" }] },
  response: { name: "Rsp", type: "Rsp", values: [{ name: "msg", type: "string" }] },
  metadata: { stream: "false" },
};

const GREETER_JSON =
  '{"name":"Greeter.Hello","request":{"name":"Req","type":"Req","values":[{"name":"name","type":"string","values":null}]},"response":{"name":"Rsp","type":"Rsp","values":[{"name":"msg","type":"string","values":null}]},"metadata":{"stream":"false"}}';

test("the tags of a compressor like ours say what go-micro says", async () => {
  const tags = [
    "t-789cab562a294acc2b2ec82f2a51b252ca28292950aa05004f930768",
    "t-789cab562a4e2d2a4b2d52b2522a2a4856aa050030dd0597",
    "v-789c33d433d033000002ce00ee",
    "e-789c8dccc10ac2301084e1779973f101f2027af62a1e161c8bb049d3ec469092779716ac012f9e86819f6f419248041c0be92c871355270c289c2bcd11964f71e68c01fecadff314ad3484cb1e6db357e6e591c62e4c55b55ddbca5b9e92b1f72d77fe767efd68e33f7ca4cb4d5c56debc502202eea246b4f6065b1f511e",
  ];
  expect(await decodeTags(tags)).toEqual({
    version: "1.0.0",
    metadata: { transport: "http", server: "rpc" },
    endpoints: [GREETER],
    serviceMetadata: {},
  });
});

test("the tags of Go's own compressor are read", async () => {
  const transport = "t-789caa562a294acc2b2ec82f2a51b252ca28292950aa05040000ffff4f930768";
  expect(await decodeTags([transport, "v-789c32d433d03300040000ffff02ce00ee"])).toMatchObject({
    version: "1.0.0",
    metadata: { transport: "http" },
  });
  expect((await decodeTags(["v-789cca492c492d2e01040000ffff08cc028e"])).version).toBe("latest");
});

test("plain tags, as before May 2016, are read", async () => {
  expect(await decodeTags(['t={"transport":"http"}', `e=${GREETER_JSON}`, "v=1.0.0"])).toEqual({
    version: "1.0.0",
    metadata: { transport: "http" },
    endpoints: [GREETER],
    serviceMetadata: {},
  });
});

test("a record that is written in both encodings is read once", async () => {
  const tags = [`e=${GREETER_JSON}`, zlibTag("e", GREETER_JSON), "v=1.0.0", zlibTag("v", "2.0.0")];
  expect(await decodeTags(tags)).toMatchObject({ endpoints: [GREETER], version: "1.0.0" });
});

test("tags of others are ignored, also those that begin like ours", async () => {
  const foreign = [
    "e",
    "t",
    "v",
    "",
    "v1.2.3",
    "eu-west",
    "t-shirt",
    "e-",
    "traefik.enable=true",
    "urlprefix-/x",
  ];
  expect((await decodeTags([...foreign, null, 7, ...encodeTags(record("1.0.0"), NODE)])).version).toBe(
    "1.0.0",
  );
  expect(await decodeTags(foreign)).toEqual({
    version: "",
    metadata: {},
    endpoints: [],
    serviceMetadata: {},
  });
});

test("a tag that would grow without end is ignored", async () => {
  const bomb = `t-${deflateSync(JSON.stringify({ a: "0".repeat(50_000_000) })).toString("hex")}`;
  const before = process.memoryUsage().arrayBuffers;
  expect((await decodeTags([bomb])).metadata).toEqual({});
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
});

test("a type tree of thousands of levels is cut, not followed", async () => {
  const deep = `{"name":"a","type":"b","values":[`.repeat(1_500) + "]}".repeat(1_500);
  const [endpoint] = (await decodeTags([zlibTag("e", `{"name":"x","request":${deep}}`)])).endpoints;
  expect(endpoint?.name).toBe("x");
  expect(JSON.stringify(endpoint).length).toBeLessThan(2_000);
});

test("any record comes back from its tags", async () => {
  await fc.assert(
    fc.asyncProperty(anyService, async (service) => {
      const [node] = service.nodes;
      expect(await decodeTags(encodeTags(service, node!))).toEqual({
        version: service.version,
        metadata: node!.metadata,
        endpoints: service.endpoints,
        serviceMetadata: service.metadata,
      });
    }),
  );
});

test("any tags can be read without an error", async () => {
  const anyTag = fc.oneof(
    fc.anything(),
    fc
      .tuple(fc.constantFrom("t", "e", "v", "s"), fc.constantFrom("-", "="), fc.string())
      .map((parts) => parts.join("")),
    fc.tuple(fc.constantFrom("t", "e", "v", "s"), fc.json()).map(([kind, json]) => zlibTag(kind, json)),
    fc
      .tuple(fc.constantFrom("t", "e", "v"), fc.uint8Array())
      .map(([kind, bytes]) => `${kind}-${Buffer.from(bytes).toString("hex")}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyTag), async (tags) => {
      const { version, metadata, endpoints } = await decodeTags(tags);
      expect(version).toBeTypeOf("string");
      expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
      expect(endpoints.every(({ name }) => typeof name === "string")).toBe(true);
    }),
  );
});

const NODE = { id: "x-1", address: "10.0.0.1:1" };

function record(version: string): Service {
  return { name: "x", version, nodes: [NODE] };
}

const text = fc.string({ unit: "binary" });
const strings = fc.dictionary(fc.oneof(text, fc.constant("__proto__")), text);

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.record(
    { name: text, type: text, values: fc.array(tie("value"), { maxLength: 3, depthIdentifier: "value" }) },
    { requiredKeys: ["name", "type"] },
  ),
}));

const anyService: fc.Arbitrary<Service> = fc.record({
  name: text,
  version: text,
  metadata: strings,
  endpoints: fc.uniqueArray(
    fc.record({ name: text, request: value, response: value, metadata: strings }, { requiredKeys: ["name"] }),
    { selector: ({ name }) => name, maxLength: 4 },
  ),
  nodes: fc.record({ id: text, address: text, metadata: strings }).map((node) => [node]),
});
