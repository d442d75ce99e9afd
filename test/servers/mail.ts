import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type ParsedMail, simpleParser } from "mailparser";
import { createTransport, type SendMailOptions } from "nodemailer";
import { SMTPServer } from "smtp-server";
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

/** Why tests that need a mail server are skipped; undefined when it is there. */
export const noMail: string | undefined = await serverOrSkip({
  dovecot: "dovecot-imapd dovecot-lmtpd",
  openssl: "openssl",
});

/** Mail for this domain is delivered here. Mail for others is accepted, and goes nowhere. */
export const DOMAIN = "example.test";

export interface MailOptions {
  /** Passwords by address. Mail for anybody else of the domain is refused. */
  readonly users: Readonly<Record<string, string>>;
  /** The certificate of all its ports ran out yesterday. */
  readonly expired?: boolean;
}

/** A mail that the SMTP server took. */
export interface Delivered extends ParsedMail {
  readonly raw: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
}

/** What the SMTP server answers to a mail instead of taking it: a reply code, or `mute` once it has taken it. */
export type Refusal = number | "mute";

export interface MailServer {
  /** IMAP with STARTTLS. */
  readonly imapPort: number;
  /** SMTP with STARTTLS and AUTH, as for submission. */
  readonly smtpPort: number;
  /** The CA that its certificates are signed by, PEM, and the file it is in. */
  readonly ca: string;
  readonly caFile: string;
  /** Puts a mail into an address's mailbox, as its mail exchanger would; with `raw`, byte for byte. */
  deliver(to: string, mail: SendMailOptions): Promise<void>;
  /** The next mail for an address that came in by SMTP, each given once, in order. */
  delivered(to: string): Promise<Delivered>;
  /** Those that were not asked for yet. */
  waiting(to: string): readonly Delivered[];
  /** The next so many mails are not taken. */
  refuse(how: Refusal, times?: number): void;
  log(): string;
  /** Ends both servers, hard. */
  kill(): Promise<void>;
  /** Starts them again, on the same ports. */
  start(): Promise<void>;
  /** Throws away what Dovecot knows of an address's mailbox, so that its UIDs begin anew. The servers are down. */
  forget(address: string): void;
  stop(): Promise<void>;
}

/** Dovecot for IMAP, and an SMTP server in this process that delivers to it by LMTP. */
export async function startMail(options: MailOptions): Promise<MailServer> {
  const dir = tempDir("mail");
  const certs = makeCerts(dir, ["localhost"], options.expired ? -1 : 2);
  const [imapPort, lmtpPort] = [await freePort(), await freePort()];
  const config = writeConfig(dir, options, imapPort, lmtpPort);
  const post = new PostOffice(options, lmtpPort, certs.ca);
  const tls = { key: readFileSync(certs.keyFile), cert: readFileSync(certs.certFile) };
  let dovecot: Process;
  let smtp: SMTPServer;
  let smtpPort = 0;

  async function start(): Promise<void> {
    const run = { dir, group: true, ...unprivileged() };
    dovecot = startProcess("dovecot", which("dovecot")!, ["-F", "-c", config], run);
    await ready(dovecot, async () => (await canConnect(imapPort)) && (await canConnect(lmtpPort)));
    post.killed = false;
    smtp = post.server(tls);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    smtp.once("error", reject);
    smtp.listen(smtpPort, "127.0.0.1", resolve);
    await promise;
    // A client that leaves during STARTTLS arrives here.
    smtp.off("error", reject).on("error", () => {});
    smtpPort = (smtp.server.address() as AddressInfo).port;
  }

  async function kill(): Promise<void> {
    post.killed = true;
    const closed = new Promise<void>((resolve) => smtp.close(resolve));
    await Promise.all([dovecot.kill(), closed]);
  }

  await start();
  return {
    imapPort,
    smtpPort,
    ca: certs.ca,
    caFile: certs.caFile,
    deliver: (to, mail) => post.deliver([to], mail),
    delivered: (to) => post.boxOf(to).next(),
    waiting: (to) => post.boxOf(to).all,
    refuse: (how, times = 1) => post.refuse(how, times),
    log: () => dovecot.log(),
    kill,
    start,
    forget(address) {
      const folder = join(dir, "mail", address);
      for (const file of [
        "dovecot-uidlist",
        "dovecot-uidvalidity",
        "dovecot.index",
        "dovecot.index.log",
        "dovecot.index.cache",
      ])
        removeDir(join(folder, file));
      // Its first value is the time; one of the same second would be the old one.
      writeFileSync(join(folder, "dovecot-uidlist"), `3 V${Math.floor(Date.now() / 1000) + 1000} N1\n`);
      own(join(folder, "dovecot-uidlist"));
    },
    async stop() {
      await kill();
      removeDir(dir);
    },
  };
}

