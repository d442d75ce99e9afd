import { once } from "node:events";
import { readFileSync } from "node:fs";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import type { Element } from "@xmpp/client";
import { xml } from "@xmpp/client";
import { type Certs, makeCerts, removeDir, tempDir } from "../../../test/servers/lib.ts";
import { Found } from "./support.ts";

export interface PeerOptions {
  /** Counts stanzas, and lets sessions be taken up again: XEP-0198. Default true. */
  readonly counts?: boolean;
  /** Answers of its own to elements: `true` means answered, the usual answer is not given. */
  readonly answer?: (element: Element, client: Client) => boolean | undefined;
}

const HEAD = `<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" from="localhost" version="1.0">`;
const TLS = "urn:ietf:params:xml:ns:xmpp-tls";
const SM = "urn:xmpp:sm:3";
export const ROOM = "ops@conference.localhost";

/** One client of the peer. */
export class Client {
  readonly socket: Socket;
  readonly #elements = new Found<Element>();
  readonly #options: PeerOptions;
  #loggedIn = false;
  #received = 0;

  constructor(socket: Socket, options: PeerOptions) {
    this.socket = socket;
    this.#options = options;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    let parser = new xml.Parser();
    const begin = () => {
      parser = new xml.Parser();
      parser.on("start", () => this.#open());
      parser.on("element", (element: Element) => {
        if (element.is("auth")) begin();
        this.#read(element);
      });
      parser.on("end", () => socket.end("</stream:stream>"));
    };
    begin();
    socket.on("data", (chunk: Buffer) => parser.write(chunk.toString("utf8")));
  }

  send(...texts: string[]): void {
    this.socket.write(texts.join(""));
  }

  /** Alice says it in the room, or does what else is in the message. */
  say(body: string, { nick = "alice", attrs = "", more = "" } = {}): void {
    this.send(
      `<message from="${ROOM}/${nick}" type="groupchat" ${attrs}><body>${body}</body>${more}</message>`,
    );
  }

  next(test: (element: Element) => boolean): Promise<Element> {
    return this.#elements.next(test);
  }

  left(test: (element: Element) => boolean): Element[] {
    return this.#elements.left(test);
  }

  /** Says how many stanzas it has got. */
  count(): void {
    this.send(`<a xmlns="${SM}" h="${this.#received}"/>`);
  }

  #open(): void {
    const { counts = true } = this.#options;
    const after = `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>${counts ? `<sm xmlns="${SM}"/>` : ""}`;
    const before = `<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>`;
    this.send(HEAD, `<stream:features>${this.#loggedIn ? after : before}</stream:features>`);
  }

  #read(element: Element): void {
    if (["iq", "message", "presence"].includes(element.name) && element.attrs.id !== "bind") this.#received++;
    this.#elements.put(element);
    if (!this.#options.answer?.(element, this)) this.#answer(element);
  }

  #answer(element: Element): void {
    const { id, to, type } = element.attrs;
    if (element.is("auth")) {
      this.#loggedIn = true;
      this.send(`<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>`);
    }
    if (element.is("enable")) this.send(`<enabled xmlns="${SM}" id="s" resume="true"/>`);
    if (element.is("r")) this.count();
    if (element.is("iq") && (type === "get" || type === "set"))
      this.send(
        `<iq type="result" id="${id}"${to ? ` from="${to}"` : ""}>${id === "bind" ? BOUND : ""}</iq>`,
      );
    if (element.is("presence") && to && !type) this.send(inRoom("micro", "<status code='110'/>"));
    if (element.is("message") && type === "groupchat")
      this.send(
        `<message from="${to}/micro" type="groupchat" id="${id}">${element.getChild("body")}</message>`,
      );
  }
}

const BOUND = `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>micro@localhost/micro-bot</jid></bind>`;

/** A room's word that somebody is there. */
export function inRoom(nick: string, inside: string, attrs = ""): string {
  return `<presence from="${ROOM}/${nick}" ${attrs}><x xmlns="http://jabber.org/protocol/muc#user">${inside}</x></presence>`;
}

export interface Peer {
  /** Flag values that connect to it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The next client to connect. */
  client(): Promise<Client>;
  stop(): Promise<void>;
}

/** A server that goes over to TLS when asked, with something said before that somebody in between put in. */
export async function startTlsPeer(injected: string): Promise<Peer> {
  certs ??= newCerts();
  const { certFile, keyFile, caFile } = certs;
  const clients = new Found<Client>();
  const all = new Set<Socket>();
  const server = net.createServer((socket) => {
    all.add(socket);
    socket.on("error", () => {});
    socket.once("data", () =>
      socket.write(`${HEAD}<stream:features><starttls xmlns="${TLS}"/></stream:features>`, () =>
        socket.once("data", () => {
          socket.write(`<proceed xmlns="${TLS}"/>${injected}`);
          const options = { isServer: true, cert: readFileSync(certFile), key: readFileSync(keyFile) };
          clients.put(new Client(new tls.TLSSocket(socket, options), {}));
        }),
      ),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return peerOf(server, all, clients, caFile);
}

let certs: Certs | undefined;

// One for all peers of a test file: openssl takes longer than most tests.
function newCerts(): Certs {
  const dir = tempDir("xmpp-peer");
  process.once("exit", () => removeDir(dir));
  return makeCerts(dir);
}

/** An XMPP server of the test's own, for what no real one would say. */
export async function startPeer(options: PeerOptions = {}): Promise<Peer> {
  certs ??= newCerts();
  const clients = new Found<Client>();
  const all = new Set<Socket>();
  const server = tls.createServer(
    { cert: readFileSync(certs.certFile), key: readFileSync(certs.keyFile) },
    (socket) => {
      clients.put(new Client(socket, options));
    },
  );
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => all.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return peerOf(server, all, clients, certs.caFile, { xmpp_tls: "direct" });
}

function peerOf(
  server: net.Server,
  all: ReadonlySet<Socket>,
  clients: Found<Client>,
  caFile: string,
  more: Record<string, unknown> = {},
): Peer {
  return {
    values: {
      xmpp_jid: "micro@localhost",
      xmpp_password: "hunter2",
      xmpp_port: (server.address() as AddressInfo).port,
      xmpp_ca: caFile,
      xmpp_rooms: [ROOM],
      ...more,
    },
    client: () => clients.next(() => true),
    async stop() {
      for (const socket of all) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
