import { RecentMap } from "@micro-bot/kit";

/** XEP-0198. */
export const SM = "urn:xmpp:sm:3";

/** Stanzas that wait to be handled. One that waits longer counts as handled: servers end sessions that lag too far. */
const LONGEST_WAIT = 400;

/**
 * Counts the stanzas of one session, in both directions, over all its connections (XEP-0198). A stanza that came in is
 * handled when the engine has its event safe, and not before: until then the server gives it again after a lost connection.
 */
export class StreamManagement {
  /** What the session is resumed by; undefined when the server does not let it. */
  readonly id: string | undefined;
  /** Whether the server counts at all. */
  readonly active: boolean;
  /** Numbers of stanzas by the id of their event, in order. */
  readonly #pending = new RecentMap<string, number>(LONGEST_WAIT);
  #received = 0;
  #sent = 0;

  constructor({ id, active }: { readonly id: string | undefined; readonly active: boolean }) {
    this.id = id;
    this.active = active;
  }

  /** A stanza has come: its number, which it has again when it comes again. */
  arrived(): number {
    return ++this.#received;
  }

  /** The stanza that came last is an event, handled only when `handled` says so. */
  hold(event: string): void {
    if (!this.#pending.has(event)) this.#pending.set(event, this.#received);
  }

  handled(event: string): void {
    this.#pending.delete(event);
  }

  /** How many stanzas are handled: all before the first that is not. */
  get h(): number {
    const [first] = this.#pending.values();
    return first === undefined ? this.#received : first - 1;
  }

  /** A stanza goes out: its number. */
  sent(): number {
    return ++this.#sent;
  }

  /** The number of the last stanza that went out. */
  get last(): number {
    return this.#sent;
  }

  /** Whether the server can have got so many: more is a fault. */
  isSent(h: number): boolean {
    return Number.isInteger(h) && h >= 0 && h <= this.#sent;
  }

  /** Goes on after a lost connection, when the server has got so many: what it did not get is not sent again here. */
  resume(h: number): void {
    this.#received = this.h;
    this.#pending.clear();
    this.#sent = h;
  }
}
