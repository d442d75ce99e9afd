import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,apps,examples}/*/test/**/*.test.ts", "examples/*/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["scripts/built.ts"],
    // What hangs is found by these; no test may fail because the machine has other things to do.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
    // Most of their time they wait for servers: on two cores, one at a time would take twice as long.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
