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

  /** Queues a task, which must not reject. False: the lane is full and the task is not taken. */
  enter(key: string, task: Task): boolean {
    if ((this.#lanes.get(key)?.length ?? 0) > this.#limits.waiting) return false;
    this.queue(key, task);
    return true;
  }

  /** Queues a task that was promised before: no limit holds it back. */
  queue(key: string, task: Task): void {
    const lane = this.#lanes.get(key);
    if (lane) {
      lane.push(task);
      return;
    }
    this.#lanes.set(key, [task]);
    this.#ready.push(key);
    this.#fill();
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
