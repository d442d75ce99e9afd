import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type ConsulServer, findConsul, startConsul } from "../../../test/servers/consul.ts";
import { makeCerts, removeDir, tempDir } from "../../../test/servers/lib.ts";
import { lines, open, service } from "./help.ts";

const binary = findConsul();
const MASTER = "0b1c2d3e-0000-4000-8000-a1b2c3d4e5f6";

describe.skipIf(!binary)("with access control", () => {
  let server: ConsulServer;

  async function put(
    path: string,
    body: object,
  ): Promise<{ readonly AccessorID: string; readonly SecretID: string }> {
    const headers = { "x-consul-token": MASTER };
    const answer = await fetch(`${server.url}/v1${path}`, {
      method: "PUT",
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
    return (await answer.json()) as { AccessorID: string; SecretID: string };
  }

  /** A token with these rules. */
  async function tokenFor(rules: string, more: object = {}) {
    const name = `p${crypto.randomUUID()}`;
    await put("/acl/policy", { Name: name, Rules: rules });
    return put("/acl/token", { Policies: [{ Name: name }], ...more });
  }

  function opened(consul_token?: string) {
    const registry = open({ registry_address: [server.address], ...(consul_token && { consul_token }) });
    onTestFinished(() => registry.close?.());
    return registry;
  }

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

  test.each([
    ["without a token", async () => undefined, /refuses: .*without a token.*--consul_token must name one/],
    [
      "with an unknown token",
      async () => crypto.randomUUID(),
      /refuses: ACL not found; consul_token must name/,
    ],
    [
      "with a token for other things",
      async () => (await tokenFor('key_prefix "" { policy = "read" }')).SecretID,
      /shows no service at all to this token.*--consul_token must name one that may read services/,
    ],
  ])("%s list and get say that Consul refuses, and the status is not up", async (_what, token, words) => {
    const all = opened(MASTER);
    const one = service();
    await all.register(one, { ttl: 0 });
    const registry = opened(await token());
    for (const asked of [
      () => registry.list(),
      () => registry.get(one.name),
      () => registry.get("nowhere"),
    ]) {
      await expect(asked()).rejects.toMatchObject({ code: "denied", message: expect.stringMatching(words) });
      expect(registry.status?.()).toMatchObject([{ state: "down", note: expect.stringMatching(words) }]);
    }
    await all.deregister(one);
  });

  test("a token that may read services and not their nodes is told so, and not 'not found'", async () => {
    const all = opened(MASTER);
    const one = service();
    await all.register(one, { ttl: 0 });
    const { SecretID } = await tokenFor('service_prefix "" { policy = "read" }');
    const registry = opened(SecretID);
    await expect(registry.get(one.name)).rejects.toMatchObject({
      code: "denied",
      message: expect.stringMatching(/lists '.*' and shows none of its nodes: --consul_token/),
    });
    expect(await registry.get("nowhere")).toEqual([]);
    await all.deregister(one);
  });

  test("a token that may read and not write is up, and hears of the refusal where it registers", async () => {
    const { SecretID } = await tokenFor(
      'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }',
    );
    const registry = opened(SecretID);
    expect(await registry.list()).toContain("consul");
    expect(await registry.get("nowhere")).toEqual([]);
    await expect(registry.register(service(), { ttl: 0 })).rejects.toMatchObject({ code: "denied" });
    expect(registry.status?.()).toMatchObject([{ state: "up" }]);
  });

  test("a token that is taken away and given back has lost no service in between", async () => {
    const all = opened(MASTER);
    const [stays, comes] = [service(), service()];
    await all.register(stays, { ttl: 0 });
    const rules = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }';
    const { AccessorID, SecretID } = await tokenFor(rules);
    const registry = opened(SecretID);
    const ending = new AbortController();
    onTestFinished(() => ending.abort());
    const events = registry.watch(ending.signal)[Symbol.asyncIterator]();
    const first = events.next();
    await registry.get(stays.name);
    const live = service();
    await all.register(live, { ttl: 0 });
    await first;
    const headers = { "x-consul-token": MASTER };
    await fetch(`${server.url}/v1/acl/token/${AccessorID}`, { method: "DELETE", headers });
    await expect(registry.list()).rejects.toMatchObject({ code: "denied" });
    const noise = service();
    await all.register(noise, { ttl: 0 });
    await expect.poll(() => registry.status?.()[0]?.state).toBe("down");
    await tokenFor(rules, { SecretID });
    await registry.list();
    expect(registry.status?.()).toMatchObject([{ state: "up" }]);
    await all.register(comes, { ttl: 0 });
    for (;;) {
      const { value } = await events.next();
      expect(value.action).toBe("create");
      if (value.service.name === comes.name) break;
    }
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

  const nothing: RequestListener = (request, response) => {
    response.setHeader("content-type", "application/json").setHeader("x-consul-index", "7");
    // Consul says so where access is not controlled.
    response.writeHead(request.url?.startsWith("/v1/acl/") ? 401 : 200).end("[]");
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
