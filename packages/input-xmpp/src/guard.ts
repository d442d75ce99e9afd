import { StringDecoder } from "node:string_decoder";
import { messageOf } from "@micro-bot/core";
import type { Client, Socket } from "@xmpp/client";
import type { Element } from "./element.ts";
import { Gate } from "./gate.ts";

/** Told of what a guarded client does. */
export interface Guarded {
  /** It goes over to another socket. */
  socket(socket: Socket): void;
  /** Something has come in. */
  heard(): void;
  element(element: Element): void;
  /** What came in is no XMPP stream. */
  fault(why: string): void;
}

/**
 * Makes the library safe to listen with: it decodes each read alone, which breaks characters; its parser has no limits
 * and may throw out of the socket; and what it does with elements throws on addresses that it cannot read.
 */
export function guard(client: Client, to: Guarded): void {
  let decoder = new StringDecoder("utf8");
  let gate = new Gate();

  const attachSocket = client._attachSocket.bind(client);
  client._attachSocket = (socket) => {
    decoder = new StringDecoder("utf8");
    to.socket(socket);
    socket.on("error", () => {});
    attachSocket(socket);
  };

  const attachParser = client._attachParser.bind(client);
  client._attachParser = (parser) => {
    gate = new Gate();
    attachParser(parser);
  };

  client._onData = (data) => {
    to.heard();
    const text = decoder.write(data);
    const fault = gate.check(text);
    if (fault) {
      to.fault(`it sent ${fault}`);
      return;
    }
    try {
      client.parser?.write(text);
    } catch (error) {
      to.fault(`it sent XML that cannot be read (${messageOf(error)})`);
    }
  };

  client._onElement = (element) => {
    // The parser keeps what stands between stanzas, for ever.
    const root = client.parser?.root;
    if (root) root.children = [];
    to.element(element);
  };

  // It would wait until the text has left, and miss an answer that is faster. A socket that fails says so itself.
  const write = client.write.bind(client);
  client.write = async (text) => void write(text).catch(() => {});
}
