/** For each rule, how to break it: a good suite's options made into those of a plugin that does not keep the rule. */
export type Breaks<Suite> = Readonly<Record<string, (good: Suite) => Suite>>;

// The self-test runs only tests whose suite is named after them, so that each break meets its own rule.
const TIMEOUT = 250;

/** Registers the kind's suite once for each rule, on a plugin that breaks it. */
export function registerBroken<Suite extends { readonly name: string }>(
  kind: string,
  suite: (options: Suite) => void,
  good: () => Suite,
  breaks: Breaks<Suite>,
): void {
  for (const [rule, change] of Object.entries(breaks))
    suite({ ...change(good()), name: `broken ${kind} <${rule}>`, timeout: TIMEOUT });
}
