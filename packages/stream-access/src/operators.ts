import type { Assurance, Command, Event } from "@micro-bot/core";
import { type Account, accountAt, accountOf, claimOf, isOwn } from "./account.ts";

/** Those whom the flag names, and whoever started the bot. */
export class Operators {
  readonly #accounts: ReadonlySet<Account>;

  constructor(named: readonly string[] = []) {
    this.#accounts = new Set(named.map((text) => accountAt("[stream-access] operators", text)));
  }

  has(account: Account | undefined, assurance: Assurance): boolean {
    if (account === undefined || assurance < 1) return false;
    return isOwn(account) && assurance === 2 ? true : this.#accounts.has(account);
  }

  list(): readonly Account[] {
    return [...this.#accounts];
  }

  /** Why the default refuses a command, and what would help; undefined: it does not. */
  refusal(command: Command, event: Event): { readonly why: string; readonly help: string } | undefined {
    if (command.access !== "operator" || this.has(accountOf(event), event.assurance)) return undefined;
    return { why: "is for operators", help: this.#help(event) };
  }

  #help({ from, assurance }: Event): string {
    const claim = claimOf(from);
    if (assurance >= 1) return `You would need --operators=${claim}`;
    return this.#accounts.has(claim)
      ? `You are named in --operators, but nobody vouches that you are ${from.person}: log in to ${from.input}'s accounts and ask again`
      : `You would need --operators=${claim} and an account that ${from.input} vouches for`;
  }
}
