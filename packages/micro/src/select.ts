import type { Node } from "@micro-bot/core";

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
const REMEMBERED = 30_000;
const MOST = 10_000;

/** A selector with its own memory. `now` is a clock in milliseconds that never goes back. */
export function selector(now: () => number = () => performance.now()): Selector {
  const turns = new Map<string, number>();
  const failures = new Map<string, number>();

  function turn(service: string): number {
    const count = turns.get(service) ?? Math.floor(Math.random() * 2 ** 20);
    if (turns.size >= MOST) turns.clear();
    turns.set(service, count + 1);
    return count;
  }

  function ill(node: Node): boolean {
    const since = failures.get(keyOf(node));
    if (since === undefined) return false;
    if (now() - since < REMEMBERED) return true;
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
      if (failures.size >= MOST) failures.clear();
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
