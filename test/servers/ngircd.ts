import { writeFileSync } from "node:fs";
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
  unprivileged,
  which,
} from "./lib.ts";

/** Why tests that need ngIRCd are skipped; undefined when it is there. */
export const noNgircd: string | undefined = await serverOrSkip({ ngircd: "ngircd", openssl: "openssl" });

export interface NgircdOptions {
  /** Password that clients must give. */
  readonly password?: string;
  /** MaxPenaltyTime: 0 is no flood control, -1 the server's own. */
  readonly penalty?: number;
  readonly nickLength?: number;
}

export interface Ngircd {
  readonly port: number;
  readonly tlsPort: number;
  /** The CA that its certificate is signed by, PEM. */
  readonly ca: string;
  log(): string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, on the same ports. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** ngIRCd: a plain server of RFC 2812, without services or message tags. */
export async function startNgircd(options: NgircdOptions = {}): Promise<Ngircd> {
  const { password, penalty = 0, nickLength = 30 } = options;
  const dir = tempDir("ngircd");
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { ca, certFile, keyFile } = makeCerts(dir, ["localhost"]);
  const config = join(dir, "ngircd.conf");
  writeFileSync(
    config,
    `[Global]
Name = irc.test
Info = test
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = hello
${password ? `Password = ${password}` : ""}
[Limits]
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = ${nickLength}
MaxPenaltyTime = ${penalty}
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = ${certFile}
KeyFile = ${keyFile}
Ports = ${tlsPort}
`,
  );
  let server: Process;
  async function start(): Promise<void> {
    server = startProcess("ngircd", which("ngircd")!, ["-n", "-f", config], { dir, ...unprivileged() });
    await ready(server, () => canConnect(port));
  }
  await start();
  return {
    port,
    tlsPort,
    ca,
    log: () => server.log(),
    kill: () => server.kill(),
    start,
    async stop() {
      await server.stop();
      removeDir(dir);
    },
  };
}
