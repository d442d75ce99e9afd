/// <reference path="./irc-framework.d.ts" />
import type { Socket } from "node:net";
import { BotError, type Log, messageOf } from "@micro-bot/core";
import { socketMessage, Watchdog } from "@micro-bot/kit";
import type { Client, Line, Transport } from "irc-framework";
import { type Credentials, type Mechanism, usable } from "./sasl.ts";
import { isChannel } from "./text.ts";

export type { Line } from "irc-framework";

/** Where and as whom to connect. */
export interface WireOptions {
  readonly server: string;
  readonly port: number;
  readonly tls: boolean;
  readonly nick: string;
  /** What the server is told as user name. */
  readonly user: string;
  readonly password?: string | undefined;
  readonly sasl: Credentials;
  /** How long the server may be silent, and then how long it may take to answer a ping, in milliseconds. */
  readonly timeout: number;
}

/** Who the client is by TLS, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly private_key: string;
}

/** The library, as far as it is used. */
export interface Library {
  readonly Client: new () => Client;
  readonly transport: Transport;
}

/** Told of what comes in. */
export interface Follower {
  line(line: Line): void;
  /** Called once, when the connection is over. */
  end(error: BotError): void;
}

/** A line may have 8191 bytes of tags and 512 of message (IRCv3 message-tags); twice that is no IRC server. */
const LONGEST_LINE = 16 * 1024;
const QUIT_GRACE = 1000;
/** Marks of a rank before a channel, of servers that do not say theirs; no channel begins like that. */
const RANKS = ["~", "@", "%"];
/**
 * All that the library is let to see: registration, ISUPPORT and keepalive; of SASL that it begins, and how it ended. Its other handlers end the process
 * on short lines, or collect without limit.
 */
const LIBRARY_COMMANDS = new Set("CAP PING PONG 001 005 900 901 902 903 904 905 906 907 908".split(" "));
const SECRET = /^(PASS|AUTHENTICATE|JOIN \S+) .*/su;

/**
 * One connection of irc-framework, made safe: no line ends the process, no endless line fills memory, and a server gone
 * quiet is found out. The library connects, decodes, negotiates capabilities and knows the network's options; what is
 * said is read from its parsed lines and written here.
 */
export class Wire {
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #certificate: Certificate | undefined;
  readonly #options: WireOptions;
  readonly #log: Log;
  readonly #followers = new Set<Follower>();
  readonly #closed = Promise.withResolvers<void>();
  #over: BotError | undefined;
  #connected = false;
  #watchdog: Watchdog | undefined;
  #lastWords: string | undefined;

