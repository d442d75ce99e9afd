import { BotError, type Conn, type Event, type Input, type Receipt } from "@micro-bot/core";

/** A network in memory, with hands for its people and its failures. */
export interface Network extends Input {
  /** A person says something to the bot; returns the event's id. */
  say(
    text: string,
    by?: {
      id?: string;
      person?: string;
      room?: string;
      addressed?: boolean;
      type?: string;
      assurance?: 0 | 1;
      meta?: Event["meta"];
      edit?: string;
      chosen?: string;
    },
  ): string;
  /** Ids of the events that the bot has safe. */
  readonly acked: readonly string[];
  /** The next message that people got. */
  heard(): Promise<Event>;
  /** All messages so far. */
  readonly messages: readonly Event[];
  /** The connection is lost. */
  drop(): void;
  /** The input comes to its end, as a pipe does: replies still go out. */
  end(): void;
  /** What `stream` and `send` do instead of working, until set back. */
  refuse: { stream?: Error; send?: (event: Event, over?: AbortSignal) => Promise<Receipt> | undefined };
  /** Connections made so far. */
  readonly streams: number;
  connected(): Promise<void>;
}

/** Of all networks: a bot on the store of another knows what was said there. */
let id = 0;

export function network(name = "net"): Network {
  const events: Event[] = [];
  const messages: Event[] = [];
  const acked: string[] = [];
  let recv: PromiseWithResolvers<Event> | undefined;
  let heardUpTo = 0;
  let streams = 0;
  let open = false;
  const wakes = new Set<() => void>();
  const changed = () => {
    for (const wake of wakes) wake();
    wakes.clear();
  };
  async function until(check: () => boolean): Promise<void> {
    while (!check()) await new Promise<void>((resolve) => wakes.add(resolve));
  }
  const end = (code: "closed" | "not_connected") => {
    open = false;
    recv?.reject(new BotError(code, `[${name}] ${code}`));
    recv = undefined;
  };

  const conn: Conn = {
    recv() {
      recv = Promise.withResolvers<Event>();
      const { promise } = recv;
      if (!open) end("not_connected");
      else if (events.length > 0) recv.resolve(events.shift()!);
      return promise;
    },
    async ack(event) {
      acked.push(event.id);
    },
    async send(event, over) {
      if (!open) throw new BotError("not_connected", `[${name}] not connected`);
      const refused = net.refuse.send?.(event, over);
      if (refused) return refused;
      messages.push(event);
      changed();
      return { id: event.id };
    },
    async close() {
      end("closed");
    },
  };

  const net: Network = {
    name,
    messages,
    acked,
    refuse: {},
    get streams() {
      return streams;
    },
    flags: () => [],
    init() {},
    async start() {},
    async stop() {},
    async stream() {
      streams++;
      changed();
      if (net.refuse.stream) throw net.refuse.stream;
      open = true;
      changed();
      return conn;
    },
    say(
      data,
      {
        id: given = String(++id),
        person = "alice",
        room = "#ops",
        addressed = true,
        type = "text",
        assurance = 1,
        meta = {},
        edit,
        chosen,
      } = {},
    ) {
      const event: Event = {
        id: given,
        type: type as "text",
        from: { input: name, room, person },
        to: { input: name, room, person: "bot" },
        data,
        addressed,
        assurance,
        time: Date.now(),
        meta,
        ...(edit !== undefined && { edit }),
        ...(chosen !== undefined && { chosen }),
      };
      if (recv && open) recv.resolve(event);
      else events.push(event);
      recv = undefined;
      return event.id;
    },
    async heard() {
      const at = heardUpTo++;
      await until(() => messages.length > at);
      return messages[at]!;
    },
    drop: () => end("not_connected"),
    end() {
      recv?.reject(new BotError("closed", "the end"));
      recv = undefined;
    },
    connected: () => until(() => open),
  };
  return net;
}
