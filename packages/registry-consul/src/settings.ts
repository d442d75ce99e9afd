import { BotError, type Flag, type PluginContext, type Values } from "@micro-bot/core";
import type { Address, Settings } from "./client.ts";

const flags = [
  {
    name: "registry_address",
    usage:
      "Addresses of Consul as host or host:port; the next one is asked when one does not answer (127.0.0.1:8500)",
    type: "list",
  },
  {
    name: "consul_http_addr",
    usage: "Address of Consul as its own tools take it; registry_address goes before it",
    env: "CONSUL_HTTP_ADDR",
  },
  { name: "consul_token", usage: "ACL token for Consul", secret: true, env: "CONSUL_HTTP_TOKEN" },
  { name: "consul_datacenter", usage: "Datacenter to look for services in (the agent's own)" },
  { name: "consul_tls", usage: "Speak https with Consul", type: "boolean", env: "CONSUL_HTTP_SSL" },
  {
    name: "consul_ca",
    usage: "PEM file of the authority that signed Consul's certificate",
    env: "CONSUL_CACERT",
  },
  {
    name: "consul_timeout",
    usage: "Time that one request to Consul may take",
    type: "duration",
    default: "5s",
  },
] as const satisfies readonly Flag[];

export const declared: readonly Flag[] = flags;

const DEFAULT_PORT = 8500;

/** What holds before `init`. */
export const DEFAULTS: Settings = {
  addresses: [{ host: "127.0.0.1", port: DEFAULT_PORT, secure: false }],
  named: false,
  token: undefined,
  datacenter: undefined,
  ca: undefined,
  timeout: 5_000,
  log: undefined,
};

/** Throws `config` that names the flag at fault. */
export function settingsOf({ flags: read, log }: PluginContext): Settings {
  const values = read(flags);
  const { consul_token: token, consul_timeout: timeout } = values;
  if (token && !/^[\x21-\x7e]+$/.test(token))
    throw new BotError("config", "consul_token holds a character that no token has");
  if (!(timeout > 0)) throw new BotError("config", "consul_timeout must be more than 0, as in 5s");
  return {
    addresses: addressesOf(values),
    named: values.registry_address.length > 0 || values.consul_http_addr !== undefined,
    token: token || undefined,
    datacenter: values.consul_datacenter || undefined,
    ca: values.consul_ca || undefined,
    timeout,
    log,
  };
}

function addressesOf(values: Values<typeof flags>): readonly Address[] {
  const tls = values.consul_tls || values.consul_ca ? "https" : "http";
  const listed = values.registry_address.filter((text) => text !== "");
  if (listed.length > 0) return listed.map((text) => addressOf("registry_address", text, tls));
  if (values.consul_http_addr) return [addressOf("consul_http_addr", values.consul_http_addr, tls)];
  return [addressOf("registry_address", "127.0.0.1", tls)];
}

// Scheme, then [IPv6], name or bare IPv6, then port.
const ADDRESS =
  /^(?:(https?):\/\/)?(?:\[([\da-f:.]+)\]|([^\s:/@?#[\]]+)|([\da-f:.]*:[\da-f:.]*:[\da-f:.]*))(?::(\d{1,5}))?\/?$/i;

function addressOf(flag: string, text: string, usual: string): Address {
  const [, scheme = usual, bracketed, name, bare, port = DEFAULT_PORT] = ADDRESS.exec(text.trim()) ?? [];
  const host = bracketed ?? name ?? bare;
  if (host === undefined || Number(port) > 65_535) {
    // Not repeated when it may hold a password.
    const shown = text.includes("@") ? "one address" : `'${text}'`;
    throw new BotError("config", `${flag}: ${shown} is not host:port`);
  }
  return { host, port: Number(port), secure: scheme.toLowerCase() === "https" };
}
