import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import tls from "node:tls";
import { render, type Tag, tag } from "../../../packages/input-xmpp/src/tag.ts";
import { Client, inRoom, ROOM } from "../../../packages/input-xmpp/test/server.ts";
import { makeCerts, removeDir, tempDir } from "../../../test/servers/lib.ts";
import { newRandom, type Random } from "../../soak/random.ts";
import { happens, mutateBytes } from "../bytes.ts";
import type { Peer, Target } from "../target.ts";
import { mutateXml } from "../xml.ts";

/** Stanzas of a server (RFC 6120), and now and then what it says before. */
export const xmppTarget: Target = {
  name: "xmpp",
  about: "stanzas of an XMPP server, and its answers to a login",
  input: "xmpp",
  batch: 500,
  start,
};

/** What is broken as bytes, which ends most connections, in so many. */
const BROKEN = 0.01;
/** An answer to a login is broken, in so many. */
const BROKEN_LOGIN = 0.01;

const MUC_USER = "http://jabber.org/protocol/muc#user";
const SM = "urn:xmpp:sm:3";
const alice = { from: `${ROOM}/alice`, type: "groupchat" };
const direct = { from: "alice@localhost/phone", to: "micro@localhost/micro-bot", type: "chat" };
const item = tag("item", {
  jid: "alice@localhost/phone",
  affiliation: "member",
  role: "participant",
  nick: "al",
});
const ping = tag("ping", { xmlns: "urn:xmpp:ping" });
const stanzaError = tag(
  "error",
  { type: "cancel" },
  tag("not-authorized", { xmlns: "urn:ietf:params:xml:ns:xmpp-stanzas" }),
);

const STANZAS: readonly Tag[] = [
  tag(
    "message",
    alice,
    tag("body", {}, "micro: ping"),
    tag("stanza-id", { xmlns: "urn:xmpp:sid:0", by: ROOM, id: "s" }),
  ),
  tag(
    "message",
    direct,
    tag("body", {}, "> Whom?\nBob"),
    tag("reply", { xmlns: "urn:xmpp:reply:0", id: "1" }),
    tag(
      "fallback",
      { xmlns: "urn:xmpp:fallback:0", for: "urn:xmpp:reply:0" },
      tag("body", { start: "0", end: "8" }),
    ),
  ),
  tag(
    "message",
    direct,
    tag("body", {}, "x"),
    tag("encrypted", { xmlns: "urn:xmpp:omemo:2" }, tag("payload", {}, "x")),
  ),
  tag("message", { ...direct, type: "error", id: "1" }, stanzaError),
  tag(
    "message",
    direct,
    tag("body", {}, "b"),
    tag("replace", { xmlns: "urn:xmpp:message-correct:0", id: "1" }),
  ),
  tag(
    "message",
    { from: ROOM },
    tag("x", { xmlns: MUC_USER }, tag("invite", { from: "a@b" }), tag("password", {}, "p")),
  ),
  tag("message", direct, tag("x", { xmlns: "jabber:x:conference", jid: "lab@conference.localhost" })),
  tag("presence", { from: `${ROOM}/alice` }, tag("x", { xmlns: MUC_USER }, item)),
  tag(
    "presence",
    { from: `${ROOM}/alice`, type: "unavailable" },
    tag("x", { xmlns: MUC_USER }, item, tag("status", { code: "303" })),
  ),
  tag("presence", { from: `${ROOM}/x`, type: "error" }, stanzaError),
  tag("presence", { from: "alice@localhost", type: "subscribe" }),
  tag("iq", { type: "get", id: "q", from: "alice@localhost/phone" }, ping),
  tag(
    "iq",
    { type: "get", id: "q", from: "localhost" },
    tag("query", { xmlns: "http://jabber.org/protocol/disco#info" }),
  ),
  tag("iq", { type: "result", id: "q", from: "localhost" }),
  tag("iq", { type: "error", id: "quiet", from: "localhost" }, stanzaError),
  tag("r", { xmlns: SM }),
];

/** A server that says some of what belongs to a login wrongly. */
class Careless extends Client {
  readonly #random: Random;
  #isIn = false;

  constructor(socket: Socket, random: Random) {
    super(socket, {
      answer: (element) => {
        this.#isIn ||= element.is("presence");
        const { to = ROOM, type } = element.attrs;
        if (element.is("presence") && !to.startsWith(ROOM) && !type) {
          this.send(render(tag("presence", { from: to, type: "error" }, stanzaError)));
          return true;
        }
        if (!element.is("resume")) return undefined;
        // Rarely with a count that is none.
        const goesOn = happens(0.3, this.#random);
        this.#isIn = goesOn;
        this.send(goesOn ? `<resumed xmlns="${SM}" previd="s" h="0"/>` : `<failed xmlns="${SM}"/>`);
        return true;
      },
    });
    this.#random = random;
  }

  get isIn(): boolean {
    return this.#isIn;
  }

  override send(...texts: string[]): void {
    const text = texts.join("");
    const isBroken = !this.#isIn && happens(BROKEN_LOGIN, this.#random ?? newRandom(1));
    this.socket.write(isBroken ? mutateBytes(Buffer.from(text), this.#random) : text);
  }
}

async function start(): Promise<Peer> {
  let client: Careless | undefined;
  const all = new Set<Socket>();
  // The library logs in to nobody without TLS.
  const dir = tempDir("mutate-xmpp");
  const { certFile, keyFile, caFile } = makeCerts(dir);
  const certs = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = tls.createServer(certs, (socket) => {
    all.add(socket);
    socket.on("close", () => all.delete(socket));
    client = new Careless(socket, newRandom(all.size + (socket.remotePort ?? 0)));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let said = 0;
  return {
    values: {
      xmpp_jid: "micro@localhost",
      xmpp_password: "hunter2",
      xmpp_server: "127.0.0.1",
      xmpp_port: (server.address() as AddressInfo).port,
      xmpp_tls: "direct",
      xmpp_ca: caFile,
      xmpp_rooms: [ROOM],
      xmpp_inviters: ["alice@localhost"],
      xmpp_timeout: 300,
    },
    async mutate(random) {
      // As long as there is nobody, a frame would be lost.
      while (!client?.isIn || !client.socket.writable) await new Promise((resolve) => setTimeout(resolve, 2));
      const text = mutateXml(random.pick(STANZAS), random);
      const broken = happens(BROKEN, random);
      client.socket.write(broken ? mutateBytes(Buffer.from(text), random) : text);
      // An element that never ends would swallow what comes after, up to the limit of one.
      if (broken) client.socket.end();
    },
    say(text) {
      if (!client?.isIn || !client.socket.writable) return;
      client.socket.write(inRoom("micro", "<status code='110'/>"));
      client.socket.write(
        render(
          tag(
            "message",
            { from: "alice@localhost/phone", type: "chat", id: `s${++said}` },
            tag("body", {}, text),
          ),
        ),
      );
    },
    async stop() {
      for (const socket of all) socket.destroy();
      server.close();
      await once(server, "close");
      removeDir(dir);
    },
  };
}
