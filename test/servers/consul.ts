import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freePort, ready, removeDir, startProcess, tempDir } from "./lib.ts";

export interface ConsulServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Its HTTP API. */
  readonly url: string;
  log(): string;
  /** Ends it at once; it keeps nothing. */
  kill(): Promise<void>;
  /** Starts it again, empty, at the same address. */
  restart(): Promise<void>;
  /** Stops it from answering, while it still accepts connections. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface ConsulOptions {
  /** More configuration, in Consul's own language. */
  readonly hcl?: string;
  /** Needed for every request when access is controlled. */
  readonly token?: string;
}

/**
 * Path of Consul's executable: `CONSUL_BIN`, or else fetched by scripts/get-consul.sh, which needs root.
 * Where there is none it prints why and returns undefined, and tests skip; with `CI=true` it throws.
 */
export function findConsul(): string | undefined {
  if (process.env.CONSUL_BIN) return process.env.CONSUL_BIN;
  try {
    const root = process.getuid?.() === 0 || process.env.CI === "true";
    if (!root) throw new Error("CONSUL_BIN is not set, and only root fetches Consul");
    return fetchConsul();
  } catch (error) {
    if (process.env.CI === "true") throw error;
    console.warn(`tests with Consul are skipped: ${(error as Error).message}`);
    return undefined;
  }
}

function fetchConsul(): string {
  const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
  const args = [path("scripts/get-consul.sh"), path(".cache/consul")];
  return execFileSync("bash", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** A Consul agent in development mode: one server, all in memory, on free ports of 127.0.0.1. */
export async function startConsul(binary: string, options: ConsulOptions = {}): Promise<ConsulServer> {
  const dir = tempDir("consul");
  const [http, server, lan, wan] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const url = `http://127.0.0.1:${http}`;
  const ports = `http = ${http} server = ${server} serf_lan = ${lan} serf_wan = ${wan} dns = -1 https = -1 grpc = -1`;
  const settings = [`ports { ${ports} }`, "disable_update_check = true", options.hcl ?? ""];
  const args = [
    "agent",
    "-dev",
    "-bind=127.0.0.1",
    "-client=127.0.0.1",
    "-node=test",
    "-disable-host-node-id",
  ];
  const hcl = settings.filter((text) => text !== "").flatMap((text) => ["-hcl", text]);
  let agent = await start();

  // The port answers before there is a leader, and until then writes fail.
  async function hasLeader(): Promise<boolean> {
    const headers = options.token ? { "x-consul-token": options.token } : undefined;
    const response = await fetch(`${url}/v1/catalog/nodes`, headers && { headers });
    return ((await response.json()) as unknown[]).length > 0;
  }

  async function start() {
    const started = startProcess("consul", binary, [...args, ...hcl], { dir });
    await ready(started, hasLeader, 20_000, "a leader");
    return started;
  }

  return {
    address: `127.0.0.1:${http}`,
    url,
    log: () => agent.log(),
    kill: () => agent.kill(),
    async restart() {
      await agent.kill();
      agent = await start();
    },
    pause: () => agent.signal("SIGSTOP"),
    resume: () => agent.signal("SIGCONT"),
    async stop() {
      await agent.kill();
      removeDir(dir);
    },
  };
}
