import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.broken.ts"],
    // Each break meets its own rule only: the suite is named after it.
    testNamePattern: /<(.+)>(?: >)? \1$/,
    pool: "forks",
  },
});
