const HOST_PORT = /^(?:([A-Za-z0-9._-]+)|\[([0-9A-Fa-f:.]+)\]|([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)):(\d{1,5})$/;

/** Where to connect. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
  /** As it stands in a URL: with brackets around an IPv6 address. */
  readonly authority: string;
}

/** Reads a node's `host:port`; undefined for anything else, so that a record cannot smuggle in a path or a user. */
export function hostPort(address: string): HostPort | undefined {
  const [, name, bracketed, bare, digits] = HOST_PORT.exec(address) ?? [];
  const port = Number(digits);
  if (digits === undefined || port === 0 || port > 65535) return undefined;
  const host = name ?? bracketed ?? bare!;
  return { host, port, authority: name ? `${name}:${port}` : `[${host}]:${port}` };
}
