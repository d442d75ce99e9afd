import { execFile, execFileSync, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const POLL = 25;

/** A port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = net.createServer();
  server.once("error", reject);
  server.listen({ host: "127.0.0.1", port: 0 }, () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
  return promise;
}

/** A new folder that a server which gives up root can still reach. */
export function tempDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(dir, 0o755);
  return dir;
}

export function removeDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

export interface Certs {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The CA's certificate, PEM. */
  readonly ca: string;
}

/**
 * A CA and a server certificate in the folder. Made once: after a restart clients still trust it. Needs openssl.
 * With `days` below zero the certificate has expired.
 */
export function makeCerts(dir: string, names: readonly string[] = ["localhost"], days = 2): Certs {
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe", cwd: dir });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  if (!existsSync(file("srv.pem"))) {
    const sans = [...names.map((name) => `DNS:${name}`), "IP:127.0.0.1"].join(",");
    writeFileSync(
      file("srv.ext"),
      `subjectAltName=${sans}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`,
    );
    const caUse = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
    const caExt = caUse.flatMap((use) => ["-addext", use]);
    openssl(
      "req",
      "-x509",
      ...key,
      "-days",
      "2",
      "-subj",
      "/CN=test ca",
      ...caExt,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
    );
    openssl("req", ...key, "-subj", `/CN=${names[0]}`, "-keyout", "srv.key", "-out", "srv.csr");
    const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(
      "x509",
      "-req",
      "-in",
      "srv.csr",
      ...signer,
      "-days",
      String(days),
      "-extfile",
      "srv.ext",
      "-out",
      "srv.pem",
    );
    // Only a test's key, and a server that gave up root must read it.
    chmodSync(file("srv.key"), 0o644);
  }
  return {
    caFile: file("ca.pem"),
    certFile: file("srv.pem"),
    keyFile: file("srv.key"),
    ca: readFileSync(file("ca.pem"), "utf8"),
  };
}

/** A client's certificate, signed by itself, and its SHA-256 as hexadecimal digits. */
export function makeClientCert(name: string) {
  const dir = tempDir("client-cert");
  const [certFile, keyFile] = [join(dir, "client.pem"), join(dir, "client.key")];
  const made = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
  ];
  execFileSync("openssl", ["req", "-x509", ...made, "-keyout", keyFile, "-out", certFile], { stdio: "pipe" });
  const { fingerprint256 } = new X509Certificate(readFileSync(certFile));
  const fingerprint = fingerprint256.replaceAll(":", "").toLowerCase();
  return { certFile, keyFile, fingerprint, remove: () => removeDir(dir) };
}

export interface Exit {
  readonly code?: number | null;
  readonly signal?: NodeJS.Signals | null;
  readonly error?: Error;
}

/** A process of ours. */
export interface Process {
  readonly pid: number | undefined;
  /** Set once it is gone. */
  readonly exit: Exit | undefined;
  /** Resolves when it is gone. */
  readonly gone: Promise<Exit>;
  /** What it has printed so far. */
  log(): string;
  /** SIGTERM, then SIGKILL after five seconds. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** For SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
}

export interface ProcessOptions {
  /** Working folder, and where the log is kept. */
  readonly dir: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** It has children that outlive it: what is left of them a moment after it was told to stop is killed. */
  readonly group?: boolean;
}

/**
 * Starts a server. Its output goes to `NAME.log` in the folder, not to a pipe: a pipe of Node's is a socket, and a server
 * that opens /dev/stdout again cannot open a socket. It dies with this process.
 */
export function startProcess(
  name: string,
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Process {
  const { dir, env, uid, gid, group = false } = options;
  const logFile = join(dir, `${name}.log`);
  const output = openSync(logFile, "a");
  chmodSync(logFile, 0o666);
  const child = spawn(command, args, {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output],
    detached: group,
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  closeSync(output);
  const { promise: gone, resolve } = Promise.withResolvers<Exit>();
  let exit: Exit | undefined;
  const settle = (how: Exit) => {
    exit ??= how;
    resolve(exit);
    process.off("exit", killNow);
  };
  const killNow = () => {
    if (!group) child.kill("SIGKILL");
    else if (child.pid !== undefined) killGroup(child.pid);
  };
  child.once("exit", (code, signal) => settle({ code, signal }));
  child.once("error", (error) => settle({ error }));
  process.once("exit", killNow);

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (exit) return;
    child.kill(signal);
    const late = setTimeout(killNow, group ? 300 : 5000);
    await gone;
    clearTimeout(late);
    if (group) killNow();
  }
  return {
    pid: child.pid,
    gone,
    get exit() {
      return exit;
    },
    log: () => (existsSync(logFile) ? readFileSync(logFile, "utf8") : ""),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    signal: (name) => void child.kill(name),
  };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // None of them is left.
  }
}

/** Asks until the answer is yes; throws with the server's log when it died or took longer. */
export async function ready(
  server: Process,
  isReady: () => boolean | Promise<boolean>,
  ms = 15_000,
  what = "ready",
): Promise<void> {
  const until = performance.now() + ms;
  // A question that fails is a no: a server on its way up refuses connections.
  const yes = async () => isReady();
  while (!(await yes().catch(() => false))) {
    if (server.exit) throw new Error(`the server ended (${JSON.stringify(server.exit)}):\n${server.log()}`);
    if (performance.now() > until)
      throw new Error(`the server was not ${what} in ${ms} ms:\n${server.log()}`);
    await delay(POLL);
  }
}

export function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** The ids of `nobody`, for servers that refuse to run as root; nothing when this process is not root. */
export function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : {};
}

/** Where a program is, or undefined. */
export function which(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/**
 * For tests that need a server: installs its Debian package where that is possible (as root), and otherwise says why the
 * tests are skipped. With CI=true a missing server is an error, so that no test is skipped unseen.
 *
 *     const missing = await serverOrSkip({ ngircd: "ngircd" });
 *     describe.skipIf(missing)("…", …)
 */
export async function serverOrSkip(programs: Readonly<Record<string, string>>): Promise<string | undefined> {
  const missing = () => Object.keys(programs).filter((program) => !which(program));
  if (missing().length === 0) return undefined;
  let why = "this user may not install packages";
  if (process.getuid?.() === 0 && which("apt-get")) {
    why = "it could not be installed";
    await oneAtATime("micro-bot-apt.lock", async () => {
      const packages = [...new Set(missing().map((program) => programs[program]!))];
      if (packages.length > 0) await install(packages).catch((error) => (why = String(error.message)));
    });
  }
  const still = missing();
  if (still.length === 0) return undefined;
  const reason = `${still.join(", ")} is not installed (apt-get install ${still.map((program) => programs[program]).join(" ")}): ${why}`;
  if (process.env.CI === "true") throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

async function install(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const args = ["install", "-y", "--no-install-recommends", ...packages];
  try {
    await run("apt-get", args, { env });
  } catch {
    // A machine that was never asked before has no lists.
    await run("apt-get", ["update"], { env });
    await run("apt-get", args, { env });
  }
}

// Test files run in processes of their own, and apt-get in one of them at a time. A lock's owner may have been killed.
async function oneAtATime(name: string, work: () => Promise<void>): Promise<void> {
  const lock = join(tmpdir(), name);
  const STALE = 5 * 60_000;
  while (!tryLock(lock)) {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE) rmSync(lock, { recursive: true, force: true });
    else await delay(POLL * 10);
  }
  try {
    await work();
  } finally {
    rmdirSync(lock);
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
