import { messageOf } from "@micro-bot/core";
import { expect } from "vitest";
import type { Network } from "./networks.ts";

/** Between two messages, in milliseconds. */
const PACE = 100;
/** Messages that are not answered yet, at most; nobody says more until they are. */
const AHEAD = 10;
/** Said at once in the moment before a server is killed. */
const BURST = 3;

interface Said {
  /** Settles when the network has it, or will not have it. */
  readonly taken: Promise<void> | undefined;
  isTaken: boolean;
  /** It may be lost with the server. */
  excused: boolean;
  answers: number;
}

/** Somebody who says numbers to the bot on one network, one after another, and keeps account of what comes back. */
export class Chatter {
  readonly name: string;
  readonly #network: Network;
  readonly #said = new Map<string, Said>();
  readonly #strange: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #away = false;

  constructor(name: string, network: Network) {
    this.name = name;
    this.#network = network;
    network.hear((text) => this.#hear(text));
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (!this.#away && this.#open < AHEAD) this.say();
    }, PACE);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Says the next number. Returns what is to be answered. */
  say(): string {
    const text = `${this.name} ${this.#said.size + 1}`;
    const saying = this.#network.say(`echo ${text}`);
    const said: Said = {
      isTaken: !saying,
      excused: false,
      answers: 0,
      taken: saying?.then(
        () => {
          said.isTaken = true;
        },
        (error: unknown) => {
          if (!said.excused) this.#strange.push(`${text} could not be said: ${messageOf(error)}`);
        },
      ),
    };
    this.#said.set(text, said);
    return text;
  }

  /** How often a message was answered. */
  answersTo(text: string): number {
    return this.#said.get(text)!.answers;
  }

  /** Speaks up to the very moment in which the server is killed, which is when this resolves. */
  async leave(): Promise<void> {
    const last = Array.from({ length: BURST }, () => this.#said.get(this.say())!);
    // What the network keeps is owed an answer from when the network has it.
    if (!this.#network.forgets) await Promise.all(last.map(({ taken }) => taken));
    this.#away = true;
    for (const said of this.#said.values())
      if (said.answers === 0 && (this.#network.forgets || !said.isTaken)) said.excused = true;
  }

  /** The server is back, and so is whoever speaks. */
  comeBack(): void {
    this.#away = false;
  }

  /** What was said, in numbers. */
  count(): { said: number; excused: number } {
    return { said: this.#said.size, excused: this.#which(({ excused }) => excused).length };
  }

  /** Messages that are owed an answer and have none. */
  lost(): string[] {
    return this.#which(({ answers, excused }) => answers === 0 && !excused);
  }

  /** Messages that were answered more than once, and answers to what nobody said. */
  wrong(): string[] {
    return [...this.#which(({ answers }) => answers > 1), ...this.#strange];
  }

  get #open(): number {
    return this.lost().length;
  }

  #which(test: (said: Said) => boolean): string[] {
    return [...this.#said].flatMap(([text, said]) => (test(said) ? [text] : []));
  }

  #hear(text: string): void {
    const said = this.#said.get(text);
    if (said) said.answers++;
    else this.#strange.push(`heard '${text}'`);
  }
}

/** Each of them says something now, and is answered. */
export async function answered(chatters: readonly Chatter[], patience: { timeout: number }): Promise<void> {
  const said = chatters.map((chatter) => [chatter, chatter.say()] as const);
  const open = () => said.filter(([chatter, text]) => chatter.answersTo(text) === 0).map(([, text]) => text);
  await expect.poll(open, patience).toEqual([]);
}
