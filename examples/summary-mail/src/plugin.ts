import {
  type Address,
  BotError,
  codeOf,
  type Event,
  type Flag,
  type FollowContext,
  messageOf,
  parseAddress,
  type Store,
  type Stream,
} from "@micro-bot/core";
import { report } from "./report.ts";
import { fullName, isFirst, serviceIn, threadOf } from "./request.ts";

const flags = [
  {
    name: "summary_rooms",
    type: "list",
    required: true,
    usage: "Rooms where a summary may be asked for, comma separated: slack:C024BE91L",
  },
  { name: "summary_to", required: true, usage: "Where summaries are sent: email:ops@example.com" },
] as const satisfies readonly Flag[];

/** How long a mail may be on its way before the thread is told that it waits, in milliseconds. */
const PATIENCE = 5000;

/**
 * `summary greeter`, on Slack: asks each node of the service how it is, mails a table of the answers, and says in the
 * thread that it did, or why not. Followers see what anybody says, so it looks twice: at the room, which must be one of
 * `--summary_rooms`, and at who vouches for the person. Of one service it makes one summary at a time.
 */
export function summary(): Stream {
  let rooms: readonly Address[] = [];
  let to = "";
  let store: Store;
  /** Services whose summary is on its way. */
  const making = new Set<string>();

  function asked({ type, from, assurance, data }: Event): string | undefined {
    const here = rooms.some(({ input, room }) => input === from.input && room === from.room);
    return type === "text" && here && assurance >= 1 ? serviceIn(data) : undefined;
  }

  async function answer(name: string, event: Event, ctx: FollowContext): Promise<void> {
    const say = (text: string) =>
      ctx
        .send(threadOf(event), text)
        .catch((error) => ctx.log.warn({ text }, `not said: ${messageOf(error)}`));
    try {
      if (await isFirst(event, store)) await say(await mail(name, ctx, say));
    } catch (error) {
      // The bot stops before the mail is sent: the next one finds it in the store.
      if (codeOf(error) !== "closed") await say(`no summary of ${name}: ${messageOf(error)}`);
    }
  }

  async function mail(name: string, ctx: FollowContext, say: (text: string) => unknown): Promise<string> {
    const service = await fullName(name, ctx.registry);
    if (making.has(service)) throw new BotError("limited", "one is on its way already");
    making.add(service);
    let patience: NodeJS.Timeout | undefined;
    try {
      const content = await report(service, ctx.registry, ctx.signal);
      patience = setTimeout(() => say(`the summary of ${service} waits for its mail server`), PATIENCE);
      await ctx.send(to, content);
      return `${content.subject}: summary sent to ${to}`;
    } finally {
      clearTimeout(patience);
      making.delete(service);
    }
  }

  return {
    name: "summary",
    flags: () => flags,

    init(ctx) {
      const values = ctx.flags(flags);
      rooms = values.summary_rooms.map((room) => addressIn("summary_rooms", room));
      addressIn("summary_to", values.summary_to);
      to = values.summary_to;
      store = ctx.store;
    },

    // Said to the bot, it would be a word that no command knows.
    async receive({ match, event }, next) {
      if (match.kind !== "unknown" || asked(event) === undefined) await next();
    },

    async follow(events, ctx) {
      for await (const event of events) {
        const name = asked(event);
        // Not waited for: a mail server that is away must not hold up the next one.
        if (name !== undefined) void answer(name, event, ctx);
      }
    },
  };
}

function addressIn(flag: string, text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw new BotError("config", `[summary] ${flag}: ${messageOf(cause)}`, { cause });
  }
}
