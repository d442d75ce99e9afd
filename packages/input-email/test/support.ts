import net from "node:net";
import tls from "node:tls";
import {
  type Conn,
  type Event,
  type Input,
  memoryStore,
  type Reply,
  replyTo,
  type Store,
} from "@micro-bot/core";
import { type FakeLog, fakeLog, fakePluginContext } from "@micro-bot/testkit";
import type { SendMailOptions } from "nodemailer";
import { onTestFinished } from "vitest";
import { DOMAIN, type MailServer } from "../../../test/servers/mail.ts";
import { email } from "../src/plugin.ts";

export const PASSWORD = "the bot's own";
export const ALICE = `alice@${DOMAIN}`;

/** Accounts for many bots, so that tests do not share a mailbox, and one person. */
export const USERS: Readonly<Record<string, string>> = Object.fromEntries([
  [ALICE, "alice's"],
  [`ops@${DOMAIN}`, "ops'"],
  ...Array.from({ length: 80 }, (_, n) => [`bot${n + 1}@${DOMAIN}`, PASSWORD]),
]);

/** Lets clients in this process trust the server. */
export function trust({ ca }: MailServer): void {
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), ca]);
}

let bots = 0;

/** A mailbox of its own, and the bot that reads it. */
export class Scene {
  readonly server: MailServer;
  readonly bot: string;
  readonly store: Store = memoryStore();
  readonly log: FakeLog = fakeLog();
  readonly values: Record<string, unknown>;
  #mails = 0;

  constructor(server: MailServer, values: Record<string, unknown> = {}) {
    this.server = server;
    this.bot = `bot${++bots}@${DOMAIN}`;
    this.values = {
      email_address: this.bot,
      email_imap_server: "127.0.0.1",
      email_imap_port: server.imapPort,
      email_smtp_server: "127.0.0.1",
      email_smtp_port: server.smtpPort,
      email_password: PASSWORD,
      ...values,
    };
  }

  /** A bot that is not yet connected, with what it remembers. */
  async input(values: Record<string, unknown> = {}): Promise<Input> {
    const input = email();
    const { log, store } = this;
    input.init(fakePluginContext({ ...this.values, ...values } as never, { log, store }));
    await input.start();
    onTestFinished(() => input.stop());
    return input;
  }

  async connect(values: Record<string, unknown> = {}): Promise<Line> {
    const input = await this.input(values);
    return new Line(input, await input.stream(), this);
  }

  /** Alice writes to the bot. */
  write(text: string, more: SendMailOptions = {}): Promise<void> {
    const mail = { from: ALICE, to: this.bot, subject: "a talk", text, messageId: this.nextId(), ...more };
    return this.server.deliver(this.bot, mail);
  }

  /** A mail byte for byte; headers by name, or whole lines. */
  raw(headers: string, body = "ping"): Promise<void> {
    const raw = `${headers.trim().replace(/\r?\n/gu, "\r\n")}\r\n\r\n${body}\r\n`;
    return this.server.deliver(this.bot, { raw, envelope: { from: "sender@example.org", to: [this.bot] } });
  }

  /** From, To, Subject and Message-ID of a mail that Alice may have written. */
  headers(more = ""): string {
    return `${more.trim() === "" ? "" : `${more.trim()}\n`}From: Alice <${ALICE}>\nTo: ${this.bot}\nSubject: a talk\nMessage-ID: ${this.nextId()}\nDate: ${new Date().toUTCString()}`;
  }

  nextId(): string {
    return `<${this.bot.split("@")[0]}-${++this.#mails}@${DOMAIN}>`;
  }

  logged(): string {
    return this.log.lines.map((line) => JSON.stringify(line)).join("\n");
  }
}

/** A connection, used as the engine does. */
export class Line {
  readonly input: Input;
  readonly conn: Conn;
  readonly scene: Scene;

  constructor(input: Input, conn: Conn, scene: Scene) {
    this.input = input;
    this.conn = conn;
    this.scene = scene;
  }

  /** The next event, acknowledged. */
  async recv(): Promise<Event> {
    const event = await this.conn.recv();
    await this.conn.ack!(event);
    return event;
  }

  /** Alice writes, and this is what it is understood as. */
  async hear(text: string, more: SendMailOptions = {}): Promise<Event> {
    await this.scene.write(text, more);
    return this.recv();
  }

  answer(event: Event, reply: Reply): Promise<unknown> {
    return this.conn.send(replyTo(event, reply, crypto.randomUUID(), Date.now()));
  }

  /** Says something unasked. */
  say(room: string, content: Partial<Event> | string): Promise<unknown> {
    const more = typeof content === "string" ? { data: content } : { data: "hello", ...content };
    return this.conn.send({
      id: crypto.randomUUID(),
      type: "text",
      from: { input: "email", room },
      to: { input: "email", room },
      addressed: false,
      assurance: 2,
      time: Date.now(),
      meta: {},
      ...more,
    });
  }
}

/** Stands between, and can go silent without a word. */
export async function startFreezer(target: number): Promise<{ port: number; freeze(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
