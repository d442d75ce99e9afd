/** Time that a turn may take, which can stand still. */
export class Deadline {
  readonly #late: () => void;
  #left: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `late` is called once, when so many milliseconds have run. */
  constructor(ms: number, late: () => void) {
    this.#left = ms;
    this.#late = late;
  }

  run(): void {
    if (this.#timer) return;
    this.#since = performance.now();
    this.#timer = setTimeout(this.#late, this.#left);
  }

  /** It goes on with `run`. */
  pause(): void {
    if (!this.#timer) return;
    this.stop();
    this.#left = Math.max(1, this.#left - (performance.now() - this.#since));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
