// The link file of a bot under test: all that the assembled bot has, the commands of the soak, and a store that is watched.
import "@micro-bot/bot/plugins";
import { BotError, commands, stores } from "@micro-bot/core";
import { soakCommands } from "./commands.ts";
import { factWriter } from "./facts.ts";
import { parseCrash, watchedStore } from "./watched-store.ts";

const { SOAK_FACTS = "/dev/null", SOAK_COUNTER = "", SOAK_CRASH } = process.env;
const write = factWriter(SOAK_FACTS);

stores.set("watched", async (url, ctx) => {
  const inner = url.slice("watched:".length);
  const open = stores.get(inner.slice(0, inner.indexOf(":")));
  if (!open) throw new BotError("config", `no store for ${inner} is linked`);
  return watchedStore(await open(inner, ctx), {
    note: (fact) => write({ at: Date.now(), pid: process.pid, ...fact }),
    crash: parseCrash(SOAK_CRASH),
    die: () => process.kill(process.pid, "SIGKILL"),
  });
});

const own = soakCommands(async (what, key) => {
  const response = await fetch(SOAK_COUNTER, { method: "POST", body: JSON.stringify({ what, key }) });
  if (!response.ok) throw new BotError("failed", `the counter answered ${response.status}`);
});
for (const [pattern, command] of Object.entries(own)) commands.set(pattern, command);
