import type { Log, Status } from "@micro-bot/core";

/** A second kick within this time is meant. */
const RESPECT = 60 * 60 * 1000;

interface Room {
  readonly name: string;
  joined: boolean;
  why: string | undefined;
  rejoined: number;
}

export interface RoomsOptions {
  readonly names: readonly string[];
  /** How long after a kick to come back, in milliseconds; 0: never. */
  readonly rejoin: number;
  readonly fold: (name: string) => string;
  readonly join: (name: string) => void;
  readonly log: Log;
}

/** The channels that the bot should be in. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms: readonly Room[];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#rooms = options.names.map((name) => ({ name, joined: false, why: undefined, rejoined: -RESPECT }));
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
      if (!room.joined) this.#options.join(room.name);
    }, this.#options.rejoin);
    this.#timers.add(timer);
  }

  /** Somebody asks the bot in: it follows into its own rooms only. */
  invited(name: string): void {
    const room = this.#find(name);
    if (room && !room.joined) this.#options.join(room.name);
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
