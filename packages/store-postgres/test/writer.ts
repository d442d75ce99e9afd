// Another process: opens a store, does the writes it is given, and kills itself the moment the last one resolves.
import { fakeLog } from "@micro-bot/testkit";
import { openPostgres } from "../src/plugin.ts";

const [url = "", writes = "[]"] = process.argv.slice(2);
const store = await openPostgres(url, { log: fakeLog() });
for (const changes of JSON.parse(writes)) await store.write(changes);
process.kill(process.pid, "SIGKILL");
