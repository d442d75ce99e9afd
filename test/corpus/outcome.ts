/** What comes of a forgery: its sender is told no, or nothing is said. COMMAND stands in each for what only alice may. */
export type Outcome = "no" | "nothing";
