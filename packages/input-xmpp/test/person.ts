import type net from "node:net";
import tls from "node:tls";
import type { Element } from "@xmpp/client";
import { xml } from "@xmpp/client";
import { render, type Tag, tag } from "../src/tag.ts";
import { Found } from "./support.ts";

interface Account {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  /** The port of direct TLS, and the CA. */
  readonly tlsPort: number;
  readonly ca: string;
}

const MUC = "http://jabber.org/protocol/muc";

/** Somebody on a server, by a bare socket: says and hears what the bot's own client would not let through. */
export class Person {
  readonly jid: string;
  readonly #socket: net.Socket;
  readonly #elements = new Found<Element>();
  #ids = 0;

  private constructor(jid: string, socket: net.Socket) {
    this.jid = jid;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
  }

  /** Logs in and is there. */
  static async join({ user, password, host, tlsPort, ca }: Account, resource = "phone"): Promise<Person> {
    const socket = tls.connect({ host: "127.0.0.1", port: tlsPort, ca, servername: host });
    const person = new Person(`${user}@${host}`, socket);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    socket.once("error", lost.reject).once("close", lost.reject);
    await Promise.race([person.#login(user, password, host, resource), lost.promise]);
    return person;
  }

  async #login(user: string, password: string, host: string, resource: string): Promise<void> {
    this.#open(host);
    await this.#next("features");
    const login = Buffer.from(`\0${user}\0${password}`).toString("base64");
    this.send(tag("auth", { xmlns: "urn:ietf:params:xml:ns:xmpp-sasl", mechanism: "PLAIN" }, login));
    await this.#next("success");
    this.#open(host);
    await this.#next("features");
    const bind = tag("bind", { xmlns: "urn:ietf:params:xml:ns:xmpp-bind" }, tag("resource", {}, resource));
    await this.ask("set", undefined, bind);
    this.send(tag("presence"));
  }

  /** Enters a room. */
  async enter(room: string, nick: string): Promise<void> {
    const history = tag("history", { maxstanzas: "0" });
    this.send(tag("presence", { to: `${room}/${nick}` }, tag("x", { xmlns: MUC }, history)));
    await this.next((one) => statuses(one).includes("110") && one.attrs.from === `${room}/${nick}`);
  }

  send(...elements: Tag[]): void {
    this.write(elements.map(render).join(""));
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** Says it in a room, and waits until all there have it; `more` goes into the message. */
  async say(room: string, text: string, ...more: Tag[]): Promise<void> {
    const id = `said-${++this.#ids}`;
    this.send(tag("message", { to: room, type: "groupchat", id }, tag("body", {}, text), ...more));
    await this.next((one) => one.is("message") && one.attrs.id === id);
  }

  /** Says it to somebody directly. */
  tell(to: string, text: string, ...more: Tag[]): void {
    this.send(tag("message", { to, type: "chat" }, tag("body", {}, text), ...more));
  }

  async ask(type: "get" | "set", to: string | undefined, payload: Tag): Promise<Element> {
    const id = `iq-${++this.#ids}`;
    this.send(tag("iq", { type, id, to }, payload));
    return this.next((one) => one.is("iq") && one.attrs.id === id);
  }

  /** The next element that passes; each is given once. */
  next(test: (element: Element) => boolean): Promise<Element> {
    return this.#elements.next(test);
  }

  /** The next thing said by an address that begins so: its text. */
  async heard(from: string): Promise<string> {
    const test = (one: Element) =>
      one.is("message") && one.attrs.from?.startsWith(from) === true && one.getChild("body") !== undefined;
    return (await this.next(test)).getChildText("body")!;
  }

  /** What has come and was not asked for, once the server has done all it had to do for this person. */
  async rest(test: (element: Element) => boolean): Promise<Element[]> {
    await this.ask("get", undefined, tag("ping", { xmlns: "urn:xmpp:ping" }));
    return this.#elements.left(test);
  }

  close(): void {
    this.#socket.destroy();
  }

  #open(host: string): void {
    const parser = new xml.Parser();
    parser.on("element", (element: Element) => this.#elements.put(element));
    this.#socket.removeAllListeners("data");
    this.#socket.on("data", (chunk: Buffer) => parser.write(chunk.toString("utf8")));
    this.write(
      `<?xml version="1.0"?><stream:stream to="${host}" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">`,
    );
  }

  #next(name: string): Promise<Element> {
    return this.next((one) => one.getName() === name);
  }
}

/** Status codes of a room's presence. */
export function statuses(stanza: Element): (string | undefined)[] {
  const codes = stanza.getChild("x", `${MUC}#user`)?.getChildren("status") ?? [];
  return codes.map(({ attrs }) => attrs.code);
}
