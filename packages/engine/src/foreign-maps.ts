import { CONTRACT } from "@micro-bot/core";

const PREFIX = "@micro-bot/core/";

/** Non-empty maps of other majors of the contract, as `v2/inputs`: plugins that this engine cannot see. */
export function foreignMaps(): string[] {
  return Object.getOwnPropertySymbols(globalThis)
    .map(
      (symbol) =>
        [Symbol.keyFor(symbol), (globalThis as unknown as Record<symbol, unknown>)[symbol]] as const,
    )
    .filter(
      ([name, map]) =>
        name?.startsWith(PREFIX) && !name.startsWith(`${PREFIX}${CONTRACT}/`) && sizeOf(map) > 0,
    )
    .map(([name]) => name!.slice(PREFIX.length));
}

function sizeOf(map: unknown): number {
  return (map as { size?: number } | undefined)?.size ?? 0;
}
