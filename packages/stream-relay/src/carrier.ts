import {
  codeOf,
  type Event,
  type FollowContext,
  formatAddress,
  messageOf,
  type Receipt,
  type Store,
} from "@micro-bot/core";
import { Queue, writeIf } from "@micro-bot/kit";
import { nameOf } from "./carried.ts";
import { Composer, type Note, notice, type Words } from "./composer.ts";
import { Echoes } from "./echoes.ts";
import { Gate, RATE } from "./gate.ts";
import { keyOf as storeKey } from "./keys.ts";
import { Links, type Topic } from "./links.ts";
import { Outlet } from "./outlet.ts";
import { People } from "./people.ts";
import { Rooms } from "./rooms.ts";
import { keyOf, type Route } from "./routes.ts";

/** What waits to be carried. */
const WAITING = 1000;
/** How long it is known that a message was carried, in milliseconds: networks deliver again for a shorter time. */
const KNOWN = 2 * 86_400_000;
/** Refusals that are not the room's own. */
const PASSING = new Set(["timeout", "limited", "not_connected", "closed", "cancelled"]);

export interface CarrierOptions {
  readonly routes: readonly Route[];
  readonly store: Store;
  readonly ctx: Pick<FollowContext, "log" | "signal">;
  readonly now?: () => number;
}

type Item =
  | { readonly kind: "heard"; readonly event: Event }
  | { readonly kind: "said"; readonly event: Event; readonly receipt: Receipt }
  | { readonly kind: "arrived"; readonly room: string; readonly id: string; readonly topic: Topic };

/** Carries what is said between rooms: takes what was heard and said, and gives what is to be said. */
export class Carrier {
  readonly #options: CarrierOptions;
  readonly #inbox = new Queue<Item>(WAITING);
  readonly #outlet = new Outlet();
  readonly #people = new People();
  readonly #rooms: Rooms;
  readonly #gate: Gate;
  readonly #echoes: Echoes;
  readonly #links: Links;
  readonly #composer: Composer;
  #failing = false;
  #dropped = 0;
  #echoed = 0;

  constructor(options: CarrierOptions) {
    const { routes, store, now = Date.now } = options;
    this.#options = options;
    this.#rooms = new Rooms(routes);
    this.#gate = new Gate(now);
    this.#echoes = new Echoes(now);
    this.#links = new Links(store);
    this.#composer = new Composer(this.#links);
  }

  /** Messages that were not carried, and those that another relay had brought back. */
  get counts(): { readonly dropped: number; readonly echoed: number } {
    return { dropped: this.#dropped, echoed: this.#echoed };
  }

  /** Somebody has said something. */
  heard(event: Event): void {
    this.#take({ kind: "heard", event });
  }

  /** The bot has said something of its own. Never waits. */
  said(event: Event, receipt: Receipt): void {
    if (this.#rooms.from(event.to).length > 0) this.#take({ kind: "said", event, receipt });
  }

  /** A carried message was taken by its network. */
  arrived(event: Event, { room, topic }: Note, { id }: Receipt): void {
    this.#outlet.settle(room, event.id);
    if (topic && id !== undefined) this.#take({ kind: "arrived", room, id, topic });
  }

  /** A carried message will not arrive. */
  refused({ id }: Event, { room }: Note, error: unknown): void {
    if (!PASSING.has(codeOf(error) ?? "")) this.#gate.shut(room);
    this.#dropped++;
    this.#outlet.settle(room, id);
  }

  /** The next message to say, or undefined at the end. */
  next(): Promise<Event | undefined> {
    return this.#outlet.next();
  }

  /** Works until there is nothing more. */
  async run(): Promise<void> {
    const { ctx, store } = this.#options;
    await this.#guarded(() => this.#rooms.load(store));
    for await (const item of this.#inbox) {
      if (ctx.signal.aborted) break;
      await this.#guarded(() => this.#work(item));
    }
    this.#outlet.end();
  }

  /** Takes nothing more. */
  end(): void {
    this.#inbox.end();
  }

  #take(item: Item): void {
    if (!this.#inbox.push(item)) this.#dropped++;
  }

  /** A store that does not work is told of once; nothing is carried that might be carried twice. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failing = false;
    } catch (error) {
      this.#dropped++;
      const { log } = this.#options.ctx;
      if (!this.#failing) log.error({ err: error }, `relay: something is not carried: ${messageOf(error)}`);
      this.#failing = true;
    }
  }

  async #work(item: Item): Promise<void> {
    if (item.kind === "heard") return this.#heard(item.event);
    if (item.kind === "said") return this.#said(item.event, item.receipt);
    await this.#links.keep(item.room, item.id, item.topic);
  }

  async #heard(event: Event): Promise<void> {
    const { from, names, addressed } = event;
    await this.#rooms.learn(event, this.#options.store);
    this.#people.learn(event);
    // Where a message that nobody has answered yet is called a thread of its own, it is in none.
    const thread = from.thread === names?.message ? undefined : from.thread;
    if (thread !== undefined) this.#composer.hasThreads(from.input);
    const routes = this.#rooms.from(from);
    if (routes.length === 0 || event.type !== "text") return;
    if (this.#echoes.has(event.data)) this.#echoed++;
    else
      await this.#carry(routes, {
        event,
        own: false,
        who: nameOf(names?.person ?? "") || this.#people.called(from),
        aside: addressed ? ["to the bot"] : [],
        thread,
        message: names?.message,
      });
  }

  async #said(event: Event, { id }: Receipt): Promise<void> {
    const { to } = event;
    await this.#carry(this.#rooms.from(to), {
      event,
      own: true,
      who: "bot",
      aside: to.person === undefined ? [] : [`to ${this.#people.called(to)}`],
      thread: to.thread,
      message: id,
    });
  }

  async #carry(routes: readonly Route[], words: Words): Promise<void> {
    const open = routes.filter((route) => this.#isOpen(route));
    // Only what may go is written down: a flood must not become one of writes.
    if (open.length === 0 || !(words.own || (await this.#isNew(words.event)))) return;
    this.#echoes.add(words.who, words.event.data);
    const sense = await this.#composer.sense(keyOf(open[0]!.from), words);
    for (const route of open) {
      const event = await this.#composer.compose(route, words, sense);
      if (!event) continue;
      // As it is cut into lines, too.
      this.#echoes.add(words.who, event.data);
      this.#put(route, event);
    }
  }

  #isOpen(route: Route): boolean {
    const may = this.#gate.pass(route);
    if (may === "yes") return true;
    this.#dropped++;
    if (may === "over") this.#tellLimit(route);
    return false;
  }

  #tellLimit(route: Route): void {
    const [from, to] = [formatAddress(route.from), formatAddress(route.to)];
    const { log } = this.#options.ctx;
    log.warn({ from, to }, `relay: more than ${RATE} messages a minute: the rest is not carried`);
    this.#put(route, notice(route, `more is said in ${from} than I carry here: I go on in a minute`));
  }

  #put(route: Route, event: Event): void {
    if (!this.#outlet.put(keyOf(route.to), event)) this.#dropped++;
  }

  /** Whether nobody has carried it: of several bots, and of several deliveries, one carries a message. */
  async #isNew({ id, from }: Event): Promise<boolean> {
    const key = await storeKey("carried", from.input, id);
    return writeIf(this.#options.store, [{ key, value: true, version: 0, ttl: KNOWN }]);
  }
}
