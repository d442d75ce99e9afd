import type { Service } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatNodes, formatService, nodesOf } from "../src/format.ts";
import { goDuration, goMegabytes, goStamp } from "../src/go.ts";
import { typedJson, typedObject } from "../src/json.ts";
import { snakeCase } from "../src/snake.ts";

const greeter: Service = {
  name: "go.micro.srv.greeter",
  version: "1.0.0",
  nodes: [
    { id: "go.micro.srv.greeter-2", address: "127.0.0.1:1" },
    {
      id: "go.micro.srv.greeter-1",
      address: "127.0.0.1:19093",
      metadata: { transport: "http", server: "rpc" },
    },
  ],
  endpoints: [
    {
      name: "Say.Hello",
      metadata: { stream: "false" },
      request: {
        name: "Req",
        type: "Req",
        values: [
          { name: "name", type: "string" },
          { name: "UserID", type: "string" },
          {
            name: "addr",
            type: "Address",
            values: [
              { name: "street", type: "string" },
              { name: "geo", type: "Geo", values: [{ name: "lat", type: "float64" }] },
            ],
          },
        ],
      },
      response: { name: "Rsp", type: "Rsp", values: [{ name: "msg", type: "string" }] },
    },
    { name: "Func", metadata: { subscriber: "true" } },
  ],
};

describe("a service", () => {
  test("is printed as the Go CLI prints it, in sorted order, with host:port", () => {
    expect(formatService([greeter])).toBe(`service  go.micro.srv.greeter

version 1.0.0

Id	Address	Metadata
go.micro.srv.greeter-1	127.0.0.1:19093	server=rpc,transport=http
go.micro.srv.greeter-2	127.0.0.1:1	

Endpoint: Say.Hello
Metadata: stream=false

Request: {
	name string
	user_id string
	addr Address {
		street string
		geo Geo {
			lat float64
		}
	}
}

Response: {
	msg string
}


Endpoint: Func
Metadata: subscriber=true

Request: {}

Response: {}
`);
  });

  test("shows all versions in order, and the nodes' answers under theirs", () => {
    const services = [{ ...greeter, version: "2", nodes: [] }, greeter];
    expect(formatService(services).match(/version .*/g)).toEqual(["version 1.0.0", "version 2"]);
    const rows = nodesOf(services).map((row) => ({ ...row, columns: "ok" }));
    expect(formatNodes("status", rows)).toBe(`service  go.micro.srv.greeter

version 1.0.0

node		address:port		status
go.micro.srv.greeter-1		127.0.0.1:19093		ok
go.micro.srv.greeter-2		127.0.0.1:1		ok`);
  });

  test.each([
    ["UserID", "user_id"],
    ["HTTPServer", "http_server"],
    ["HTTPSServer", "https_server"],
    ["name", "name"],
    ["user_id", "user_id"],
    ["IDs", "i_ds"],
    ["APIKey", "api_key"],
    ["Größe", "größe"],
    ["", ""],
  ])("names the member %s as %s", (name, snake) => {
    expect(snakeCase(name)).toBe(snake);
  });
});

describe("Go's way of printing", () => {
  test.each([
    [0n, "0s"],
    [999n, "999ns"],
    [90_565n, "90.565µs"],
    [1_500_000n, "1.5ms"],
    [1_000_000_000n, "1s"],
    [3_723_000_000_000n, "1h2m3s"],
    [3_600_000_000_000n, "1h0m0s"],
    [61_500_000_000n, "1m1.5s"],
    [-1_000n, "-1µs"],
  ])("a duration of %s ns is %s", (ns, text) => {
    expect(goDuration(ns)).toBe(text);
  });

  test("memory is in megabytes of 2^20, time without year", () => {
    expect(goMegabytes(1_048_576n)).toBe("1.00mb");
    expect(goStamp(BigInt(Date.UTC(2026, 10, 3, 12) / 1000))).toMatch(/^Nov 3 \d\d:\d\d:00$/);
  });
});

describe("JSON", () => {
  test("typed on a phone is understood, and curly quotes inside a string stay", () => {
    expect(typedJson("{“name”:\u00a0“John”}")).toBe('{"name": "John"}');
    expect(typedJson('{"said": "“hi”"}')).toBe('{"said": "“hi”"}');
    expect(typedJson("")).toBe("{}");
  });

  test("that is broken gets an error that points at the character", () => {
    expect(() => typedJson('{"name": John}')).toThrow(
      `this is no JSON, at character 10: 'J' is not expected there\n{"name": John}\n         ^`,
    );
    expect(() => typedJson('{"name": "Jo')).toThrow(/it ends too early/);
    expect(() => typedObject("[1]")).toThrow("is not a JSON object");
  });

  test("keeps any value, and throws nothing but 'invalid' for any text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typedJson(JSON.stringify(value))).toBe(JSON.stringify(value));
      }),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.json().map((text) => text.slice(0, -1)),
        ),
        (text) => {
          try {
            typedJson(text);
          } catch (error) {
            expect(error).toMatchObject({ code: "invalid" });
          }
        },
      ),
    );
  });
});
