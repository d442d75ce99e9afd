import type { Node, Registry } from "@micro-bot/core";
import { RecentMap } from "@micro-bot/kit";

/** The nodes of services, as the registry last said. */
export interface Lookup {
  /** Nodes of all versions. One question to the registry serves all who ask at the same time, and for a second after. */
  nodes(service: string): readonly Node[] | Promise<readonly Node[]>;
  /** The registry's word is doubted: ask it again next time. */
  forget(service: string): void;
}

interface Known {
  readonly until: number;
  readonly nodes: readonly Node[];
}

const FRESH_MS = 1000;
const MAX_SERVICES = 1000;

/** `now` is a clock in milliseconds that never goes back. */
export function lookup(registry: Registry, now: () => number = () => performance.now()): Lookup {
  const known = new RecentMap<string, Known>(MAX_SERVICES);
  const asking = new Map<string, Promise<readonly Node[]>>();

  async function ask(service: string): Promise<readonly Node[]> {
    const versions = await registry.get(service);
    const nodes = versions.flatMap((version) => version.nodes);
    known.set(service, { until: now() + FRESH_MS, nodes });
    return nodes;
  }

  return {
    nodes(service) {
      const entry = known.get(service);
      if (entry && now() < entry.until) return entry.nodes;
      const running = asking.get(service);
      if (running) return running;
      const question = ask(service).finally(() => asking.delete(service));
      asking.set(service, question);
      return question;
    },
    forget(service) {
      known.delete(service);
    },
  };
}
