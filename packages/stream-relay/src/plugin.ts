import type { Event, Flag, FollowContext, Store, Stream } from "@micro-bot/core";
import { Carrier } from "./carrier.ts";
import { noteOf } from "./composer.ts";
import { type Route, routesOf } from "./routes.ts";
import { rows } from "./rows.ts";

const flags = [
  {
    name: "relay",
    type: "list",
    usage:
      "Rooms whose talk is carried into each other, comma separated: slack:#ops <-> irc:#ops, or -> for one way",
  },
] as const satisfies readonly Flag[];

const name = "relay";

/**
 * Carries what is said in one room into another, across inputs: people's words and the bot's. It stands beside the line:
 * nothing waits for the other network, or fails because of it.
 */
export function relay(): Stream {
  let routes: readonly Route[] = [];
  let store: Store;
  let absent: readonly string[] = [];
  let carrier: Carrier | undefined;

  return {
    name,
    flags: () => flags,
    rows,

    init(ctx) {
      routes = routesOf(ctx.flags(flags).relay);
      store = ctx.store;
    },

    async send(event, next) {
      const note = noteOf(event);
      try {
        const receipt = await next();
        if (note) carrier?.arrived(event, note, receipt);
        else carrier?.said(event, receipt);
        return receipt;
      } catch (error) {
        if (note) carrier?.refused(event, note, error);
        throw error;
      }
    },

    follow(events, ctx) {
      absent = absentInputs(routes, ctx);
      const present = routes.filter(
        ({ from, to }) => !absent.includes(from.input) && !absent.includes(to.input),
      );
      if (present.length === 0) return Promise.resolve();
      carrier = new Carrier({ routes: present, store, ctx });
      return carry(carrier, events, ctx);
    },

    status() {
      if (routes.length === 0) return [];
      const { dropped, echoed } = carrier?.counts ?? { dropped: 0, echoed: 0 };
      const notes = [
        ...absent.map((input) => `no input ${input}`),
        ...(dropped > 0 ? [`${dropped} not carried`] : []),
        ...(echoed > 0 ? [`${echoed} brought back by another relay`] : []),
      ];
      const state = absent.length > 0 ? "down" : "up";
      return [{ name, state, ...(notes.length > 0 && { note: notes.join(", ") }) }];
    },
  };
}

/** Inputs that are relayed and that the bot does not have: told of once. */
function absentInputs(routes: readonly Route[], { status, log }: FollowContext): readonly string[] {
  const parts = new Set(status().map((part) => part.name));
  const inputs = new Set(routes.flatMap(({ from, to }) => [from.input, to.input]));
  const absent = [...inputs].filter((input) => !parts.has(`input ${input}`));
  for (const input of absent)
    log.error(
      { input },
      `relay: there is no input '${input}', so nothing is carried to or from it: is it in --inputs?`,
    );
  return absent;
}

async function* carry(
  carrier: Carrier,
  events: AsyncIterable<Event>,
  { signal }: FollowContext,
): AsyncGenerator<Event> {
  const end = () => carrier.end();
  signal.addEventListener("abort", end, { once: true });
  const working = Promise.all([listen(carrier, events), carrier.run()]);
  // Its error is thrown below, when the last message was given.
  working.catch(end);
  for (let event = await carrier.next(); event; event = await carrier.next()) yield event;
  signal.removeEventListener("abort", end);
  await working;
}

async function listen(carrier: Carrier, events: AsyncIterable<Event>): Promise<void> {
  for await (const event of events) carrier.heard(event);
  carrier.end();
}
