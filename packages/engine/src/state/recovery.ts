import { type Change, codeOf, type Entry, type Json } from "@micro-bot/core";
import type { Dispatcher } from "../line/dispatcher.ts";
import type { Sender } from "../out/sender.ts";
import type { Journal, RunRecord } from "./journal.ts";
import { ASIDE, type Parking } from "./parking.ts";
import type { Question, Questions } from "./questions.ts";
import type { Replica } from "./replica.ts";

export interface RecoveryOptions {
  readonly journal: Journal;
  readonly sender: Sender;
  readonly questions: Questions;
  readonly replica: Replica;
  readonly parking?: Parking;
  readonly dispatcher: Dispatcher;
  /** Names of this bot's inputs: what came from others is for bots that have them. */
  readonly inputs: ReadonlySet<string>;
  readonly singles: readonly string[];
}

/** Takes up what replicas left that are gone, and hears what the living ones heard for this one. */
export class Recovery {
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Called after each heartbeat. `look`: somebody may be gone. */
  async beat(look: boolean): Promise<void> {
    // What was said before goes out before what is said now.
    if (look) await this.#messages("out/", (input) => !this.#options.singles.includes(input));
    for (const input of this.#options.singles)
      if (this.#options.replica.holds(input)) await this.#messages(`out/${input}/`, () => true);
    if (look) {
      await this.#runs();
      await this.#aside();
    }
    await this.#questions();
  }

  async #runs(): Promise<void> {
    const { journal, dispatcher, replica, inputs } = this.#options;
    for await (const entry of journal.list()) {
      const { holder, event } = entry.value as unknown as RunRecord;
      const takes = replica.takes(holder);
      if (takes && inputs.has(event.from.input) && !dispatcher.has(entry.key.slice("run/".length)))
        await dispatcher.recover(entry, takes);
    }
  }

  async #aside(): Promise<void> {
    const { journal, dispatcher, parking } = this.#options;
    const parks = parking?.parks ?? 0;
    let runs = 0;
    let rows = 0;
    for await (const { key } of journal.store.list("parked/")) {
      if (key.startsWith(ASIDE)) rows++;
      else runs++;
    }
    dispatcher.aside(runs);
    parking?.count(rows, parks);
    // Not waited for: a beat must not be late.
    void parking?.look();
  }

  /** Messages of replicas that are gone; for an input that this one holds, of all. */
  async #messages(prefix: string, wanted: (input: string) => boolean): Promise<void> {
    const { journal, sender, replica, inputs, singles } = this.#options;
    const found: Entry[] = [];
    for await (const entry of journal.store.list(prefix)) {
      const { event, holder } = entry.value as unknown as {
        event: { to: { input: string } };
        holder: string;
      };
      const { input } = event.to;
      if (!inputs.has(input) || !wanted(input)) continue;
      const takes = replica.takes(holder);
      if (singles.includes(input) || (takes && (await this.#claim(entry, takes)))) found.push(entry);
    }
    sender.adopt(found);
  }

  /** Of several replicas one sends it. */
  async #claim({ key, value, version }: Entry, takes: readonly Change[]): Promise<boolean> {
    const row = { ...(value as { [key: string]: Json }), holder: this.#options.replica.self.id };
    try {
      await this.#options.journal.store.write([{ key, value: row, version }, ...takes]);
      return true;
    } catch (error) {
      if (codeOf(error) === "conflict") return false;
      throw error;
    }
  }

  async #questions(): Promise<void> {
    const { journal, questions, replica } = this.#options;
    const { store } = journal;
    const mine = questions.mine();
    if (mine.length > 0)
      for await (const { key, value } of store.list("answer/")) {
        const [, run = "", index = ""] = key.split("/");
        questions.answer(run, Number(index), String(value));
      }
    if (replica.names().length < 2) return questions.others([]);
    const others: Question[] = [];
    for await (const { value } of store.list("ask/")) {
      const question = value as unknown as Question;
      if (question.until > Date.now()) others.push(question);
    }
    questions.others(others);
  }
}
