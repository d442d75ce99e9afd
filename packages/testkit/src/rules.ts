import { afterAll, beforeAll, describe, test } from "vitest";

/**
 * Rules that cannot hold for this plugin, by name, each with the reason, which is printed in the report.
 * A text alone is the reason to skip all of them, as in "ngircd is not installed".
 */
export type Skip = string | Readonly<Record<string, string>>;

/** What every suite is given. */
export interface SuiteOptions {
  /** Names the suite in the report. */
  readonly name: string;
  readonly skip?: Skip;
  /** How long the suite waits for any one thing, in milliseconds. Default 5000. */
  readonly timeout?: number;
}

/** Rules by name; the names are sentences. Each is tried on a bench of its own. */
export type Rules<Bench> = Readonly<Record<string, (bench: Bench) => Promise<void> | void>>;

export interface BenchMaker<Bench> {
  /** Runs once, before the first rule; not at all when every rule is skipped. */
  before?(): Promise<void>;
  open(): Promise<Bench> | Bench;
  close?(bench: Bench): Promise<void>;
  after?(): Promise<void>;
}

export const TIMEOUT = 5000;

// A rule waits for several things in turn; the runner's own limit is only there for a rule that hangs.
const WAITS_IN_A_RULE = 12;

/** Registers one test for each rule. Throws when `skip` names a rule that is not there or gives no reason. */
export function describeRules<Bench>(
  { name, skip = {}, timeout = TIMEOUT }: SuiteOptions,
  rules: Rules<Bench>,
  maker: BenchMaker<Bench>,
): void {
  const reasons = reasonsOf(name, skip, Object.keys(rules));
  const limit = Math.max(30_000, timeout * WAITS_IN_A_RULE);
  describe(name, () => {
    if (Object.keys(rules).some((rule) => reasons[rule] === undefined)) {
      if (maker.before) beforeAll(() => maker.before!());
      if (maker.after) afterAll(() => maker.after!());
    }
    for (const [rule, run] of Object.entries(rules)) {
      test(rule, { timeout: limit }, async (task) => {
        if (reasons[rule] !== undefined) return task.skip(reasons[rule]);
        const bench = await maker.open();
        const close = async () => maker.close?.(bench);
        try {
          await run(bench);
        } catch (error) {
          // The rule's own error says more than what closing half-used things may throw.
          await close().catch(() => {});
          throw error;
        }
        await close();
      });
    }
  });
}

/** The hook, or an error that says how to go on without it. */
export function needed<T>(hook: T | undefined, name: string): T {
  if (hook !== undefined) return hook;
  throw new Error(`this rule needs '${name}': give it to the suite, or skip the rule with a reason`);
}

function reasonsOf(name: string, skip: Skip, rules: readonly string[]): Readonly<Record<string, string>> {
  const reasons = typeof skip === "string" ? Object.fromEntries(rules.map((rule) => [rule, skip])) : skip;
  for (const [rule, reason] of Object.entries(reasons)) {
    if (!rules.includes(rule))
      throw new Error(
        `${name}: skip names '${rule}', but there is no such rule. The rules are: ${rules.join(" · ")}`,
      );
    if (reason.trim() === "") throw new Error(`${name}: skip gives no reason for '${rule}'`);
  }
  return reasons;
}
