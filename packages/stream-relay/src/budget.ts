/** In this time, in milliseconds, so many messages; then a rest of the same length. */
const MINUTE = 60_000;

/**
 * How many messages go one way between two rooms. One more than that, and nothing does for a while: what goes round
 * fast has died by then.
 */
export class Budget {
  readonly #most: number;
  readonly #now: () => number;
  #since = -Infinity;
  #count = 0;
  #resting = -Infinity;

  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  /** `yes`: one more may go. `over`: it may not, and this is the first; `no`: it is not. */
  take(): "yes" | "over" | "no" {
    const now = this.#now();
    if (now < this.#resting) return "no";
    if (now - this.#since >= MINUTE) {
      this.#since = now;
      this.#count = 0;
    }
    if (this.#count < this.#most) {
      this.#count++;
      return "yes";
    }
    this.#resting = now + MINUTE;
    this.#since = -Infinity;
    return "over";
  }
}
