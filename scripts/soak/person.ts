import net from "node:net";

/** What a bot said to somebody. */
export interface Heard {
  readonly by: string;
  /** A channel, or the person's nick. */
  readonly where: string;
  readonly text: string;
}

export interface PersonOptions {
  readonly port: number;
  readonly nick: string;
  readonly rooms: readonly string[];
  /** Said to this person: in a channel, with the name first. */
  readonly heard: (heard: Heard) => void;
  /** Somebody came into a room of theirs. */
  readonly joined?: (nick: string, room: string) => void;
}

const LINE = /^:([^! ]+)\S* ([A-Z]+|\d{3}) (.*)$/;
const WELCOME = "376";
const NO_MOTD = "422";
const END_OF_NAMES = "366";

/** Somebody on IRC who talks without waiting, and hears what is said to them. */
export class Person {
  readonly nick: string;
  readonly #options: PersonOptions;
  readonly #socket: net.Socket;
  readonly #ready = Promise.withResolvers<void>();
  readonly #rooms: Set<string>;
  #rest = "";

  private constructor(options: PersonOptions) {
    this.nick = options.nick;
    this.#options = options;
    this.#rooms = new Set(options.rooms);
    this.#socket = net.connect(options.port, "127.0.0.1");
    this.#socket.setEncoding("utf8").setNoDelay(true);
    this.#socket.on("error", (error) => this.#ready.reject(error));
    this.#socket.on("data", (chunk: unknown) => this.#feed(String(chunk)));
    this.#send(`NICK ${this.nick}`, `USER ${this.nick} 0 * :${this.nick}`);
  }

  /** Connects, and comes into the rooms. */
  static async join(options: PersonOptions): Promise<Person> {
    const person = new Person(options);
    await person.#ready.promise;
    return person;
  }

  /** Whether the server has let go of them. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  say(target: string, text: string): void {
    this.#send(`PRIVMSG ${target} :${text}`);
  }

  async quit(): Promise<void> {
    if (this.gone) return;
    this.#send("QUIT :gone");
    const late = setTimeout(() => this.#socket.destroy(), 1000);
    // Not `once` of node:events: it would reject with the error of a line that came too late.
    await new Promise((resolve) => this.#socket.once("close", resolve));
    clearTimeout(late);
  }

  #send(...lines: string[]): void {
    for (const line of lines) this.#socket.write(`${line}\r\n`);
  }

  #feed(chunk: string): void {
    const lines = (this.#rest + chunk).split("\r\n");
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith("PING ")) this.#send(`PONG ${line.slice(5)}`);
      const [, by, command, params] = LINE.exec(line) ?? [];
      if (command !== undefined) this.#take(by!, command, params!);
    }
  }

  #take(by: string, command: string, params: string): void {
    if (command === "PRIVMSG") this.#hear(by, params);
    else if (command === "JOIN") this.#options.joined?.(by, params.replace(/^:/, ""));
    else if (command === WELCOME || command === NO_MOTD) {
      for (const room of this.#rooms) this.#send(`JOIN ${room}`);
      if (this.#rooms.size === 0) this.#ready.resolve();
    } else if (command === END_OF_NAMES) {
      this.#rooms.delete(params.split(" ")[1]!);
      if (this.#rooms.size === 0) this.#ready.resolve();
    }
  }

  #hear(by: string, params: string): void {
    const where = params.slice(0, params.indexOf(" "));
    const text = params.slice(params.indexOf(" :") + 2);
    if (where === this.nick) this.#options.heard({ by, where, text });
    else if (text.startsWith(`${this.nick}: `))
      this.#options.heard({ by, where, text: text.slice(this.nick.length + 2) });
  }
}
