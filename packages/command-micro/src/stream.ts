import { BotError, type Command, type Context, newCommand, type Reply } from "@micro-bot/core";
import { USAGE } from "./call.ts";
import { explained } from "./explained.ts";
import { laidOut } from "./laid-out.ts";
import { json, micro, needed, textAfter } from "./services.ts";

/** Answers shown of one stream; a service that streams for ever must not fill a room. */
const MOST = 100;

/** `stream SERVICE ENDPOINT [JSON]`: each answer as it comes, until the service ends the stream or somebody says cancel. */
export function stream(): Command {
  return newCommand(
    "stream",
    "stream [service] [endpoint] [request]",
    "Returns the responses of a service stream",
    answers,
    {
      access: "operator",
      help: `Say 'cancel' to end it. At most ${MOST} answers are shown.`,
      timeout: 600_000,
    },
  );
}

async function* answers(args: readonly string[], ctx: Context): AsyncGenerator<Reply> {
  const service = needed(args, 1, USAGE);
  const endpoint = needed(args, 2, USAGE);
  const request = (await json()).typedJson(textAfter(ctx, args, 3));
  const { clientOf } = await micro();
  let shown = 0;
  try {
    for await (const { raw } of clientOf(ctx.registry).stream(service, endpoint, request, {
      signal: ctx.signal,
    })) {
      if (++shown > MOST) throw new BotError("limited", `the stream goes on; ${MOST} answers are shown`);
      yield await laidOut(raw, ctx.maxReply);
    }
  } catch (error) {
    explained(`error streaming ${service}.${endpoint}`, error);
  }
}
