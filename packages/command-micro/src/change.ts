import {
  BotError,
  type Command,
  type Context,
  type Node,
  newCommand,
  type Registry,
  type Service,
} from "@micro-bot/core";
import { json, textAfter } from "./services.ts";

type Verb = "register" | "deregister";

interface TypedService extends Omit<Service, "version" | "nodes"> {
  readonly version?: string;
  readonly nodes?: readonly (Omit<Node, "address"> & { readonly address: string; readonly port?: number })[];
}

/** `register service JSON`: a record as go-micro writes it; `address` and `port` apart, as in 2016, are understood. */
export function register(): Command {
  return change("register", "Registers a service", (registry, service) =>
    registry.register(service, { ttl: 0 }),
  );
}

/** `deregister service JSON`: removes the nodes it names. */
export function deregister(): Command {
  return change("deregister", "Deregisters a service", (registry, service) => registry.deregister(service));
}

const EXAMPLE =
  'It is JSON, as in {"name": "orders", "nodes": [{"id": "orders-1", "address": "10.0.0.1", "port": 80}]}; \'get service NAME\' shows what is registered';

function change(
  verb: Verb,
  description: string,
  run: (registry: Registry, service: Service) => Promise<void>,
): Command {
  const usage = `${verb} service [definition]`;
  const exec = async (args: readonly string[], ctx: Context) => {
    if (args[1] !== "service") return `unknown command...\nsupported commands: \n${usage}`;
    const text = textAfter(ctx, args, 2);
    if (text === "") throw new BotError("invalid", "require service definition");
    if (!/^[{[]/u.test(text))
      throw new BotError("invalid", `not a definition: '${text.slice(0, 40)}'. ${EXAMPLE}`);
    const { typedObject } = await json();
    await run(ctx.registry, serviceOf(typedObject<TypedService>(text)));
    return "ok";
  };
  return newCommand(verb, usage, description, exec, { access: "operator" });
}

function serviceOf({ name, version = "", nodes = [], ...rest }: TypedService): Service {
  if (typeof name !== "string" || name === "") throw new BotError("invalid", 'the definition has no "name"');
  if (!Array.isArray(nodes) || nodes.length === 0)
    throw new BotError("invalid", 'the definition has no "nodes"');
  return { ...rest, name, version: String(version), nodes: nodes.map(nodeOf) };
}

function nodeOf({ id, address, port, ...rest }: NonNullable<TypedService["nodes"]>[number]): Node {
  if (typeof id !== "string" || id === "") throw new BotError("invalid", 'a node has no "id"');
  if (typeof address !== "string" || address === "")
    throw new BotError("invalid", `the node '${id}' has no "address"`);
  return { ...rest, id, address: port ? `${address}:${port}` : address };
}
