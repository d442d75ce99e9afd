/** A watchdog of a connection: after a silence it asks for a sign of life, and after another it gives up. */
export class Watchdog {
  readonly #ask: () => void;
  readonly #dead: () => void;
  readonly #timer: NodeJS.Timeout;
  #asked = false;
  #over = false;

  /** `ask` sends a ping; `dead` is called once, when nothing came for twice `quietMs`. */
  constructor(quietMs: number, ask: () => void, dead: () => void) {
    this.#ask = ask;
    this.#dead = dead;
    this.#timer = setTimeout(() => this.#quiet(), quietMs);
  }

  /** Something came in. */
  heard(): void {
    this.#asked = false;
    // A timer that was cleared would run again.
    if (!this.#over) this.#timer.refresh();
  }

  /** No more is asked. Twice is safe. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #quiet(): void {
    if (this.#over) return;
    if (this.#asked) {
      this.stop();
      this.#dead();
      return;
    }
    this.#asked = true;
    this.#ask();
    if (!this.#over) this.#timer.refresh();
  }
}
