import type { Log, Status } from "@micro-bot/core";

/** A second kick within this time is meant. */
const RESPECT = 60 * 60 * 1000;

/** A channel to be in, and what opens it. */
export interface Channel {
  readonly name: string;
  readonly key?: string | undefined;
}

/** Channels of one JOIN, and their letters with keys: a line has 512 bytes. */
const JOIN = { targets: 10, letters: 400 } as const;

interface Room extends Channel {
  joined: boolean;
  why: string | undefined;
  rejoined: number;
}

export interface RoomsOptions {
  readonly channels: readonly Channel[];
  /** How long after a kick to come back, in milliseconds; 0: never. */
  readonly rejoin: number;
  readonly fold: (name: string) => string;
  readonly join: (channel: Channel) => void;
  readonly log: Log;
}

/** The channels that the bot should be in. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms: readonly Room[];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#rooms = options.channels.map((channel) => ({
      ...channel,
      joined: false,
      why: undefined,
      rejoined: -RESPECT,
    }));
  }

  /** The channel's name as it was configured, so that its address stays the same. */
  nameOf(name: string): string {
    return this.#find(name)?.name ?? name;
  }

  joined(name: string): void {
    const room = this.#find(name);
    if (!room) return;
    room.joined = true;
    room.why = undefined;
  }

  /** The server did not let the bot in. */
  refused(name: string, why: string): void {
    const room = this.#find(name);
    if (!room || room.joined) return;
    room.why = why;
    this.#options.log.warn({ room: room.name, why }, `irc: cannot join ${room.name}: ${why}`);
  }

  /** The bot was made to leave. It comes back once, after a pause. */
  removed(name: string, why: string): void {
    const room = this.#find(name);
    if (!room) return;
    room.joined = false;
    room.why = why;
    this.#options.log.warn({ room: room.name, why }, `irc: out of ${room.name}: ${why}`);
    const now = performance.now();
    if (this.#options.rejoin === 0 || now - room.rejoined < RESPECT) return;
    room.rejoined = now;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!room.joined) this.#options.join(room);
    }, this.#options.rejoin);
    this.#timers.add(timer);
  }

  /** Somebody asks the bot in: it follows into its own rooms only. */
  invited(name: string): void {
    const room = this.#find(name);
    if (room && !room.joined) this.#options.join(room);
  }

  status(): readonly Status[] {
    return this.#rooms
      .filter(({ joined }) => !joined)
      .map(({ name, why }) => ({ name: `irc ${name}`, state: "down", note: why ?? "not joined" }));
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #find(name: string): Room | undefined {
    const { fold } = this.#options;
    return this.#rooms.find((room) => fold(room.name) === fold(name));
  }
}

/** The lines that join channels. Keys are counted from the first channel on, so those that have one come first: RFC 2812 section 3.2.1. */
export function joins(channels: readonly Channel[]): string[] {
  const lines: string[] = [];
  let names: string[] = [];
  let keys: string[] = [];
  const flush = () => {
    if (names.length > 0)
      lines.push(["JOIN", names.join(","), ...(keys.length > 0 ? [keys.join(",")] : [])].join(" "));
    [names, keys] = [[], []];
  };
  for (const { name, key } of channels.toSorted((a, b) => Number(!a.key) - Number(!b.key))) {
    const letters = [...names, ...keys, name, key].join(",").length;
    if (names.length === JOIN.targets || letters > JOIN.letters) flush();
    names.push(name);
    if (key) keys.push(key);
  }
  flush();
  return lines;
}
