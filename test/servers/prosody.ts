import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  canConnect,
  freePort,
  makeCerts,
  type Process,
  ready,
  removeDir,
  serverOrSkip,
  startProcess,
  tempDir,
  which,
} from "./lib.ts";

/** Why tests that need Prosody are skipped; undefined when it is there. */
export const noProsody: string | undefined = await serverOrSkip({ prosody: "prosody", openssl: "openssl" });

export interface ProsodyOptions {
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  readonly host?: string;
  /** More domains of the same server, each with accounts of its own: passwords by user name. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Domain of the rooms. */
  readonly rooms?: string;
  /** Everybody in a room sees everybody's real JID; else only its owners and moderators do. */
  readonly publicJids?: boolean;
  /** Seconds that a session without a connection is kept: XEP-0198. */
  readonly hibernation?: number;
  /** Modules to leave out, as `smacks`. */
  readonly without?: readonly string[];
  /** The server certificate ended yesterday. */
  readonly expired?: boolean;
  /** Encryption is required. Default true. */
  readonly tls?: boolean;
  /** More settings: of all, of the host, of the rooms. */
  readonly global?: string;
  readonly hostModules?: readonly string[];
  readonly roomModules?: readonly string[];
}

export interface Prosody {
  readonly host: string;
  readonly rooms: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly tlsPort: number;
  /** The CA that its certificate is signed by: PEM, and the file of it. */
  readonly ca: string;
  readonly caFile: string;
  log(): string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** For SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
  /** Starts it again, on the same ports, with what it had stored. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const MODULES = ["roster", "saslauth", "tls", "disco", "smacks", "ping", "posix", "carbons", "offline"];

/** Prosody: RFC 6120 and 6121, with rooms (XEP-0045) and sessions that can be taken up again (XEP-0198). */
export async function startProsody(options: ProsodyOptions): Promise<Prosody> {
  const { host = "localhost", rooms = `conference.${host}`, users, without = [], expired = false } = options;
  const { others = {} } = options;
  const dir = tempDir("prosody");
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { ca, caFile, certFile, keyFile } = makeCerts(dir, [host, rooms, ...Object.keys(others)]);
  if (expired) expire(dir);
  const data = join(dir, "data");
  for (const [domain, theirs] of Object.entries({ ...others, [host]: users }))
    addUsers(join(data, fileName(domain), "accounts"), theirs);
  const config = join(dir, "prosody.cfg.lua");
  writeFileSync(
    config,
    `run_as_root = true
data_path = ${lua(data)}
pidfile = ${lua(join(dir, "prosody.pid"))}
plugin_paths = { ${lua(join(import.meta.dirname, "prosody-modules"))} }
modules_enabled = ${lua(MODULES.filter((name) => !without.includes(name)))}
modules_disabled = { "s2s" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = { ${tlsPort} }
s2s_ports = {}
http_ports = {}
https_ports = {}
authentication = "internal_hashed"
default_iteration_count = 1000
c2s_require_encryption = ${options.tls ?? true}
smacks_hibernation_time = ${options.hibernation ?? 60}
certificates = ${lua(dir)}
ssl = { certificate = ${lua(certFile)}, key = ${lua(keyFile)} }
log = { { levels = { min = "debug" }, to = "console" } }
${options.global ?? ""}
${Object.keys(others)
  .map((domain) => `VirtualHost ${lua(domain)}`)
  .join("\n")}
VirtualHost ${lua(host)}
  modules_enabled = ${lua(options.hostModules ?? [])}
Component ${lua(rooms)} "muc"
  modules_enabled = ${lua(options.roomModules ?? [])}
  muc_room_locking = false
  muc_room_default_public_jids = ${options.publicJids ?? true}
`,
  );
  let server: Process;
  async function start(): Promise<void> {
    server = startProcess("prosody", which("prosody")!, ["--config", config, "-F"], { dir });
    await ready(server, async () => (await canConnect(port)) && canConnect(tlsPort));
  }
  await start();
  return {
    host,
    rooms,
    port,
    tlsPort,
    ca,
    caFile,
    log: () => server.log(),
    kill: () => server.kill(),
    signal: (name) => server.signal(name),
    start,
    async stop() {
      await server.stop();
      removeDir(dir);
    },
  };
}

/** Somebody on a HipChat server. */
export interface HipchatPerson {
  readonly password: string;
  readonly name: string;
  readonly mention_name: string;
}

/** Prosody that answers as HipChat did. People and rooms by the local part of their JID, as `1_2` and `1_ops`. */
export function startHipchatLike({
  people,
  rooms,
  ...rest
}: {
  readonly people: Readonly<Record<string, HipchatPerson>>;
  readonly rooms: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
} & Partial<Omit<ProsodyOptions, "rooms">>): Promise<Prosody> {
  const users = Object.entries(people).map(([user, { password }]) => [user, password]);
  const names = Object.entries(people).map(([user, { name, mention_name }]) => [
    user,
    { name, mention_name },
  ]);
  return startProsody({
    host: "chat.hipchat.com",
    rooms: "conf.hipchat.com",
    users: Object.fromEntries(users),
    global: `hipchat_people = ${lua(Object.fromEntries(names))}\nhipchat_rooms = ${lua(rooms)}`,
    hostModules: ["hipchat_like"],
    roomModules: ["hipchat_like"],
    ...rest,
  });
}

// Prosody reads a plain password once, and stores its hash at the first login.
function addUsers(dir: string, users: Readonly<Record<string, string>>): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, password] of Object.entries(users))
    writeFileSync(join(dir, `${fileName(name)}.dat`), `return ${lua({ password })};\n`);
}

// Its file names escape each byte but letters and digits.
function fileName(text: string): string {
  const escaped = (char: string) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
  return text.replace(/[^A-Za-z0-9]/gu, (char) => escaped(char).join(""));
}

function expire(dir: string): void {
  const day = (days: number) =>
    new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/gu, "");
  const names = { "serial.txt": "01\n", "index.txt": "" };
  for (const [file, text] of Object.entries(names)) writeFileSync(join(dir, file), text);
  writeFileSync(
    join(dir, "ca.cnf"),
    `[ca]\ndefault_ca = it\n[it]\ndatabase = index.txt\nserial = serial.txt\nnew_certs_dir = .\ndefault_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n`,
  );
  const signer = ["-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-batch", "-notext"];
  const dates = ["-startdate", day(-3), "-enddate", day(-1)];
  const files = ["-in", "srv.csr", "-out", "srv.pem", "-extfile", "srv.ext"];
  execFileSync("openssl", ["ca", ...signer, ...dates, ...files], { cwd: dir, stdio: "pipe" });
}

function lua(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `{ ${value.map(lua).join(", ")} }`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `[${JSON.stringify(key)}] = ${lua(one)}`)
    .join(", ")} }`;
}
