/// <reference path="./xmpp-client.d.ts" />
import { type BotError, type Log, messageOf } from "@micro-bot/core";
import { Queue, Watchdog } from "@micro-bot/kit";
import type { Client, Socket } from "@xmpp/client";
import type { Element } from "./element.ts";
import { explain, streamError } from "./explain.ts";
import { guard } from "./guard.ts";
import type { Settings } from "./settings.ts";
import type { StreamManagement } from "./stream-management.ts";
import { render, type Tag, tag } from "./tag.ts";

export type Library = Pick<typeof import("@xmpp/client"), "client">;

/** Where to connect. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a connection is made with. */
export interface WireOptions {
  readonly library: Library;
  readonly settings: Settings;
  readonly log: Log;
  readonly place: Place;
  /** Certificates to trust, PEM; absent: those that Node knows. */
  readonly ca: string | undefined;
}

/** Told of what comes in once the bot is logged in. */
export interface Follower {
  element(element: Element): void;
  /** Called once, when the connection is over. */
  end(error: BotError): void;
}

const STREAMS = "http://etherx.jabber.org/streams";
/** What is counted: RFC 6120, section 8. */
export const STANZAS: ReadonlySet<string> = new Set(["message", "presence", "iq"]);
const QUIT_GRACE = 1000;
/** That of a room, in what is said to enter it or to ask somebody in. */
const PASSWORD = /(<password[^<>]*>)[^<]+|(\bpassword=)(?:"[^"]*"|'[^']*')/gu;
/** Elements that may wait to be read. */
const LIMIT = 20_000;

/**
 * One connection of @xmpp/client, made safe: nothing that comes in ends the process, fills memory or breaks a character in
 * two, and a server gone quiet is found out. The library connects, parses, opens streams and logs in; it sees no stanza.
 */
export class Wire {
  readonly #client: Client;
  readonly #options: WireOptions;
  readonly #closed = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<never>();
  readonly #sockets = new Set<Socket>();
  /** What came while nobody follows. */
  readonly #waiting = new Queue<Element>(LIMIT, () => this.end(this.#error("it said too much at once")));
  #follower: Follower | undefined;
  #over: BotError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watchdog: Watchdog | undefined;
  #counter: StreamManagement | undefined;

  constructor(options: WireOptions) {
    const { account, password, timeout, tls } = options.settings;
    this.#options = options;
    this.#lost.promise.catch(() => {});
    const service = `${tls === "direct" ? "xmpps" : "xmpp"}://${account.domain}`;
    const { local: username, domain } = account;
    this.#client = options.library.client({ service, domain, username, password, timeout });
    this.#prepare();
  }

  /** Why the connection is over; undefined while it is not. */
  get over(): BotError | undefined {
    return this.#over;
  }

  get secure(): boolean {
    return this.#client.isSecure();
  }

