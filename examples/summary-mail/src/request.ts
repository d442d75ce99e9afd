import { type Address, BotError, codeOf, type Event, type Registry, type Store } from "@micro-bot/core";

const WORDS = /^(?:summary(?: of)?|incident in) ([a-z0-9][\w.-]*)$/i;
/** How long a request is known, in milliseconds: networks deliver again for hours. */
const REMEMBERED = 2 * 24 * 3_600_000;

/** The service that a text asks a summary of: `summary greeter`, `incident in go.micro.srv.greeter`. */
export function serviceIn(text: string): string | undefined {
  return WORDS.exec(text.trim())?.[1];
}

/** The service of that name, or the only one whose name ends with it: `greeter` is `go.micro.srv.greeter`. */
export async function fullName(asked: string, registry: Registry): Promise<string> {
  const names = await registry.list();
  if (names.includes(asked)) return asked;
  const meant = names.filter((name) => name.endsWith(`.${asked}`));
  if (meant.length === 1) return meant[0]!;
  if (meant.length === 0) throw new BotError("not_found", `no service '${asked}' is registered`);
  throw new BotError("invalid", `'${asked}' may be ${meant.join(" or ")}: write which`);
}

/** Where it is answered: in the thread, or in the one that the message begins. */
export function threadOf({ from, names }: Event): Address {
  const thread = from.thread ?? names?.message;
  return thread === undefined ? from : { ...from, thread };
}

/** Of a message that is delivered again, or to another bot on the same store, true once. */
export async function isFirst({ from, id }: Event, store: Store): Promise<boolean> {
  try {
    await store.write([{ key: `${from.input}/${id}`, value: true, version: 0, ttl: REMEMBERED }]);
    return true;
  } catch (error) {
    if (codeOf(error) === "conflict") return false;
    throw error;
  }
}
