import { BotError, codeOf, messageOf, type Status } from "@micro-bot/core";
import type { Client } from "./client.ts";
import { allServices } from "./queries.ts";
import { isObject } from "./tags.ts";

/** What Consul lets whoever has this token see. */
export interface Rights {
  /**
   * Consul showed nothing of what was asked for: all services, or those of one name. To whoever lacks rights it shows less
   * and says nothing of that. Throws `denied` when it must be so.
   */
  nothingSeen(name?: string): Promise<void>;
  /** It showed something. */
  seen(): void;
  /** Notes an error that is a refusal. */
  note(error: unknown): void;
  /** The registry's line of `status`, which is not up while Consul refuses. */
  line(status: Status): Status;
}

/** Milliseconds for which it is believed that Consul controls no access. */
const BELIEVED = 60_000;

const READ = 'service_prefix "" and node_prefix "" with policy "read"';

export function newRights(client: Client): Rights {
  let refusal: { readonly words: string; readonly since: number } | undefined;
  let open = 0;

  function refused(words: string): BotError {
    if (refusal?.words !== words) refusal = { words, since: refusal?.since ?? Date.now() };
    return new BotError("denied", words);
  }

  // Consul's servers always list their own service: a list without any is one that was hidden.
  async function anythingListed(name: string | undefined): Promise<boolean> {
    const { body } = await client.read(allServices);
    const names = Object.keys(isObject(body) ? body : {});
    if (names.length === 0)
      throw refused(
        `consul at ${client.address()} shows no service at all to this token, not even its own: --consul_token must name one that may read services (${READ})`,
      );
    return name !== undefined && names.includes(name);
  }

  return {
    async nothingSeen(name) {
      if (Date.now() < open) return;
      const access = await client.access();
      if (access === "off") {
        open = Date.now() + BELIEVED;
        refusal = undefined;
        return;
      }
      if (access === "unknown")
        throw refused(
          `consul at ${client.address()} refuses: it shows nothing without a token that it knows; --consul_token must name one that may read services (${READ})`,
        );
      if (await anythingListed(name))
        throw refused(
          `consul at ${client.address()} lists '${name}' and shows none of its nodes: --consul_token must name a token that may read nodes, too (${READ})`,
        );
    },
    seen() {
      refusal = undefined;
    },
    note(error) {
      if (codeOf(error) === "denied") refused(messageOf(error));
    },
    line: (status) =>
      refusal && status.state !== "stopped" && status.state !== "down"
        ? { ...status, state: "down", since: refusal.since, note: refusal.words }
        : status,
  };
}