/** What is under way by SMTP and LMTP. */
class PostOffice {
  readonly #options: MailOptions;
  readonly #lmtp: ReturnType<typeof createTransport>;
  readonly #boxes = new Map<string, Box>();
  killed = false;
  #refusals: Refusal[] = [];

  constructor(options: MailOptions, lmtpPort: number, ca: string) {
    this.#options = options;
    // An expired certificate is for clients to find.
    const tls = { ca, rejectUnauthorized: !options.expired };
    this.#lmtp = createTransport({ lmtp: true, host: "127.0.0.1", port: lmtpPort, tls });
  }

  server(tls: { readonly key: Buffer; readonly cert: Buffer }): SMTPServer {
    const { users } = this.#options;
    const local = (address: string) => address.toLowerCase().endsWith(`@${DOMAIN}`);
    return new SMTPServer({
      ...tls,
      name: "mail.test",
      closeTimeout: 100,
      disableReverseLookup: true,
      onAuth({ username = "", password }, _session, done) {
        if (users[username] !== undefined && users[username] === password) done(null, { user: username });
        else done(failure(535, "5.7.8 bad credentials"));
      },
      onRcptTo({ address }, _session, done) {
        if (local(address) && users[address.toLowerCase()] === undefined)
          done(failure(550, "5.1.1 no such user"));
        else done();
      },
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const from = envelope.mailFrom ? envelope.mailFrom.address : "";
          const to = envelope.rcptTo.map(({ address }) => address.toLowerCase());
          const refusal = this.#refusals.shift();
          if (typeof refusal === "number") return done(failure(refusal, "no, not now"));
          this.#take(Buffer.concat(chunks), from, to, to.filter(local)).then(
            () => (refusal === "mute" ? stream.destroy() : done(null, "2.0.0 delivered")),
            // One that is killed does not say that it is busy.
            (error) => (this.killed ? stream.destroy() : done(error)),
          );
        });
      },
    });
  }

  async #take(raw: Buffer, from: string, to: readonly string[], local: readonly string[]): Promise<void> {
    if (local.length > 0) await this.deliver(local, { raw, envelope: { from, to: [...local] } });
    const mail = { ...(await simpleParser(raw)), raw: raw.toString(), envelope: { from, to } };
    for (const address of to) this.boxOf(address).put(mail);
  }

  async deliver(to: readonly string[], mail: SendMailOptions): Promise<void> {
    await this.#lmtp.sendMail({ envelope: { from: "sender@example.org", to: [...to] }, ...mail });
  }

  boxOf(address: string): Box {
    const box = this.#boxes.get(address) ?? new Box();
    this.#boxes.set(address, box);
    return box;
  }

  refuse(how: Refusal, times: number): void {
    this.#refusals = Array(times).fill(how);
  }
}

class Box {
  readonly all: Delivered[] = [];
  readonly #takers: ((mail: Delivered) => void)[] = [];

  put(mail: Delivered): void {
    const taker = this.#takers.shift();
    if (taker) taker(mail);
    else this.all.push(mail);
  }

  next(): Promise<Delivered> {
    const mail = this.all.shift();
    return mail ? Promise.resolve(mail) : new Promise((resolve) => this.#takers.push(resolve));
  }
}

function failure(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode });
}

function own(path: string): void {
  const { uid, gid } = unprivileged();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

function writeConfig(dir: string, { users }: MailOptions, imapPort: number, lmtpPort: number): string {
  const { uid = process.getuid!(), gid = process.getgid!() } = unprivileged();
  // By name: Dovecot refuses a number.
  const nameOf = (option: string) => execFileSync("id", [option, String(uid)], { encoding: "utf8" }).trim();
  const [user, group] = [nameOf("-un"), nameOf("-gn")];
  for (const name of ["mail", "run", "state"]) {
    mkdirSync(join(dir, name));
    chmodSync(join(dir, name), 0o755);
    own(join(dir, name));
  }
  own(dir);
  const lines = Object.entries(users).map(([name, password]) => `${name}:{PLAIN}${password}\n`);
  writeFileSync(join(dir, "users"), lines.join(""));
  const config = join(dir, "dovecot.conf");
  writeFileSync(
    config,
    `base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <${dir}/srv.pem
ssl_key = <${dir}/srv.key
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:${dir}/mail/%u
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${dir}/users
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${dir}/mail/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
`,
  );
  return config;
}
