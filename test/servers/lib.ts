import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A new folder that a server without root's rights can enter. */
export function tempDir(name = "server"): string {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(dir, 0o755);
  return dir;
}

export function removeDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

export interface Certs {
  readonly ca: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority and a certificate for localhost and 127.0.0.1; a restart keeps those that are there. */
export function makeCerts(dir: string): Certs {
  const path = (file: string) => join(dir, file);
  const ssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe", cwd: dir });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  if (!existsSync(path("srv.pem"))) {
    ssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=test ca", "-keyout", "ca.key", "-out", "ca.pem");
    ssl("req", ...key, "-subj", "/CN=localhost", "-keyout", "srv.key", "-out", "srv.csr");
    writeFileSync(
      path("srv.ext"),
      "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
    );
    const sign = [
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "srv.ext",
    ];
    ssl("x509", "-req", "-in", "srv.csr", ...sign, "-out", "srv.pem");
    chmodSync(path("srv.key"), 0o644);
  }
  const files = { caFile: path("ca.pem"), certFile: path("srv.pem"), keyFile: path("srv.key") };
  return { ca: readFileSync(files.caFile, "utf8"), ...files };
}

export interface Server {
  readonly child: ChildProcess;
  readonly exit: { code: number | null; signal: string | null } | undefined;
  log(): string;
  /** SIGTERM, then SIGKILL when it has not ended in time. */
  stop(graceMs?: number): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a process of ours with its output in a file. */
export function startProcess(
  name: string,
  command: string,
  args: string[],
  { dir }: { dir: string },
): Server {
  const file = join(dir, `${name}.log`);
  const output = openSync(file, "a");
  const child = spawn(command, args, { cwd: dir, stdio: ["ignore", output, output] });
  closeSync(output);
  let exit: Server["exit"];
  const gone = new Promise<void>((resolve) => {
    const end = (code: number | null, signal: string | null) => {
      exit ??= { code, signal };
      resolve();
    };
    child.once("exit", end);
    child.once("error", () => end(null, null));
  });
  const onExit = () => void child.kill("SIGKILL");
  process.once("exit", onExit);

  async function end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await gone;
    clearTimeout(timer);
    process.off("exit", onExit);
  }

  return {
    child,
    get exit() {
      return exit;
    },
    log: () => readFileSync(file, "utf8"),
    stop: (graceMs = 5_000) => end("SIGTERM", graceMs),
    kill: () => end("SIGKILL", 1_000),
  };
}

/** Asks until the check says yes; throws with the server's log when the server has ended or time is up. */
export async function ready(
  server: Server,
  check: () => Promise<boolean>,
  timeoutMs = 15_000,
  what = "ready",
): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (!(await check().catch(() => false))) {
    if (server.exit) throw new Error(`the server ended before it was ${what}:\n${server.log()}`);
    if (Date.now() > until)
      throw new Error(`the server was not ${what} in ${timeoutMs} ms:\n${server.log()}`);
    await delay(25);
  }
}

export function canConnect(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
