import type { Registry } from "@micro-bot/core";
import { type Client, client } from "./client.ts";

const clients = new WeakMap<Registry, Client>();

/** The client that all commands of a bot share, so that they share its connections: one for each registry. */
export function clientOf(registry: Registry): Client {
  const known = clients.get(registry) ?? client({ registry });
  clients.set(registry, known);
  return known;
}
