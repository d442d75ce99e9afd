import { testRegistry } from "@micro-bot/testkit";
import { afterAll } from "vitest";
import { type ConsulServer, findConsul, startConsul } from "../../../test/servers/consul.ts";
import { open } from "./help.ts";

const binary = findConsul();
let server: Promise<ConsulServer> | undefined;

async function registry() {
  server ??= startConsul(binary!);
  return open({ registry_address: [(await server).address] });
}

afterAll(async () => (await server)?.stop());

testRegistry({
  name: "consul",
  create: registry,
  another: registry,
  // Consul looks at times to live about once a second.
  ttl: 1500,
  ...(binary === undefined && { skip: "Consul is not installed: set CONSUL_BIN" }),
});
