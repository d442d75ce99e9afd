import type { Ledger } from "./ledger.ts";
import { type Heard, Person } from "./person.ts";
import type { Random } from "./random.ts";
import { understand } from "./words.ts";

export interface CrowdOptions {
  readonly port: number;
  /** The bot's nick. */
  readonly bot: string;
  readonly rooms: readonly string[];
  /** Who only count, and wait for nothing. */
  readonly talkers: number;
  /** Who order, and answer what they are asked. */
  readonly askers: number;
  /** Lines a second, of all talkers together. */
  readonly rate: number;
  /** Whether the bot is so far behind that they wait: its speed is not what is asked for. */
  readonly behind?: () => boolean;
  readonly ledger: Ledger;
  readonly random: Random;
}

export interface Probed {
  readonly number: number;
  readonly pid: number;
}

/** In milliseconds. */
const TICK = 20;
/** This part of what talkers say is to be counted later. */
const DEFERRED = 0.1;
const ORDER_EVERY = 700;

/** People on IRC, in channels and directly, who keep the bot busy. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #talkers: Person[] = [];
  readonly #askers: Asker[] = [];
  #prober: Person | undefined;
  #timers: NodeJS.Timeout[] = [];
  #due = 0;
  #probes = 0;
  #joined = Promise.withResolvers<void>();
  #probed: (probed: Probed) => void = () => {};

  private constructor(options: CrowdOptions) {
    this.#options = options;
  }

  static async gather(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options);
    await Promise.all([
      crowd.#addProber(),
      ...range(options.talkers).map((i) => crowd.#addTalker(`talker${i}`)),
      ...range(options.askers).map((i) => crowd.#addAsker(`asker${i}`)),
    ]);
    return crowd;
  }

  /** Begins to talk. */
  talk(): void {
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      this.#due += ((now - last) / 1000) * this.#options.rate;
      last = now;
      if (this.#options.behind?.()) this.#due = 0;
      for (; this.#due >= 1; this.#due--) this.#sayOne();
    };
    this.#timers.push(setInterval(tick, TICK));
    this.#timers.push(setInterval(() => this.#orderOne(), ORDER_EVERY / Math.max(1, this.#askers.length)));
  }

  /** Says nothing new. What they are asked they still answer. */
  hush(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Resolves when the bot comes into the first room, from now on. */
  joined(): Promise<void> {
    this.#joined = Promise.withResolvers<void>();
    return this.#joined.promise;
  }

  /** Asks who answers; `probed` hears it, sooner or later or never. Returns the probe's number. */
  probe(): number {
    const { bot, rooms } = this.#options;
    this.#prober!.say(rooms[0]!, `${bot}: probe ${++this.#probes}`);
    return this.#probes;
  }

  onProbed(probed: (probed: Probed) => void): void {
    this.#probed = probed;
  }

  /** Those whom the server has let go of: then the soak has heard too little. */
  gone(): string[] {
    const all = [this.#prober!, ...this.#talkers, ...this.#askers.map(({ person }) => person)];
    return all.filter((person) => person.gone).map(({ nick }) => nick);
  }

  async leave(): Promise<void> {
    this.hush();
    for (const asker of this.#askers) asker.stop();
    const all = [this.#prober, ...this.#talkers, ...this.#askers.map(({ person }) => person)];
    await Promise.all(all.map((person) => person?.quit()));
  }

  async #addProber(): Promise<void> {
    const { port, bot, rooms } = this.#options;
    this.#prober = await Person.join({
      port,
      nick: "prober",
      rooms: rooms.slice(0, 1),
      joined: (nick) => {
        if (nick.replace(/_+$/, "") === bot) this.#joined.resolve();
      },
      heard: ({ text }) => {
        const heard = understand(text);
        if (heard.kind === "probed") this.#probed(heard);
      },
    });
  }

  async #addTalker(nick: string): Promise<void> {
    const { port, rooms } = this.#options;
    this.#talkers.push(await Person.join({ port, nick, rooms, heard: (heard) => this.#hear(heard) }));
  }

  async #addAsker(nick: string): Promise<void> {
    const { port, rooms } = this.#options;
    let asker: Asker | undefined;
    const heard = (words: Heard) => {
      this.#hear(words);
      asker?.hear(words);
    };
    const person = await Person.join({ port, nick, rooms, heard });
    asker = new Asker(person, this.#options);
    this.#askers.push(asker);
  }

  #hear({ text }: Heard): void {
    this.#options.ledger.hear(text, Date.now());
  }

  #sayOne(): void {
    const { random, rooms, bot, ledger } = this.#options;
    const talker = random.pick(this.#talkers);
    const what = `${random.next() < DEFERRED ? "defer" : "count"} ${nextNumber()}`;
    ledger.say(what, Date.now());
    if (random.next() < 0.5) talker.say(bot, what);
    else talker.say(random.pick(rooms), `${bot}: ${what}`);
  }

  #orderOne(): void {
    if (this.#askers.length > 0) this.#options.random.pick(this.#askers).order();
  }
}

/** How often somebody answers again, as a bot that was gone did not hear it, in milliseconds. */
const PATIENCE = 1500;

/** One who orders, and says yes until it is done. */
class Asker {
  readonly person: Person;
  readonly #options: CrowdOptions;
  /** Asked and not yet done, with where. */
  readonly #asked = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  constructor(person: Person, options: CrowdOptions) {
    this.person = person;
    this.#options = options;
    this.#timer = setInterval(() => this.#answerAll(), PATIENCE);
  }

  order(): void {
    if (this.#asked.size > 0) return;
    const { random, rooms, bot, ledger } = this.#options;
    const what = `order ${nextNumber()}`;
    ledger.say(what, Date.now());
    if (random.next() < 0.5) this.person.say(bot, what);
    else this.person.say(random.pick(rooms), `${bot}: ${what}`);
  }

  hear({ text, where }: Heard): void {
    const heard = understand(text);
    if (heard.kind === "question") {
      const place = where === this.person.nick ? this.#options.bot : where;
      this.#asked.set(heard.what, place);
      this.person.say(place, "yes");
    } else if ("what" in heard && heard.kind !== "progress") this.#asked.delete(heard.what);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #answerAll(): void {
    for (const place of new Set(this.#asked.values())) this.person.say(place, "yes");
  }
}

let numbers = 0;

/** One that no command was given before. */
export function nextNumber(): number {
  return ++numbers;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
