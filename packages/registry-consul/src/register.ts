import { codeOf, type Node, type Service } from "@micro-bot/core";
import type Consul from "consul";
import type { Call, Client } from "./client.ts";
import { healthOf, settled } from "./queries.ts";
import { entriesOf, matches, type Registration, registrationOf } from "./record.ts";

/** Puts nodes into Consul's agent and takes them out. */
export interface Registrar {
  /** An unchanged record is only kept alive, and registered anew when the agent has lost it. */
  register(service: Service, ttl: number): Promise<void>;
  deregister(service: Service): Promise<void>;
}

/** Each call waits, `timeout` milliseconds at most, until Consul's catalog agrees, which readers see. */
export function newRegistrar(client: Client, timeout: number): Registrar {
  /** What was last registered here, by id of the node. */
  const registered = new Map<string, string>();

  async function renew(service: Service, wanted: Registration): Promise<void> {
    const text = JSON.stringify(wanted);
    if (wanted.check && registered.get(wanted.id) === text && (await isAlive(client, wanted.id))) return;
    await client.write(register(wanted));
    // An entry that was there before keeps its check as it was, and that may be critical.
    if (wanted.check) await client.write(pass(wanted.id));
    registered.set(wanted.id, text);
    await settled(client, service.name, timeout, (body) =>
      entriesOf(body).some((entry) => !entry.critical && matches(entry, wanted)),
    );
  }

  async function remove(service: Service, node: Node): Promise<void> {
    registered.delete(node.id);
    await ignoreRefusal(
      client.write((consul, options) => consul.agent.service.deregister({ id: node.id, ...options })),
    );
    await removeLeft(client, service, node);
  }

  return {
    async register(service, ttl) {
      const wanted = service.nodes.map((node) => registrationOf(service, node, ttl));
      for (const registration of wanted) await renew(service, registration);
    },
    async deregister(service) {
      for (const node of service.nodes) await remove(service, node);
    },
  };
}

type Register = Parameters<Consul["agent"]["service"]["register"]>[0];

// The library's types ask for more members of a check than it and Consul do.
function register(wanted: Registration): Call {
  return (consul, options) => consul.agent.service.register({ ...wanted, ...options } as unknown as Register);
}

function pass(id: string): Call {
  return (consul, options) => consul.agent.check.pass({ id: `service:${id}`, ...options });
}

async function isAlive(client: Client, id: string): Promise<boolean> {
  return client.write(pass(id)).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) !== "failed") throw error;
      return false;
    },
  );
}

// Older agents refuse to remove what they do not have, newer ones say nothing.
async function ignoreRefusal(done: Promise<void>): Promise<void> {
  await done.catch((error: unknown) => {
    if (codeOf(error) !== "failed") throw error;
  });
}

// The catalog is a moment behind the agent. And a record may stand with another agent, perhaps a dead one;
// if that one lives, it will put the record back.
async function removeLeft(client: Client, service: Service, node: Node): Promise<void> {
  const { body } = await client.read(healthOf(service.name), { consistency: "default" });
  const left = entriesOf(body).filter((entry) => entry.id === node.id);
  for (const { id, machine } of left)
    await client.write((consul, options) =>
      consul.catalog.deregister({ node: machine, serviceid: id, ...options }),
    );
}
