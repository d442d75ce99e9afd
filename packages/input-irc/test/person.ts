import { once } from "node:events";
import net from "node:net";
import { Lines } from "./support.ts";

/** Somebody on a server, by a bare socket. */
export class Person {
  readonly nick: string;
  readonly #socket: net.Socket;
  readonly #lines = new Lines();

  private constructor(nick: string, socket: net.Socket) {
    this.nick = nick;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      for (const line of this.#lines.feed(chunk)) {
        const ping = /^PING (.*)$/u.exec(line);
        if (ping) this.send(`PONG ${ping[1]}`);
      }
    });
  }

  /** Connects and joins; `login` is an account's password, given by SASL. */
  static async join(
    port: number,
    nick: string,
    options: { rooms?: string[]; login?: [string, string]; password?: string } = {},
  ) {
    const person = new Person(nick, net.connect(port, "127.0.0.1"));
    const { rooms = ["#ops"], login, password } = options;
    if (password) person.send(`PASS :${password}`);
    if (login) await person.#login(...login);
    person.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`, ...(login ? ["CAP END"] : []));
    await person.next(/^\S+ (?:376|422) /u);
    for (const room of rooms) {
      person.send(`JOIN ${room}`);
      await person.next(/^\S+ 366 /u);
    }
    return person;
  }

  send(...lines: string[]): void {
    for (const line of lines) this.#socket.write(`${line}\r\n`);
  }

  say(target: string, text: string): void {
    this.send(`PRIVMSG ${target} :${text}`);
  }

  /** The next line that matches; each is given once. */
  next(pattern: RegExp): Promise<string> {
    return this.#lines.next(pattern);
  }

  /** The next thing said to a target, by anybody or by whose nick matches: its text. */
  async heard(target: string, by = /\S+/u): Promise<string> {
    const nick = by.source.replace(/^\^/u, "");
    const line = await this.next(new RegExp(`^:${nick}\\S* PRIVMSG ${RegExp.escape(target)} :`, "u"));
    return line.slice(line.indexOf(" :") + 2);
  }

  /** What has come and was not asked for, once the server has done all it had to do for this person. */
  async rest(pattern: RegExp): Promise<string[]> {
    this.send("PING :rest");
    await this.next(/PONG .*rest/u);
    return this.#lines.left(pattern);
  }

  /** Resolves when the server has let them go; twice is safe. */
  async quit(): Promise<void> {
    if (this.#socket.closed) return;
    this.send("QUIT :gone");
    await once(this.#socket, "close");
  }

  close(): void {
    this.#socket.destroy();
  }

  async #login(account: string, password: string): Promise<void> {
    this.send("CAP REQ :sasl");
    await this.next(/CAP \S+ ACK/u);
    this.send("AUTHENTICATE PLAIN");
    await this.next(/^AUTHENTICATE :?\+/u);
    this.send(`AUTHENTICATE ${Buffer.from(`${account}\0${account}\0${password}`).toString("base64")}`);
    await this.next(/ 903 /u);
  }
}
