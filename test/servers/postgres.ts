import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  freePort,
  type Process,
  ready,
  removeDir,
  serverOrSkip,
  startProcess,
  tempDir,
  unprivileged,
} from "./lib.ts";

// Debian keeps the server out of PATH, in a folder for each major version.
const BASE = "/usr/lib/postgresql";
const USER = "bot";
const PASSWORD = "s3cret-of-the-tests";

/** Why tests that need PostgreSQL are skipped; undefined when it is there. */
export const noPostgres: string | undefined = findBin()
  ? undefined
  : ((await serverOrSkip({ pg_ctlcluster: "postgresql" })) ??
    (findBin() ? undefined : "no PostgreSQL server"));

export interface Postgres {
  readonly port: number;
  readonly password: string;
  /** Of its only database, with user and password. */
  readonly url: string;
  log(): string;
  /** Cuts all clients off and ends, in good order. */
  stop(): Promise<void>;
  /** Ends at once, as in a crash; the next start recovers. */
  crash(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** A PostgreSQL server of our own, with scram passwords. What it commits survives a crash of it, though not of the machine. */
export async function startPostgres(): Promise<Postgres> {
  const bin = findBin()!;
  const dir = tempDir("postgres");
  const data = join(dir, "data");
  const port = await freePort();
  const as = unprivileged();
  mkdirSync(data);
  if (as.uid !== undefined && as.gid !== undefined)
    for (const path of [dir, data]) chownSync(path, as.uid, as.gid);
  writeFileSync(join(dir, "password"), PASSWORD);
  const init = `-D ${data} -U ${USER} --pwfile ${join(dir, "password")} --auth=scram-sha-256 --no-locale -E UTF8 --no-sync --no-instructions`;
  execFileSync(join(bin, "initdb"), init.split(" "), { ...as, cwd: dir, stdio: "pipe" });
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${dir}`,
    "fsync=off",
    "full_page_writes=off",
  ].flatMap((setting) => ["-c", setting]);
  let server: Process;

  async function start(): Promise<void> {
    const before = server?.log().length ?? 0;
    server = startProcess("postgres", join(bin, "postgres"), ["-D", data, ...settings], { dir, ...as });
    await ready(server, () => server.log().slice(before).includes("ready to accept connections"));
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    server.signal(signal);
    await server.gone;
  }
  await start();
  return {
    port,
    password: PASSWORD,
    url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    log: () => server.log(),
    stop: () => end("SIGINT"),
    crash: () => end("SIGQUIT"),
    start,
    async remove() {
      if (!server.exit) await end("SIGINT");
      removeDir(dir);
    },
  };
}

function findBin(): string | undefined {
  if (!existsSync(BASE)) return undefined;
  const majors = readdirSync(BASE).sort((a, b) => Number(b) - Number(a));
  return majors.map((major) => join(BASE, major, "bin")).find((bin) => existsSync(join(bin, "postgres")));
}
