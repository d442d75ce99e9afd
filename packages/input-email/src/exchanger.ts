import { readFile } from "node:fs/promises";
import type { AddressInfo, BlockList } from "node:net";
import { BotError, type Log, messageOf } from "@micro-bot/core";
import type { SMTPServer, SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from "smtp-server";
import type { Intake, Letter, Receiver, Refusal } from "./intake.ts";
import type { Seen } from "./seen.ts";
import { Sessions } from "./sessions.ts";

export interface ExchangerOptions {
  /** Absent: all of this machine's. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Only mail to this address is taken. */
  readonly address: string;
  /** Whose word about senders is taken, and who has room of their own. */
  readonly relays: BlockList;
  /** PEM files, for STARTTLS. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Most bytes of a mail. */
  readonly size: number;
  /** How long a client may be silent, and how long a mail may take until it is safe, in milliseconds. */
  readonly timeout: number;
}

type Library = Pick<typeof import("smtp-server"), "SMTPServer">;

const CLOSING = 500;

/** The mail exchanger itself: RFC 5321. A mail is answered 250 when it is safe, and 451 when it could not be kept. */
export class Exchanger implements Intake {
  readonly #library: Library;
  readonly #options: ExchangerOptions;
  readonly #seen: Seen;
  readonly #log: Log;
  readonly #sessions: Sessions;
  #server: SMTPServer | undefined;
  #receiver: Receiver | undefined;
  /** Mails whose clients wait for an answer. */
  readonly #unsettled = new Set<PromiseWithResolvers<string>>();

  constructor(library: Library, options: ExchangerOptions, { seen, log }: { seen: Seen; log: Log }) {
    this.#library = library;
    this.#options = options;
    this.#seen = seen;
    this.#log = log;
    this.#sessions = new Sessions(() => this.#server, options, answer);
  }

  async open(receiver: Receiver): Promise<void> {
    this.#receiver = receiver;
    const { host, port } = this.#options;
    const server = new this.#library.SMTPServer({
      ...(await this.#tls()),
      name: this.#options.address.slice(this.#options.address.lastIndexOf("@") + 1),
      size: this.#options.size,
      rejectOversized: true,
      logger: false,
      disableReverseLookup: true,
      maxClients: Sessions.MOST,
      maxRecipients: 100,
      socketTimeout: this.#options.timeout,
      closeTimeout: CLOSING,
      onConnect: (session, done) => done(this.#sessions.begin(session)),
      onClose: (session) => this.#sessions.end(session),
      onRcptTo: ({ address }, _session, done) => {
        if (address.toLowerCase() === this.#options.address) done();
        else done(answer("550", "5.1.1 there is no such mailbox here"));
      },
      onData: (stream, session, done) => {
        this.#take(stream, session).then((said) => done(null, said), done);
      },
    });
    this.#server = server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(host === undefined ? { port } : { port, host }, resolve);
    try {
      await promise;
    } catch (error) {
      throw this.#told(error);
    }
    server.off("error", reject);
    // What a client does wrong, as breaking off STARTTLS, arrives here.
    server.on("error", (error) => this.#log.debug({ error: messageOf(error) }, "email: a client failed"));
    server.on("close", () =>
      receiver.end(new BotError("not_connected", "[input-email] the port was closed")),
    );
    this.#log.debug({ port: (server.server.address() as AddressInfo).port }, "email: listening");
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#receiver?.end(new BotError("closed", "[input-email] the connection was closed"));
    for (const { reject } of this.#unsettled) reject(LATER);
    if (server) await new Promise<void>((resolve) => server.close(resolve));
  }

  async #tls(): Promise<SMTPServerOptions> {
    const { cert, key } = this.#options;
    if (cert === undefined || key === undefined) return { disabledCommands: ["AUTH", "STARTTLS"] };
    const read = (flag: string, file: string) =>
      readFile(file).catch((error: unknown) => {
        throw new BotError("config", `[input-email] ${flag} cannot be read: ${messageOf(error)}`, {
          cause: error,
        });
      });
    const files = { cert: await read("email_cert", cert), key: await read("email_key", key) };
    return { ...files, disabledCommands: ["AUTH"] };
  }

  async #take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk as Buffer);
    this.#sessions.brought(session);
    if (stream.sizeExceeded) return "";
    const settled = Promise.withResolvers<string>();
    settled.promise.catch(() => {});
    this.#unsettled.add(settled);
    const late = setTimeout(() => settled.reject(LATER), this.#options.timeout);
    const letter = this.#letter(Buffer.concat(chunks), session, settled);
    try {
      this.#receiver!.receive(letter).catch(settled.reject);
      return await settled.promise;
    } catch (error) {
      throw (error as { responseCode?: number }).responseCode === undefined ? LATER : error;
    } finally {
      clearTimeout(late);
      this.#unsettled.delete(settled);
    }
  }

  #letter(source: Buffer, session: SMTPServerSession, settled: PromiseWithResolvers<string>): Letter {
    const { mailFrom } = session.envelope;
    return {
      source,
      size: source.length,
      time: Date.now(),
      noReply: !mailFrom || mailFrom.address === "",
      // Whoever else connects, or whatever proxy hands them on, writes what they like into their mail.
      trusted: this.#sessions.isRelay(session.remoteAddress),
      isSeen: (key) => this.#seen.has(key),
      done: async (key) => {
        if (key !== undefined) await this.#seen.add(key);
        settled.resolve("2.0.0 taken");
      },
      refuse: async ({ code, words }: Refusal) => {
        settled.reject(answer(code.slice(0, 3), `${code.slice(4)} ${words}`));
        return false;
      },
    };
  }

  #told(error: unknown): BotError {
    const { host, port } = this.#options;
    const { code } = error as NodeJS.ErrnoException;
    const denied = code === "EACCES" || code === "EADDRNOTAVAIL";
    const flag = denied ? "email_listen: " : "";
    return new BotError(
      denied ? "config" : "not_connected",
      `[input-email] ${flag}cannot listen on ${host ?? "*"}:${port}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

const LATER = answer("451", "4.3.0 it could not be kept: try again later");

function answer(code: string, words: string): Error {
  return Object.assign(new Error(words), { responseCode: Number(code) });
}
