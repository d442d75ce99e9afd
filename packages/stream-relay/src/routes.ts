import { type Address, BotError, messageOf, parseAddress } from "@micro-bot/core";

/** One direction: what is said in one room is said in the other. */
export interface Route {
  readonly from: Address;
  readonly to: Address;
}

/** Whatever looks like an arrow, so that a wrong one can be named. */
const ARROW = /[-=~]*[<>→←↔⇒⇐⇔][-=~<>→←↔⇒⇐⇔]*/u;

/** The routes of `slack:#ops <-> irc:#ops`, `irc:#dev -> email:dev@example.com` and so on. Throws `config`, naming the word at fault. */
export function routesOf(pairs: readonly string[]): Route[] {
  const routes = new Map<string, Route>();
  for (const pair of pairs) {
    for (const route of routesIn(pair)) {
      const key = JSON.stringify([keyOf(route.from), keyOf(route.to)]);
      if (routes.has(key)) throw wrong(pair, "it is there already: each pair of rooms is given once");
      routes.set(key, route);
    }
  }
  return [...routes.values()];
}

/** What a room is known by here. Networks do not tell rooms apart by capitals. */
export function keyOf({ input, room }: Address): string {
  return `${input}:${room.toLowerCase()}`;
}

function routesIn(pair: string): readonly Route[] {
  const match = ARROW.exec(pair);
  if (!match) throw wrong(pair, "there is no arrow: write slack:#ops <-> irc:#ops, or -> for one way");
  const [arrow] = match;
  if (arrow !== "<->" && arrow !== "->") throw wrong(pair, `the arrow '${arrow}' is neither <-> nor ->`);
  const from = sideOf(pair, pair.slice(0, match.index), `before ${arrow}`);
  const to = sideOf(pair, pair.slice(match.index + arrow.length), `after ${arrow}`);
  if (keyOf(from) === keyOf(to)) throw wrong(pair, "it is the same room on both sides");
  return arrow === "->"
    ? [{ from, to }]
    : [
        { from, to },
        { from: to, to: from },
      ];
}

function sideOf(pair: string, side: string, where: string): Address {
  const text = side.trim();
  if (text === "") throw wrong(pair, `there is no room ${where}`);
  if (ARROW.test(text))
    throw wrong(pair, `'${text}' has an arrow in it: write each pair by itself, with a comma between`);
  const address = addressOf(pair, text);
  if (address.room === "") throw wrong(pair, `'${text}' names no room: write input:room, as in irc:#ops`);
  if (address.person !== undefined || address.thread !== undefined)
    throw wrong(pair, `'${text}' names more than a room: write ${address.input}:${address.room}`);
  return address;
}

function addressOf(pair: string, text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw wrong(pair, messageOf(cause), { cause });
  }
}

function wrong(pair: string, why: string, options: ErrorOptions = {}): BotError {
  return new BotError("config", `[stream-relay] relay: '${pair}': ${why}`, options);
}
