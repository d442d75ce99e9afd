import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsulServer, findConsul, startConsul } from "../../../test/servers/consul.ts";
import { makeCerts, removeDir, tempDir } from "../../../test/servers/lib.ts";
import { lines, open, service } from "./help.ts";

const binary = findConsul();
const MASTER = "0b1c2d3e-0000-4000-8000-a1b2c3d4e5f6";

describe.skipIf(!binary)("with access control", () => {
  let server: ConsulServer;

  beforeAll(async () => {
    const tokens = `tokens { master = "${MASTER}" agent = "${MASTER}" }`;
    const hcl = `acl { enabled = true default_policy = "deny" ${tokens} }`;
    server = await startConsul(binary!, { hcl, token: MASTER });
  });

  afterAll(() => server?.stop());

  test("a token that suffices registers, reads and removes", async () => {
    const registry = open({ registry_address: [server.address], consul_token: MASTER });
    const one = service();
    await registry.register(one, { ttl: 60_000 });
    expect(await registry.get(one.name)).toEqual([one]);
    expect(await registry.list()).toContain(one.name);
    await registry.deregister(one);
    expect(await registry.get(one.name)).toEqual([]);
    await registry.close?.();
  });

  test("without one it says denied and names the flag", async () => {
    const registry = open({ registry_address: [server.address] });
    await expect(registry.register(service(), { ttl: 0 })).rejects.toMatchObject({
      code: "denied",
      message: expect.stringContaining("consul_token"),
    });
    await registry.close?.();
  });

  test("a wrong token is in no error, status or log line", async () => {
    const wrong = "11111111-2222-4333-8444-555555555555";
    const registry = open({ registry_address: [server.address], consul_token: wrong });
    const error: unknown = await registry.register(service(), { ttl: 0 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "denied" });
    const seen = [
      JSON.stringify(error),
      String((error as Error).stack),
      JSON.stringify(registry.status?.()),
      ...lines,
    ];
    expect(seen.join("\n")).not.toContain(wrong);
    expect((error as Error).cause).toBeUndefined();
    await registry.close?.();
  });
});

describe("over the wire", () => {
  const dir = tempDir("consul-tls");
  afterAll(() => removeDir(dir));

  const nothing: RequestListener = (_request, response) => {
    response.setHeader("content-type", "application/json").setHeader("x-consul-index", "7").end("[]");
  };

  test("the certificate of https is checked against consul_ca", async () => {
    const { caFile, certFile, keyFile } = makeCerts(dir);
    const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, nothing);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const registry_address = [`localhost:${(server.address() as AddressInfo).port}`];

    const trusting = open({ registry_address, consul_ca: caFile });
    expect(await trusting.get("x")).toEqual([]);
    const distrusting = open({ registry_address, consul_tls: true });
    await expect(distrusting.get("x")).rejects.toMatchObject({
      code: "not_connected",
      message: /certificate/,
    });
    const lost = open({ registry_address, consul_ca: `${dir}/none.pem` });
    await expect(lost.get("x")).rejects.toMatchObject({ code: "config", message: /consul_ca/ });

    await Promise.all([trusting, distrusting, lost].map((registry) => registry.close?.()));
    server.closeAllConnections();
    server.close();
  });

  test("an address of IPv6 is reached", async (context) => {
    const server = createServer(nothing);
    const listening = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(0, "::1", () => resolve(true));
    });
    if (!listening) return context.skip("this machine has no IPv6");
    const registry = open({ registry_address: [`[::1]:${(server.address() as AddressInfo).port}`] });
    expect(await registry.get("x")).toEqual([]);
    await registry.close?.();
    server.closeAllConnections();
    server.close();
  });
});
