import { Budget } from "./budget.ts";
import { keyOf, type Route } from "./routes.ts";

/** Messages a minute, one way between two rooms. */
export const RATE = 60;
/** How long a room that refuses is left alone, in milliseconds. */
const PAUSE = 10 * 60_000;

/** What may go, by route. */
export class Gate {
  readonly #now: () => number;
  readonly #budgets = new Map<Route, Budget>();
  /** Until when a room is left alone. */
  readonly #refusing = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `yes`: one more may go. `over`: it may not, and that is new; `no`: it is not. */
  pass(route: Route): "yes" | "over" | "no" {
    if (this.#now() < (this.#refusing.get(keyOf(route.to)) ?? -Infinity)) return "no";
    const budget = this.#budgets.get(route) ?? new Budget(RATE, this.#now);
    this.#budgets.set(route, budget);
    return budget.take();
  }

  /** The room takes nothing: it is left alone for a while. */
  shut(room: string): void {
    this.#refusing.set(room, this.#now() + PAUSE);
  }
}
