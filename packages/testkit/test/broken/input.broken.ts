import { createServer } from "node:net";
import { BotError, type Conn, type Event, type Input, type PluginContext } from "@micro-bot/core";
import { fakeInput } from "../../src/fake-input.ts";
import { type InputSuite, testInput } from "../../src/input.ts";
import { flags, goodInput } from "../good/input.ts";
import { type Breaks, registerBroken } from "./break.ts";

/** Other members for each input that the suite creates. */
const input =
  (change: (input: Input) => Partial<Input>) =>
  (good: InputSuite): InputSuite => ({
    ...good,
    create() {
      const one = good.create();
      return { ...one, ...change(one) };
    },
  });

/** Other members for each connection. */
const conn = (change: (conn: Conn) => Partial<Conn>) =>
  input((one) => ({
    async stream() {
      const good = await one.stream();
      return { ...good, ...change(good) };
    },
  }));

const received = (change: (event: Event) => Event) =>
  conn((good) => ({ recv: async () => change(await good.recv()) }));

const sent = (change: (event: Event) => Event) =>
  conn((good) => ({ send: (event) => good.send(change(event)) }));

// Its own connections send whatever they are given.
const network = fakeInput();

let starts = 0;

const breaks: Breaks<InputSuite> = {
  "a credential that is refused is config, and names its flag": input((good) => ({
    async stream() {
      try {
        return await good.stream();
      } catch {
        throw new BotError("not_connected", "the network said no");
      }
    },
  })),

  "what the network delivers again has the same id": received((event) => ({
    ...event,
    id: crypto.randomUUID(),
  })),

  "what was said before it came is not taken for new": received((event) => ({ ...event, addressed: true })),

  "choices and files reach people, and what it can do is reported": sent(({ files: _, ...event }) => event),

  "nobody is taken for another by their name": received((event) => ({ ...event, assurance: 2 })),

  "init without a needed flag fails with config and names the flag": input(() => ({ init() {} })),

  "init opens nothing": input((good) => ({
    init(ctx) {
      good.init(ctx);
      createServer().listen(0, "127.0.0.1").unref();
    },
  })),

  "it can be started and stopped again and again": input(() => ({
    async start() {
      if (starts++ > 0) throw new BotError("failed", "started already");
    },
  })),

  "stop ends an open connection with closed": input(() => ({ async stop() {} })),

  "what a person says arrives whole": received((event) => ({
    ...event,
    data: event.data.replace(/[^\u0000-\u007f]/g, "?"),
  })),

  "two people are told apart": received((event) => ({
    ...event,
    from: { ...event.from, person: "someone" },
  })),

  "what is not said to the bot is not addressed": received((event) => ({ ...event, addressed: true })),

  "a reply reaches the person and place it answers": conn((good) => {
    let last: Event | undefined;
    return {
      async recv() {
        last = await good.recv();
        return last;
      },
      send: (event) => good.send({ ...event, to: last?.from ?? event.to }),
    };
  }),

  "a message nobody asked for reaches its room": conn((good) => ({
    async send(event) {
      if (event.meta.line === undefined) throw new BotError("failed", "no line to answer on");
      return good.send(event);
    },
  })),

  "its own messages are ignored": conn((good) => {
    const echoes: Event[] = [];
    return {
      recv: async () => echoes.shift() ?? good.recv(),
      async send(event) {
        echoes.push(event);
        return good.send(event);
      },
    };
  }),

  "close settles a waiting recv with closed": conn(() => ({ async close() {} })),

  "close twice is safe": conn((good) => {
    let closed = false;
    return {
      async close() {
        if (closed) throw new BotError("closed", "closed already");
        closed = true;
        return good.close();
      },
    };
  }),

  "a dropped connection gives not_connected and a new one works": conn((good) => ({
    recv: () =>
      good.recv().catch(() => {
        throw new BotError("closed", "gone");
      }),
  })),

  "a send on a lost connection rejects with not_connected": conn((good) => ({
    send: (event) => good.send(event).catch(() => ({})),
  })),

  "a send after close rejects": conn((good) => ({ send: (event) => good.send(event).catch(() => ({})) })),

  "long text arrives whole or is refused, and is never cut": sent((event) => ({
    ...event,
    data: event.data.length > 4000 ? `${event.data.slice(0, 4000)}… more is not shown` : event.data,
  })),

  "a text in pages, each of what fits one reply, arrives whole": input(() => ({ fits: () => false })),

  "line breaks and protocol text stay inside one message": sent((event) => ({
    ...event,
    data: event.data.replace(/\nPRIVMSG [^\n]*/, ""),
  })),

  "control characters do not reach people": (good) => ({
    ...good,
    create() {
      const one = good.create();
      return { ...one, stream: () => network.stream() };
    },
    peer: goodInput(network).peer,
  }),

  "a burst keeps its order": conn((good) => {
    let held: Event | undefined;
    return {
      async send(event) {
        if (!held) {
          held = event;
          return {};
        }
        await good.send(event);
        const late = held;
        held = undefined;
        return good.send(late);
      },
    };
  }),

  "sends side by side all arrive, each once": conn((good) => {
    let busy = false;
    return {
      async send(event) {
        if (busy) return {};
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        busy = false;
        return good.send(event);
      },
    };
  }),

  "ids are unique": received((event) => ({ ...event, id: event.data })),

  "nothing stays open after stop": input((good) => ({
    async start() {
      setInterval(() => {}, 1000);
      return good.start();
    },
  })),

  "no secret is in a log line or an error": input((good) => ({
    init(ctx: PluginContext) {
      good.init(ctx);
      ctx.log.debug({ settings: ctx.flags(flags) }, "ready");
    },
  })),
};

registerBroken("input", testInput, goodInput, breaks);
