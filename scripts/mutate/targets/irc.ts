import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { Client } from "../../../packages/input-irc/test/server.ts";
import { newRandom, type Random } from "../../soak/random.ts";
import { happens, mutateBytes } from "../bytes.ts";
import { mutateLine } from "../lines.ts";
import type { Peer, Target } from "../target.ts";

/** Lines of a server (RFC 2812, IRCv3), and now and then what it says while the bot registers. */
export const ircTarget: Target = {
  name: "irc",
  about: "lines of an IRC server, and its answers to a registration",
  input: "irc",
  batch: 500,
  start,
};

/** A line is changed as bytes, in so many; a line end in it makes it two. */
const BYTES = 0.3;
/** An answer to a registration is broken, in so many. */
const BROKEN_LOGIN = 0.01;
/** The bot is told who and where it is, in so many. */
const BACK = 0.1;
const ROOM = "#ops";
const HERE = `:irc.peer 001 micro :Welcome\r\n:micro!u@h JOIN ${ROOM} * :bot`;
const CAPS =
  "sasl message-tags server-time account-tag extended-join account-notify batch echo-message draft/chathistory";

const LINES: readonly string[] = [
  `@account=alice;msgid=1 :alice!a@host PRIVMSG ${ROOM} :micro: ping`,
  `:alice!a@host PRIVMSG micro :ping`,
  `:alice!a@host PRIVMSG ${ROOM} :\u0001ACTION waves\u0001`,
  `:alice!a@host PRIVMSG micro :\u0001VERSION\u0001`,
  `:alice!a@host NOTICE ${ROOM} :hello`,
  `:irc.peer BATCH +1 chathistory ${ROOM}`,
  `@batch=1 :alice!a@host PRIVMSG ${ROOM} :micro: old`,
  ":irc.peer BATCH -1",
  `:alice!a@host JOIN ${ROOM} alice :Alice`,
  `:alice!a@host PART ${ROOM} :bye`,
  `:op!o@host KICK ${ROOM} micro :out`,
  `:op!o@host KICK ${ROOM} alice :out`,
  ":alice!a@host NICK al",
  ":alice!a@host QUIT :gone",
  ":alice!a@host ACCOUNT *",
  ":alice!a@host CHGHOST u h",
  `:op!o@host MODE ${ROOM} +o micro`,
  `:irc.peer 353 micro = ${ROOM} :@op alice micro`,
  `:irc.peer 354 micro 721 ${ROOM} alice alice`,
  `:irc.peer 366 micro ${ROOM} :End of NAMES`,
  `:irc.peer 404 micro ${ROOM} :Cannot send to channel`,
  ":irc.peer 401 micro alice :No such nick",
  `:irc.peer 439 micro alice :Target change too fast. Please wait 3 seconds`,
  `:irc.peer 475 micro ${ROOM} :Cannot join channel (+k)`,
  ":irc.peer 433 micro other :Nickname is already in use",
  ":irc.peer 005 micro CHANTYPES=# CASEMAPPING=ascii STATUSMSG=@ NICKLEN=30 USERLEN=10 BOT=B :are supported",
  ":irc.peer 001 micro :Welcome",
  ":irc.peer CAP micro NEW :sasl",
  ":irc.peer CAP micro DEL :account-tag",
  ":irc.peer PING :x",
  ":irc.peer PONG irc.peer :x",
  ":irc.peer 900 micro micro!m@h micro :You are now logged in",
  "AUTHENTICATE +",
  ":alice!a@host INVITE micro #lab",
  ":irc.peer 730 micro :alice!a@host",
];

/** A server that says some of what belongs to a registration wrongly. */
class Careless extends Client {
  readonly #random: Random;
  #isIn = false;

  constructor(socket: Socket, random: Random) {
    super(socket, {
      caps: CAPS,
      answer: (line) => {
        this.#isIn ||= line.startsWith("JOIN");
        return undefined;
      },
    });
    this.#random = random;
  }

  get isIn(): boolean {
    return this.#isIn && this.socket.writable;
  }

  override send(...lines: string[]): void {
    for (const line of lines) {
      const isBroken = !this.#isIn && happens(BROKEN_LOGIN, this.#random);
      this.socket.write(isBroken ? mutateBytes(Buffer.from(`${line}\r\n`), this.#random) : `${line}\r\n`);
    }
  }
}

async function start(): Promise<Peer> {
  let client: Careless | undefined;
  const all = new Set<Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    all.add(socket);
    socket.on("close", () => all.delete(socket));
    client = new Careless(socket, newRandom(++connections));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let said = 0;
  return {
    values: {
      irc_server: "127.0.0.1",
      irc_port: (server.address() as AddressInfo).port,
      irc_channels: [ROOM],
      irc_timeout: 500,
      irc_pace: 1,
      irc_rejoin: 1,
    },
    async mutate(random) {
      // As long as there is nobody, a line would be lost.
      while (!client?.isIn) await new Promise((resolve) => setTimeout(resolve, 2));
      // It is told its name and room again: else it would soon be nobody and nowhere.
      if (happens(BACK, random)) client.socket.write(`\r\n${HERE}\r\n`);
      const line = `${mutateLine(random.pick(LINES), random)}\r\n`;
      client.socket.write(happens(BYTES, random) ? mutateBytes(Buffer.from(line), random) : line);
    },
    say(text) {
      if (!client?.isIn) return;
      // What was broken before has no end.
      client.socket.write(`\r\n${HERE}\r\n@msgid=s${++said} :alice!a@host PRIVMSG micro :${text}\r\n`);
    },
    async stop() {
      for (const socket of all) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
