interface Life {
  readonly from: number;
  to: number;
}

/** When there was a bot, in milliseconds since 1970: what it owes within a time it owes while it lives. */
export class Lives {
  readonly #lives: Life[] = [];
  readonly #cuts: number[] = [];

  /** How many began. */
  get count(): number {
    return this.#lives.length;
  }

  begin(at: number): void {
    this.#lives.push({ from: at, to: Infinity });
  }

  /** Cut off: it had no time to do anything about it. */
  cut(at: number): void {
    this.#cuts.push(at);
    const life = this.#lives.at(-1);
    if (life) life.to = Math.min(life.to, at);
  }

  /** One of several was cut off; another lives on. */
  cutOne(at: number): void {
    this.#cuts.push(at);
  }

  /** The first cut at or after a time. */
  cutAfter(at: number): number | undefined {
    return this.#cuts.find((cut) => cut >= at);
  }

  /** For how long within these times a bot lived. */
  between(from: number, to: number): number {
    const parts = this.#lives.map((life) => Math.min(life.to, to) - Math.max(life.from, from));
    return parts.filter((part) => part > 0).reduce((sum, part) => sum + part, 0);
  }
}
