import dgram from "node:dgram";
import dns from "node:dns/promises";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { locate } from "../src/locate.ts";
import type { Settings } from "../src/settings.ts";

type Srv = readonly [priority: number, weight: number, port: number, target: string];
const RECORDS = new Map<string, readonly Srv[]>(
  Object.entries<readonly Srv[]>({
    "_xmpp-client._tcp.example.org": [
      [20, 0, 5222, "backup.example.org"],
      [10, 1, 5222, "small.example.org"],
      [10, 9, 5269, "big.example.org"],
    ],
    "_xmpps-client._tcp.example.org": [[0, 0, 443, "tls.example.org"]],
    "_xmpp-client._tcp.none.example.org": [[0, 0, 0, ""]],
  }),
);

const label = (name: string) =>
  Buffer.concat(
    [...name.split(".").filter(Boolean), ""].map((part) => Buffer.from([part.length, ...Buffer.from(part)])),
  );

/** The answer to a question for SRV records: RFC 1035, section 4, and RFC 2782. */
function answerTo(query: Buffer): Buffer {
  const parts: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    parts.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  const question = query.subarray(12, at + 5);
  const records = RECORDS.get(parts.join(".").toLowerCase()) ?? [];
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(records.length > 0 ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  const answers = records.map(([priority, weight, port, target]) => {
    const data = label(target);
    const head = Buffer.from([0xc0, 0x0c, 0, 33, 0, 1, 0, 0, 0, 60, 0, 6 + data.length, 0, 0, 0, 0, 0, 0]);
    for (const [i, value] of [priority, weight, port].entries()) head.writeUInt16BE(value, 12 + 2 * i);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([header, question, ...answers]);
}

describe("where an account's server is", () => {
  const before = dns.getServers();
  const server = dgram.createSocket("udp4");
  beforeAll(async () => {
    server.on("message", (query, { port, address }) => server.send(answerTo(query), port, address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    dns.setServers([`127.0.0.1:${server.address().port}`]);
  });
  afterAll(() => {
    dns.setServers(before);
    server.close();
  });

  const find = (domain: string, more: Partial<Settings> = {}) =>
    locate({ account: { local: "micro", domain, resource: "" }, tls: "starttls", ...more } as Settings);

  it.each<[string, Partial<Settings>, string, number]>([
    ["example.org", {}, "big.example.org", 5269],
    ["example.org", { tls: "direct" }, "tls.example.org", 443],
    ["none.example.org", {}, "none.example.org", 5222],
    ["unknown.example.org", {}, "unknown.example.org", 5222],
    ["unknown.example.org", { tls: "direct" }, "unknown.example.org", 5223],
    ["example.org", { server: "here.example.org" }, "here.example.org", 5222],
    ["example.org", { port: 15222 }, "example.org", 15222],
  ])("of %s with %j it is %s:%i", async (domain, more, host, port) => {
    expect(await find(domain, more)).toEqual({ host, port });
  });
});
