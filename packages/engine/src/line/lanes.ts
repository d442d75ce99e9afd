type Task = () => Promise<void>;

export interface LaneLimits {
  /** Tasks that run at one time, over all lanes. */
  readonly running: number;
  /** Tasks that wait in one lane. */
  readonly waiting: number;
}

/** Tasks of one lane run in order; lanes run side by side. A lane is one person in one place. */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<string, Task[]>();
  readonly #ready: string[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Tasks that run or wait. */
  get size(): number {
    return this.#lanes.values().reduce((sum, lane) => sum + lane.length, 0);
  }

  /** Whether so many tasks wait in a lane that no more should be queued. */
  isFull(key: string): boolean {
    return (this.#lanes.get(key)?.length ?? 0) > this.#limits.waiting;
  }

  /** Queues a task. Resolves when it is over, and rejects with what it threw; the lane goes on either way. */
  queue(key: string, task: Task): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const whole = async () => {
      try {
        await task();
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    const lane = this.#lanes.get(key);
    if (lane) lane.push(whole);
    else {
      this.#lanes.set(key, [whole]);
      this.#ready.push(key);
      this.#fill();
    }
    return promise;
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #fill(): void {
    while (this.#running < this.#limits.running && this.#ready.length > 0)
      void this.#run(this.#ready.shift()!);
  }

  async #run(key: string): Promise<void> {
    const lane = this.#lanes.get(key)!;
    this.#running++;
    await lane[0]!();
    this.#running--;
    lane.shift();
    // To the end of the line: a busy lane takes turns with the others.
    if (lane.length > 0) this.#ready.push(key);
    else this.#lanes.delete(key);
    this.#fill();
    if (this.#lanes.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
