import type { Node } from "@micro-bot/core";
import { RecentMap } from "@micro-bot/kit";

/** Decides which node is tried first. */
export interface Selector {
  /** The nodes in the order to try: round robin from a random start, those that just failed last. */
  order(service: string, nodes: readonly Node[]): Node[];
  /** The node could not be reached, or fell silent. */
  failed(node: Node): void;
  /** The node answered. */
  answered(node: Node): void;
}

// As long as a registry may take to notice that a node is gone.
const FAILED_MS = 30_000;
/** Services, and nodes that failed. */
const MAX_REMEMBERED = 10_000;

/** A selector with its own memory. `now` is a clock in milliseconds that never goes back. */
export function selector(now: () => number = () => performance.now()): Selector {
  const turns = new RecentMap<string, number>(MAX_REMEMBERED);
  const failures = new RecentMap<string, number>(MAX_REMEMBERED);

  function turn(service: string): number {
    const count = turns.get(service) ?? Math.floor(Math.random() * 2 ** 20);
    turns.set(service, count + 1);
    return count;
  }

  function ill(node: Node): boolean {
    const since = failures.get(keyOf(node));
    if (since === undefined) return false;
    if (now() - since < FAILED_MS) return true;
    failures.delete(keyOf(node));
    return false;
  }

  return {
    order(service, nodes) {
      const start = nodes.length > 0 ? turn(service) % nodes.length : 0;
      const ring = [...nodes.slice(start), ...nodes.slice(0, start)];
      if (failures.size === 0) return ring;
      return [...ring.filter((node) => !ill(node)), ...ring.filter(ill)];
    },
    failed(node) {
      failures.set(keyOf(node), now());
    },
    answered(node) {
      if (failures.size > 0) failures.delete(keyOf(node));
    },
  };
}

// With the address: a node that came back under its id elsewhere has not failed there.
function keyOf(node: Node): string {
  return `${node.id} ${node.address}`;
}
