/** Chance that can be had again: the same seed gives the same numbers. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** From `least` to below `most`. */
  between(least: number, most: number): number;
  pick<T>(all: readonly T[]): T;
}

/** Marsaglia's xorshift of 32 bits ("Xorshift RNGs", 2003), over a seed that is stirred first. */
export function newRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  }
  const between = (least: number, most: number) => least + next() * (most - least);
  return { next, between, pick: (all) => all[Math.floor(next() * all.length)]! };
}
