import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { micro, startBot } from "./bot.ts";
import { type ConsulServer, findConsul, startConsul } from "./servers/consul.ts";

const binary = findConsul();
const MASTER = "0b1c2d3e-0000-4000-8000-a1b2c3d4e5f6";
const READ = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }';

describe.skipIf(!binary)("where Consul says no", () => {
  let consul: ConsulServer;
  let reader: string;

  async function put(path: string, body: object): Promise<{ readonly SecretID: string }> {
    const headers = { "x-consul-token": MASTER };
    const answer = await fetch(`${consul.url}/v1${path}`, {
      method: "PUT",
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return JSON.parse((await answer.text()) || "{}") as { SecretID: string };
  }

  async function inConsul(name: string): Promise<void> {
    const nodes = async () => {
      const answer = await fetch(`${consul.url}/v1/health/service/${name}`, {
        headers: { "x-consul-token": MASTER },
      });
      return (await answer.json()) as unknown[];
    };
    await expect.poll(nodes, { timeout: 60_000 }).toHaveLength(1);
  }

  const at = (token?: string) => [
    `--registry_address=${consul.address}`,
    ...(token ? [`--consul_token=${token}`] : []),
  ];

  beforeAll(async () => {
    const tokens = `tokens { master = "${MASTER}" agent = "${MASTER}" }`;
    const hcl = `acl { enabled = true default_policy = "deny" ${tokens} }`;
    consul = await startConsul(binary!, { hcl, token: MASTER });
    await put("/acl/policy", { Name: "reader", Rules: READ });
    reader = (await put("/acl/token", { Policies: [{ Name: "reader" }] })).SecretID;
  }, 60_000);
  afterAll(() => consul?.stop());

  function bot(token?: string) {
    const started = startBot(["bot", ...at(token), "--inputs=console"]);
    onTestFinished(() => started.stop());
    return started;
  }

  test("list, get, health and call say so, and which flag, rather than that there is nothing", async () => {
    for (const words of [
      ["list", "services"],
      ["get", "service", "orders"],
      ["health", "orders"],
      ["call", "orders", "A.B"],
    ]) {
      const { out, err, code } = await micro([...at(), ...words]);
      expect(out + err).toMatch(
        /consul at \S+ refuses: .*--consul_token must name one that may read services/,
      );
      expect(code).toBe(1);
    }
  });

  test("status says so of the registry, and of the bot's own place in it", async () => {
    const { type, printed, logged } = bot();
    await logged(/cannot register/);
    type("list services");
    await printed(/refuses/);
    type("status");
    expect(await printed(/^registry consul/)).toMatch(/down.*--consul_token/);
    type("status");
    expect(await printed(/^server/)).toMatch(
      /down.*go\.micro\.bot at \S+ serves, and is not registered: .*refuses: .*consul_token/,
    );
  });

  test("a token that may only read has the registry up, and the bot's own place in it not", async () => {
    const { type, printed, logged } = bot(reader);
    await logged(/cannot register/);
    type("list services");
    await printed(/^consul$/);
    type("status");
    expect(await printed(/^registry consul/)).toMatch(/up/);
    type("status");
    expect(await printed(/^server/)).toMatch(/down.*is not registered: .*refuses/);
  });

  test("a token that may do all has both up", async () => {
    const { type, printed } = bot(MASTER);
    await inConsul("go.micro.bot");
    type("list services");
    await printed(/^go\.micro\.bot$/);
    type("status");
    expect(await printed(/^registry consul/)).toMatch(/up/);
    type("status");
    expect(await printed(/^server/)).toMatch(/up.*go\.micro\.bot at/);
  });

  test("a service whose nodes are all ill is told from a typo", async () => {
    const Check = { TTL: "1h", Status: "critical" };
    await put("/agent/service/register", {
      Name: "orders",
      ID: "orders-1",
      Address: "127.0.0.1",
      Port: 9,
      Check,
    });
    const said = async (...words: string[]) => (await micro([...at(MASTER), ...words])).out;
    await inConsul("orders");
    expect(await said("health", "orders")).toMatch(/none of the nodes of orders is healthy: 1 registered/);
    expect(await said("get", "service", "orders")).toMatch(/none of the nodes of orders is healthy/);
    expect(await said("call", "orders", "A.B")).toMatch(/none of its nodes is healthy/);
    expect(await said("get", "service", "ordres")).toMatch(/Service not found/);
    expect(await said("call", "ordres", "A.B")).toMatch(/no such service/);
  });
});
