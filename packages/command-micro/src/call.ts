import { type Command, newCommand } from "@micro-bot/core";
import { explained } from "./explained.ts";
import { laidOut } from "./laid-out.ts";
import { json, micro, needed, textAfter } from "./services.ts";

export const USAGE =
  'require service and endpoint, as in: call go.micro.srv.greeter Greeter.Hello {"name": "John"}';

/** `call SERVICE ENDPOINT [JSON]`, also as `query`: the answer set out with tabs, numbers and order kept. */
export function call(): Command {
  return newCommand(
    "call",
    "call [service] [endpoint] [request]",
    "Returns the response for a service call",
    async (args, ctx) => {
      const service = needed(args, 1, USAGE);
      const endpoint = needed(args, 2, USAGE);
      const request = (await json()).typedJson(textAfter(ctx, args, 3));
      const { clientOf } = await micro();
      const answer = clientOf(ctx.registry).call(service, endpoint, request, { signal: ctx.signal });
      const { raw } = await answer.catch((error) => explained(`error calling ${service}.${endpoint}`, error));
      return laidOut(raw, ctx.maxReply);
    },
    { access: "operator" },
  );
}
