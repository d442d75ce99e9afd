import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { Lines } from "./support.ts";

export interface PeerOptions {
  /** Capabilities that it offers. */
  readonly caps?: string;
  /** ISUPPORT tokens. */
  readonly isupport?: string;
  /** Answers of its own to lines: `true` means answered, the usual answer is not given. */
  readonly answer?: (line: string, client: Client) => boolean | undefined;
}

/** One client of the peer. */
export class Client {
  readonly socket: net.Socket;
  readonly #lines = new Lines();
  readonly #options: PeerOptions;
  nick = "*";

  constructor(socket: net.Socket, options: PeerOptions) {
    this.socket = socket;
    this.#options = options;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      for (const line of this.#lines.feed(chunk)) if (!options.answer?.(line, this)) this.#answer(line);
    });
  }

  send(...lines: string[]): void {
    for (const line of lines) this.socket.write(`${line}\r\n`);
  }

  next(pattern: RegExp): Promise<string> {
    return this.#lines.next(pattern);
  }

  left(pattern: RegExp): string[] {
    return this.#lines.left(pattern);
  }

  welcome(): void {
    const { isupport = "CHANTYPES=#& CASEMAPPING=rfc1459 STATUSMSG=@+" } = this.#options;
    this.send(
      `:irc.peer 001 ${this.nick} :Welcome`,
      `:irc.peer 005 ${this.nick} ${isupport} :are supported`,
      `:irc.peer 376 ${this.nick} :End of MOTD`,
    );
  }

  #answer(line: string): void {
    const [command = "", first = ""] = line.split(" ");
    const caps = this.#options.caps ?? "";
    if (line.startsWith("CAP LS")) this.send(`:irc.peer CAP * LS :${caps}`);
    if (line.startsWith("CAP REQ")) this.send(`:irc.peer CAP * ACK ${line.slice("CAP REQ ".length)}`);
    if (command === "NICK" && this.nick === "*") this.nick = first;
    if (line === "CAP END") this.welcome();
    if (command === "PING") this.send(`:irc.peer PONG irc.peer ${line.slice(5)}`);
    if (command === "QUIT") this.socket.end("ERROR :bye\r\n");
    if (command === "JOIN")
      for (const room of first.split(",")) this.send(`:${this.nick}!u@h JOIN ${room} * :bot`);
  }
}

export interface Peer {
  readonly port: number;
  /** The next client to connect. */
  client(): Promise<Client>;
  stop(): Promise<void>;
}

/** An IRC server of the test's own, for what no real one would say. */
export async function startPeer(options: PeerOptions = {}): Promise<Peer> {
  const clients: Client[] = [];
  const waiting: ((client: Client) => void)[] = [];
  const all = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    all.add(socket);
    const client = new Client(socket, options);
    const taker = waiting.shift();
    if (taker) taker(client);
    else clients.push(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    client: () => {
      const client = clients.shift();
      return client ? Promise.resolve(client) : new Promise((resolve) => waiting.push(resolve));
    },
    async stop() {
      for (const socket of all) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
