import { createHash } from "node:crypto";
import { domainOf } from "./address.ts";

/** The Message-ID of what the bot says: the same for the same event, so that a mail sent twice can be told. */
export function ownId(eventId: string, address: string): string {
  return `micro.${createHash("sha256").update(eventId).digest("hex").slice(0, 32)}@${domainOf(address)}`;
}

export function isOwnId(id: string, address: string): boolean {
  return /^micro\.[0-9a-f]{32}@/u.test(id) && domainOf(id) === domainOf(address);
}
