import {
  BotError,
  type Flag,
  type FollowContext,
  messageOf,
  type Status,
  type Stream,
} from "@micro-bot/core";
import { Backoff, pause } from "@micro-bot/kit";
import type { Found, ServiceCommands } from "./service-commands.ts";

const flags = [
  {
    name: "namespace",
    default: "go.micro.bot",
    usage: "Services whose name begins with this and a dot are commands",
  },
  {
    name: "service_access",
    default: "operator",
    usage: "Who may run a service's command when its nodes do not say (metadata access): operator or anyone",
  },
] as const satisfies readonly Flag[];

const name = "services";
/** Services that are no commands, shown by status one by one. */
const MOST_SHOWN = 20;
/** Waits before the registry is listed again after its watch failed. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;

/**
 * Commands as services: `go.micro.bot.deploy` is the command `deploy`, in help as soon as its first node is registered
 * and gone with its last. The registry is listed once and then watched.
 */
export function services(): Stream {
  let namespace: string = flags[0].default;
  let access: "operator" | "anyone" = "operator";
  let found: ReadonlyMap<string, Found> = new Map();

  return {
    name,
    flags: () => flags,

    init(ctx) {
      const values = ctx.flags(flags);
      namespace = values.namespace;
      if (values.service_access !== "operator" && values.service_access !== "anyone")
        throw new BotError(
          "config",
          `[stream-services] service_access: '${values.service_access}' is not operator or anyone`,
        );
      access = values.service_access;
    },

    async follow(_events, ctx): Promise<void> {
      // With it comes the client library, which a single command from the shell has no use for.
      const { ServiceCommands } = await import("./service-commands.ts");
      const commands = new ServiceCommands({ namespace, access }, ctx);
      found = commands.found;
      try {
        await watch(commands, ctx);
      } finally {
        commands.clear();
      }
    },

    status: () => shownOf([...found.values()].filter(({ note }) => note !== undefined)),
  };
}

async function watch(commands: ServiceCommands, { registry, signal, log }: FollowContext): Promise<void> {
  let told: string | undefined;
  const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  while (!signal.aborted) {
    try {
      // Watched before it is listed, so that nothing falls between the two.
      const changes = registry.watch(signal)[Symbol.asyncIterator]();
      const first = changes.next();
      first.catch(() => undefined);
      await commands.all(await registry.list());
      backoff.reset();
      told = undefined;
      for (let change = await first; !change.done; change = await changes.next())
        commands.changed(change.value.service.name);
    } catch (error) {
      const words = messageOf(error);
      if (words !== told) log.warn({}, `services that are commands cannot be watched: ${words}`);
      told = words;
    }
    await pause(backoff.next(), signal);
  }
}

function shownOf(found: readonly Found[]): Status[] {
  const lines = found.slice(0, MOST_SHOWN).map(statusOf);
  const more = found.length - lines.length;
  return more > 0 ? [...lines, { name: "commands of services", state: "down", note: `${more} more` }] : lines;
}

function statusOf({ service, note = "", since }: Found): Status {
  return { name: `command ${service}`, state: "down", since, note };
}
