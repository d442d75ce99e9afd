import { enableCompileCache } from "node:module";

enableCompileCache();
const { run } = await import("@micro-bot/engine");
process.exit(
  await run({
    argv: process.argv.slice(2),
    env: process.env,
    plugins: () => import("./plugins.ts"),
    manifest: new URL("../package.json", import.meta.url),
  }),
);
