import { codeOf, type Registry } from "@micro-bot/core";
import { registryWatch } from "@micro-bot/kit";
import { openClient, type Settings } from "./client.ts";
import { newCopy } from "./copy.ts";
import { observe } from "./observe.ts";
import { healthOf, liveNames } from "./queries.ts";
import { entriesOf, servicesOf } from "./record.ts";
import { newRegistrar } from "./register.ts";
import { newRights, type Rights } from "./rights.ts";
import { DEFAULTS, declared, settingsOf } from "./settings.ts";

/** How long an agent may take to be noticed, in milliseconds. */
const DETECTION = 400;

/**
 * Services in Consul, in the records that go-micro reads and writes. Reads may be a little stale; when Consul
 * does not answer, `list` and `get` speak from the last good copy, and `stale` says since when. A registration
 * goes to the agent that answers. After an outage of Consul `watch` tells what is different.
 */
export function consul(): Registry {
  let parts = open(DEFAULTS);

  return {
    flags: () => declared,
    init(ctx) {
      const settings = settingsOf(ctx);
      parts.close();
      parts = open(settings);
    },
    async list() {
      const { client, copy, rights } = parts;
      return orFrom(rights, copy.names, async () => {
        const names = await liveNames(client);
        if (names.length === 0) await rights.nothingSeen();
        else rights.seen();
        copy.setNames(names);
        return names;
      });
    },
    async get(name) {
      if (name === "") return [];
      const { client, copy, rights } = parts;
      return orFrom(
        rights,
        () => copy.get(name),
        async () => {
          const { body } = await client.read(healthOf(name));
          if (entriesOf(body).length === 0) await rights.nothingSeen(name);
          else rights.seen();
          const versions = await servicesOf(name, body);
          copy.set(name, versions);
          return versions;
        },
      );
    },
    async unhealthy(name) {
      const { body } = await parts.client.read(healthOf(name));
      return entriesOf(body).filter(({ critical }) => critical).length;
    },
    async register(service, { ttl }) {
      await parts.watch.ready();
      await parts.registrar.register(service, ttl);
    },
    async deregister(service) {
      await parts.watch.ready();
      await parts.registrar.deregister(service);
    },
    watch: (signal) => parts.watch.follow(signal),
    detect: () => parts.detect(),
    stale: () => parts.client.stale(),
    status: () => [parts.rights.line(parts.client.status())],
    async close() {
      parts.close();
    },
  };
}

function open(settings: Settings) {
  const client = openClient(settings);
  const copy = newCopy();
  const rights = newRights(client);
  const watch = registryWatch((signal, on) => observe({ client, copy, rights }, signal, on));
  return {
    client,
    copy,
    rights,
    watch,
    registrar: newRegistrar(client, settings.timeout),
    // An address that somebody named is the one to use, whether or not it answers now.
    detect: async () => settings.named || (await agentAnswers(settings)),
    close() {
      watch.stop();
      client.close();
    },
  };
}

/** What Consul says, or, when it does not answer, what the copy still knows. */
async function orFrom<T>(rights: Rights, recall: () => T | undefined, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    rights.note(error);
    const known = codeOf(error) === "not_connected" ? recall() : undefined;
    if (known === undefined) throw error;
    return known;
  }
}

async function agentAnswers({ addresses: [first] }: Settings): Promise<boolean> {
  const { host, port, secure } = first!;
  const url = `${secure ? "https" : "http"}://${host}:${port}/v1/status/leader`;
  return (await fetch(url, { signal: AbortSignal.timeout(DETECTION) })).ok;
}