  /** Connects and opens a stream. From now on there is little time to log in. */
  async open(): Promise<void> {
    const { timeout, tls, account } = this.#options.settings;
    this.#timer = setTimeout(() => this.end(this.#error(`not logged in within ${timeout} ms`)), timeout);
    await this.step(this.#client.connect(`${tls === "direct" ? "xmpps" : "xmpp"}://${account.domain}`));
    await this.step(this.#client.open({ domain: account.domain }));
  }

  /** Goes over to TLS on the same connection (RFC 6120, section 5), and opens a stream there. */
  async secureNow(): Promise<void> {
    const { transports, socket: plain } = this.#client;
    const { Socket } = transports.find((one) => one.prototype.socketParameters("xmpps://x"))!.prototype;
    const socket = new Socket();
    this.#sockets.add(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve).once("close", reject);
    socket.on("error", reject);
    this.#client._detachSocket();
    socket.connect({ socket: plain, ...this.#tls() });
    await this.step(promise);
    // Whoever is between could have put in words before.
    this.#waiting.drain();
    this.#client._attachSocket(socket);
    await this.step(this.#client.restart());
  }

  /** Goes on when the work is done; rejects with why the connection is over, when it is. */
  step<T>(work: Promise<T>): Promise<T> {
    const explained = work.catch((error: unknown) => {
      throw this.#over ?? this.#explain(error);
    });
    return Promise.race([this.#lost.promise, explained]);
  }

  /** The next element, as long as nobody follows. */
  take(): Promise<Element> {
    return this.step(this.#waiting.take());
  }

  /** Lets the library read an element: what belongs to logging in. */
  pass(element: Element): void {
    try {
      this.#client.emit("element", element);
      this.#client.emit("nonza", element);
    } catch (error) {
      this.#options.log.debug({ error: messageOf(error) }, `${this.#options.settings.name}: not understood`);
    }
  }

  /** Is logged in: elements go to the follower, stanzas sent are counted, and silence is broken by pings. */
  follow(follower: Follower, counter: StreamManagement): void {
    this.#counter = counter;
    clearTimeout(this.#timer);
    if (this.#over) {
      follower.end(this.#over);
      return;
    }
    this.#follower = follower;
    const { timeout } = this.#options.settings;
    this.#watchdog = new Watchdog(
      timeout,
      () => this.#ping(),
      () => this.end(this.#error(`no answer in ${timeout} ms`)),
    );
    for (const element of this.#waiting.drain()) this.#element(element);
  }

  /** Sends, and gives the number of the stanza. */
  send(element: Tag): number {
    const seq = STANZAS.has(element.name) ? this.#counter?.sent() : undefined;
    const text = render(element);
    if (!this.#over) {
      void this.#client.write(text);
      if (this.#counter) this.#trace("out", text);
    }
    return seq ?? 0;
  }

  /** Ends the connection at once and tells the follower why. */
  end(error: BotError): void {
    if (this.#over) return;
    this.#finish(error);
    this.#destroy();
  }

  /** Takes leave, and gives the server at most a second to hang up. Twice is safe. */
  async quit(error: BotError): Promise<void> {
    if (!this.#over) {
      void this.#client.write("</stream:stream>");
      this.#finish(error);
    }
    const late = setTimeout(this.#closed.resolve, QUIT_GRACE);
    if (this.#sockets.size > 0) await this.#closed.promise;
    clearTimeout(late);
    this.#destroy();
  }

  #prepare(): void {
    const client = this.#client;
    client.reconnect.stop();
    client.on("error", (error: unknown) => this.end(this.#explain(error)));
    client.on("close", () => this.end(this.#error("the server closed the stream")));
    client.on("disconnect", () => {
      this.#closed.resolve();
      this.end(this.#error("the server hung up"));
    });
    guard(client, {
      socket: (socket) => this.#sockets.add(socket),
      heard: () => this.#watchdog?.heard(),
      element: (element) => this.#element(element),
      fault: (why) => this.end(this.#error(why)),
    });
    const { place, settings } = this.#options;
    client.socketParameters = () => ({
      ...place,
      noDelay: true,
      ...(settings.tls === "direct" && this.#tls()),
    });
  }

  // The certificate is that of the account's domain, whatever the host is called: RFC 6120, section 13.7.
  #tls(): object {
    const { ca, settings } = this.#options;
    const { domain } = settings.account;
    const name = isAddress(domain) ? { host: domain } : { host: domain, servername: domain };
    const direct = settings.tls === "direct" && { ...this.#options.place, ALPNProtocols: ["xmpp-client"] };
    return { ...name, ...direct, ...(ca !== undefined && { ca }) };
  }

  #element(element: Element): void {
    if (this.#over) return;
    if (element.is("error", STREAMS)) this.end(streamError(element, this.#options.settings));
    else if (this.#follower) this.#give(this.#follower, element);
    else this.#waiting.put(element);
  }

  #give(follower: Follower, element: Element): void {
    this.#trace("in", element.toString());
    try {
      follower.element(element);
    } catch (error) {
      const { log, settings } = this.#options;
      log.warn(
        { element: element.name, error: messageOf(error) },
        `${settings.name}: a stanza could not be handled`,
      );
    }
  }

  #ping(): void {
    const { account } = this.#options.settings;
    const ping = tag("ping", { xmlns: "urn:xmpp:ping" });
    this.send(tag("iq", { type: "get", id: "quiet", to: account.domain }, ping));
  }

  #trace(direction: "in" | "out", text: string): void {
    const { log, settings } = this.#options;
    const shown = text.replace(PASSWORD, "$1$2[secret]");
    log[settings.verbose ? "info" : "debug"]({ [direction]: shown }, settings.name);
  }

  #explain(error: unknown): BotError {
    return explain(error, this.#options.settings, this.#options.place);
  }

  #error(why: string): BotError {
    return this.#explain(new Error(why));
  }

  #finish(error: BotError): void {
    this.#over = error;
    clearTimeout(this.#timer);
    this.#watchdog?.stop();
    this.#lost.reject(error);
    // The library waits for answers, by timers of its own: this ends them.
    this.#client.emit("error", error);
    this.#follower?.end(error);
  }

  #destroy(): void {
    for (const socket of this.#sockets) (socket.destroy ? socket : socket.socket)?.destroy?.();
  }
}

// Of IP: TLS has names for hosts only. node:net knows more of them, and every command from a shell would load it.
function isAddress(host: string): boolean {
  return /^[\d.]+$|:/u.test(host);
}
