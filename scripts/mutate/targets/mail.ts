import net from "node:net";
import { freePort } from "../../../test/servers/lib.ts";
import { happens, index, mutateBytes } from "../bytes.ts";
import { mailOf, mutateMail } from "../mails.ts";
import type { Peer, Target } from "../target.ts";
import { startSmtp } from "./smtp-server.ts";

/** Mails that come in by SMTP (RFC 5321), and now and then what is said around them. */
export const mailTarget: Target = {
  name: "mail",
  about: "mails that come in by SMTP",
  input: "email",
  batch: 200,
  start,
};

/** What is said around a mail is broken, in so many. */
const BROKEN = 0.05;
const ADDRESS = "bot@example.test";
/** How long an answer is waited for, in milliseconds: to what is broken there may be none. */
const PATIENCE = 500;
/** So many mails are brought at one time. */
const CLIENTS = 8;

async function start(): Promise<Peer> {
  const smtp = await startSmtp();
  const port = await freePort();
  let mails = 0;
  /** Those who bring nothing just now; a place without anybody is empty. */
  const free: (Client | undefined)[] = Array.from({ length: CLIENTS });
  const waiting: (() => void)[] = [];

  async function send(mail: Buffer, broken?: (line: string) => Buffer): Promise<void> {
    while (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    const client = free.pop();
    const used = client?.isOpen ? client : new Client(port);
    void used.bring(mail, broken).then(() => {
      free.push(used);
      waiting.shift()?.();
    });
  }

  return {
    values: {
      email_address: ADDRESS,
      email_listen: `127.0.0.1:${port}`,
      email_trusted_relays: ["127.0.0.1"],
      email_authserv: "mx.example.test",
      email_smtp_server: "127.0.0.1",
      email_smtp_port: smtp.port,
      email_plain: true,
      email_timeout: 5000,
      email_mailbox: "INBOX",
      email_size: 5_000_000,
      email_replies: 1000,
    },
    async mutate(random) {
      const mail = mutateMail(`m${index(1e9, random)}`, ADDRESS, random);
      await send(mail, (line) =>
        happens(BROKEN, random) ? mutateBytes(Buffer.from(line), random) : Buffer.from(line),
      );
    },
    async say(text) {
      const body = `Content-Type: text/plain\r\n\r\n${text}\r\n`;
      await send(Buffer.from(mailOf(`s${++mails}`, ADDRESS, body)));
    },
    async stop() {
      for (const client of free) client?.close();
      await smtp.stop();
    },
  };
}

/** Somebody who brings mail. */
class Client {
  readonly #socket: net.Socket;
  #heard = "";
  #isGreeted = false;
  #answered: ((answer: string) => void) | undefined;

  constructor(port: number) {
    const socket = net.connect(port, "127.0.0.1");
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => this.#answered?.(""));
    socket.on("data", (chunk: Buffer) => {
      this.#heard += chunk.toString("latin1");
      // The last line of an answer has a space behind its code.
      if (!/^\d{3} .*\r\n$/mu.test(this.#heard)) return;
      const heard = this.#heard;
      this.#heard = "";
      this.#answered?.(heard);
    });
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Brings one mail; what is said around it may be broken. Leaves when it is not taken. */
  async bring(mail: Buffer, broken: (line: string) => Buffer = Buffer.from): Promise<void> {
    const greeting = this.#isGreeted ? [] : ["EHLO mx.example.test"];
    if (!this.#isGreeted) await this.#answer();
    this.#isGreeted = true;
    for (const line of [...greeting, "MAIL FROM:<alice@example.test>", `RCPT TO:<${ADDRESS}>`, "DATA"])
      if (!(await this.#ask(broken(line)))) return this.close();
    // RFC 5321, section 4.5.2.
    const stuffed = mail.toString("latin1").replace(/^\./gmu, "..");
    if (!(await this.#ask(Buffer.from(`${stuffed}\r\n.`, "latin1")))) this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whether the answer goes on with it. */
  async #ask(line: Buffer): Promise<boolean> {
    if (!this.isOpen) return false;
    this.#socket.write(Buffer.concat([line, Buffer.from("\r\n")]));
    return /^[23]/u.test(await this.#answer());
  }

  async #answer(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#answered = resolve;
    const late = setTimeout(() => resolve(""), PATIENCE);
    const answer = await promise;
    clearTimeout(late);
    this.#answered = undefined;
    return answer;
  }
}
