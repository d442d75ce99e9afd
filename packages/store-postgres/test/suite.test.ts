import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { testStore } from "@micro-bot/testkit";
import { afterAll } from "vitest";
import { noPostgres, type Postgres, startPostgres } from "../../../test/servers/postgres.ts";
import { damage, emptyUrl, open, reopen } from "./help.ts";

let server: Promise<Postgres> | undefined;

async function empty(): Promise<string> {
  server ??= startPostgres();
  return emptyUrl(await server);
}

afterAll(async () => (await server)?.remove());

testStore({
  name: "postgres",
  open: async () => open(await empty()),
  reopen,
  damage,
  async crash(writes) {
    const url = await empty();
    const args = [join(import.meta.dirname, "writer.ts"), url, JSON.stringify(writes)];
    const [, signal] = await once(spawn(process.execPath, args, { stdio: "inherit" }), "exit");
    if (signal !== "SIGKILL") throw new Error("the writer ended before its last write");
    return open(url);
  },
  ...(noPostgres && { skip: noPostgres }),
});
