import type { Settings } from "./settings.ts";
import type { Place } from "./wire.ts";

/** Where an account's server is: by flag, else by the domain's SRV records (RFC 6120, section 3.2.1), else the domain itself. */
export async function locate({ server, port, tls, account }: Settings): Promise<Place> {
  const usual = tls === "direct" ? 5223 : 5222;
  if (server !== undefined || port !== undefined)
    return { host: server ?? account.domain, port: port ?? usual };
  // Loaded late: a bot that is not on XMPP must not wait for it.
  const { default: dns } = await import("node:dns/promises");
  const records = await dns
    .resolveSrv(`_${tls === "direct" ? "xmpps" : "xmpp"}-client._tcp.${account.domain}`)
    .catch(() => []);
  const [best] = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
  return best && best.name !== ""
    ? { host: best.name, port: best.port }
    : { host: account.domain, port: usual };
}