  constructor(
    { Client, transport }: Library,
    options: WireOptions,
    log: Log,
    certificate: Certificate | undefined,
  ) {
    const client = new Client();
    this.#client = client;
    this.#transport = transport;
    this.#certificate = certificate;
    this.#options = options;
    this.#log = log;
    guardDispatch(client, (error) => log.debug({ error: messageOf(error) }, "irc: a line could not be read"));
    client.on("raw socket connected", (socket) => this.#watch(socket));
    client.on("socket close", (error) => this.#close(error));
    client.on("raw", ({ line, from_server }) => {
      log.debug({ [from_server ? "in" : "out"]: line.trimEnd().replace(SECRET, "$1 ***") }, "irc");
    });
    client.connection.on("message", (line) => this.#read(line));
    // As on any emitter: one without a listener would end the process.
    client.on("error", () => {});
  }

  /** Why the connection is over; undefined while it is not. */
  get over(): BotError | undefined {
    return this.#over;
  }

  /** `host:port`, for messages. */
  get server(): string {
    return `${this.#options.server}:${this.#options.port}`;
  }

  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  connect(): void {
    const { server, port, tls, nick, user, password, sasl } = this.#options;
    const [way] = usable(sasl);
    this.#client.connect({
      host: server,
      port,
      tls,
      nick,
      username: user,
      gecos: nick,
      password,
      // Without the object the library would send the server's password as SASL; with a name in it, it asks for SASL.
      account: { account: way },
      sasl_mechanism: way,
      client_certificate: this.#certificate,
      transport: this.#transport,
      sasl_disconnect_on_fail: false,
      auto_reconnect: false,
      ping_interval: 0,
      ping_timeout: 0,
      version: "",
    });
  }

  /** Says which mechanism to begin, once the server has agreed to SASL. */
  logInBy(mechanism: Mechanism): void {
    this.#client.connection.options.sasl_mechanism = mechanism;
  }

  /** The only way out. A line that holds CR, LF or NUL would be two commands: it is refused. */
  write(line: string): void {
    if (/[\r\n\0]/u.test(line)) throw new BotError("invalid", "irc: a line may not hold CR, LF or NUL");
    if (!this.#over) this.#client.connection.write(line);
  }

  /** Ends the connection at once and tells the followers why. */
  end(error: BotError): void {
    if (this.#over) return;
    this.#finish(error);
    this.#client.connection.end(undefined, true);
  }

  /** Takes leave: QUIT, and at most a second for the server to hang up. Twice is safe. */
  async quit(error: BotError): Promise<void> {
    if (!this.#over) {
      this.write("QUIT :bye");
      this.#finish(error);
    }
    const late = setTimeout(() => this.#client.connection.end(undefined, true), QUIT_GRACE);
    await this.#closed.promise;
    clearTimeout(late);
  }

  /** In the network's lower case, by its CASEMAPPING. */
  fold(text: string): string {
    return this.#client.caseLower(text);
  }

  /** Whether a capability is in use. */
  has(capability: string): boolean {
    return this.#client.network.cap.isEnabled(capability);
  }

  /** What the server said of an option in ISUPPORT (005). */
  option(name: string): string | undefined {
    const value = this.#client.network.supports(name);
    return typeof value === "string" ? value : undefined;
  }

  /** Whether the server said that it has an option that takes no value. */
  supports(name: string): boolean {
    return Boolean(this.#client.network.supports(name));
  }

  /** The channel of a target: `@#ops`, those of a rank in it (ISUPPORT STATUSMSG), is `#ops`. A nick is itself. */
  channelOf(target: string): string {
    const ranks = this.#client.network.supports("STATUSMSG");
    const known: readonly unknown[] = Array.isArray(ranks) ? ranks : RANKS;
    return known.includes(target[0]) && isChannel(target.slice(1)) ? target.slice(1) : target;
  }

  /** Now, by the server's clock where it has told it, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#client.network.getServerTimeOffset();
  }

  #watch(socket: Socket): void {
    const { timeout } = this.#options;
    this.#connected = true;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    this.#watchdog = new Watchdog(
      timeout,
      () => this.write("PING :quiet"),
      () => this.end(this.#lost(`no answer in ${timeout} ms`)),
    );
    let pending = 0;
    socket.on("data", (chunk: Buffer) => {
      this.#watchdog?.heard();
      const newline = chunk.lastIndexOf(0x0a);
      pending = newline < 0 ? pending + chunk.length : chunk.length - newline - 1;
      if (pending > LONGEST_LINE) this.end(this.#lost(`a line of more than ${LONGEST_LINE} bytes`));
    });
  }

  #read(line: Line): void {
    if (line.command === "ERROR") this.#lastWords = line.params.at(-1);
    for (const follower of [...this.#followers]) {
      if (this.#over) return;
      try {
        follower.line(line);
      } catch (error) {
        this.#log.warn(
          { command: line.command, error: messageOf(error) },
          "irc: a line could not be handled",
        );
      }
    }
  }

  #close(error: Error | false | undefined): void {
    this.#closed.resolve();
    if (this.#over) return;
    const why = this.#lastWords ?? (error ? socketMessage(error) : "the server hung up");
    this.#finish(this.#lost(why, error || undefined));
  }

  #lost(why: string, cause?: Error): BotError {
    const what = this.#connected ? "connection lost to" : "cannot connect to";
    return new BotError("not_connected", `[input-irc] ${what} ${this.server}: ${why}`, { cause });
  }

  #finish(error: BotError): void {
    this.#over = error;
    this.#watchdog?.stop();
    for (const follower of [...this.#followers]) follower.end(error);
    this.#followers.clear();
  }
}

function guardDispatch({ command_handler }: Client, failed: (error: unknown) => void): void {
  const dispatch = command_handler.dispatch.bind(command_handler);
  command_handler.dispatch = (line) => {
    if (!LIBRARY_COMMANDS.has(line.command)) return;
    try {
      dispatch(line);
    } catch (error) {
      failed(error);
    }
  };
}
