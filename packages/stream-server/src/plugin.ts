import { BotError, type Flag, messageOf, type Status, type Stream, type Values } from "@micro-bot/core";
import { aborted } from "@micro-bot/kit";
import type { RouteAnswer, Service } from "@micro-bot/micro";

const flags = [
  {
    name: "server_name",
    default: "go.micro.bot",
    usage: "Name under which the bot is registered as a service",
  },
  {
    name: "server_address",
    default: "127.0.0.1:0",
    usage: "Where the bot serves Debug.Health, /health and /ready, as host:port; port 0 is any free one",
  },
  { name: "server_advertise", usage: "Host by which others reach the bot, when it is not where it listens" },
  {
    name: "register_ttl",
    type: "number",
    default: 90,
    usage: "Seconds until the registry forgets a bot that does not renew",
  },
  { name: "register_interval", type: "number", default: 30, usage: "Seconds between renewals" },
] as const satisfies readonly Flag[];

const name = "server";

/**
 * The bot as a service among services: registered like any other, answering `Debug.Health` and `Debug.Stats`, and on
 * the same port plain `GET /health` (it runs) and `GET /ready` (at least one input is up), for a load balancer.
 */
export function server(): Stream {
  let values: Values<typeof flags>;
  let listen: { readonly host: string; readonly port: number };
  let status: () => Status | undefined = () => undefined;

  return {
    name,
    flags: () => flags,

    init(ctx) {
      values = ctx.flags(flags);
      listen = hostPort(values.server_address);
      if (["0.0.0.0", "::"].includes(listen.host) && values.server_advertise === undefined)
        throw new BotError(
          "config",
          `[stream-server] server_address ${listen.host} is every address: say by --server_advertise=HOST which one others shall use`,
        );
      const { register_ttl, register_interval } = values;
      if (!(register_interval > 0))
        throw new BotError("config", "[stream-server] register_interval must be more than 0");
      if (!(register_ttl > register_interval))
        throw new BotError("config", "[stream-server] register_ttl must be more than register_interval");
    },

    async follow(_events, { registry, signal, log, status: parts }) {
      // With it comes the client library, which a single command from the shell has no use for.
      const { debugEndpoints, service } = await import("@micro-bot/micro");
      const own = service({
        name: values.server_name,
        registry,
        describe: debugEndpoints,
        routes: { "/health": () => health(parts()), "/ready": () => ready(parts()) },
        ttl: values.register_ttl * 1000,
        interval: values.register_interval * 1000,
        log,
        ...listen,
        ...(values.server_advertise !== undefined && { advertise: values.server_advertise }),
      });
      try {
        const address = await own.start();
        const since = Date.now();
        const at = `${values.server_name} at ${address}`;
        status = () => statusOf(at, since, own.trouble());
        await aborted(signal);
      } catch (error) {
        const down: Status = { name, state: "down", since: Date.now(), note: messageOf(error) };
        status = () => down;
        throw error;
      } finally {
        await end(own);
      }
    },

    status: () => [status()].filter((line) => line !== undefined),
  };
}

/** It serves in either case; without its place in the registry nobody finds it. */
function statusOf(at: string, since: number, trouble: string | undefined): Status {
  if (trouble === undefined) return { name, state: "up", since, note: at };
  return { name, state: "down", since, note: `${at} serves, and is not registered: ${trouble}` };
}

function hostPort(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new BotError("config", `[stream-server] server_address: '${text}' is not host:port`);
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function health(parts: readonly Status[]): RouteAnswer {
  return json(200, { status: "ok", parts });
}

function ready(parts: readonly Status[]): RouteAnswer {
  const up = parts.filter((part) => part.name.startsWith("input ") && part.state === "up");
  return json(up.length > 0 ? 200 : 503, {
    status: up.length > 0 ? "ready" : "not ready",
    inputs: up.map((part) => part.name.slice(6)),
  });
}

function json(status: number, body: object): RouteAnswer {
  return { status, type: "application/json", body: `${JSON.stringify(body)}\n` };
}

async function end(own: Service): Promise<void> {
  await own.stop().catch(() => undefined);
}
