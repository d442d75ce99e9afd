import { BotError, type Json, type Store } from "@micro-bot/core";
import { RecentMap, writeIf } from "@micro-bot/kit";
import { type Account, inputOf, isOwn } from "./account.ts";
import { digest, newCode, readCode, update } from "./records.ts";

/** How long a code may be said, in milliseconds. */
const CODE_LIVES = 600_000;
const LETTERS = 10;
/** Codes asked for, and wrong ones said, by one account in that time. */
const MOST = 5;
/** Accounts of one person. */
const LARGEST = 10;
/** People whose links are remembered for questions that cannot wait. */
const MAX_REMEMBERED = 10_000;

/** A code that waits: who may say it, and what it is about. */
interface Code {
  readonly sayer: Account;
  readonly from: Account;
  readonly to: Account;
  /** The second code, which is shown to the new account and said on the old one, ends it. */
  readonly last: boolean;
}

/** What saying a code came to. */
export type Linked =
  | { readonly state: "half"; readonly from: Account; readonly code: string }
  | { readonly state: "linked"; readonly accounts: readonly Account[] };

/**
 * Accounts that one person has proved to hold. The account that has rights begins. It is shown a code that only the new
 * account may say; that is shown one that only the first may say. So whoever links has both in hand, and a code that
 * is overheard or guessed is of no use to anybody else.
 */
export class Links {
  readonly #store: Store;
  readonly #known = new RecentMap<Account, readonly Account[]>(MAX_REMEMBERED);

  constructor(store: Store) {
    this.#store = store;
  }

  /** All accounts of the person who has this one. */
  async of(account: Account): Promise<readonly Account[]> {
    const entry = await this.#store.get(linkKey(account));
    const accounts = (entry?.value as readonly Account[] | undefined) ?? [account];
    this.#known.set(account, accounts);
    return accounts;
  }

  /** The same from memory: as it was when the account was last asked for. */
  known(account: Account): readonly Account[] {
    return this.#known.get(account) ?? [account];
  }

  /** Begins: the code that the new account must say. `owner` tells whose an account is. */
  async begin(from: Account, to: Account, owner: (account: Account) => string | undefined): Promise<string> {
    await this.#check(from, to, owner);
    await this.#count(`asked/${digest(from)}`, "you asked for many codes: wait ten minutes");
    return this.#newCode({ sayer: to, from, to, last: false });
  }

  /** A code that an account says. It is used up, whatever comes of it. */
  async redeem(
    account: Account,
    said: string,
    owner: (account: Account) => string | undefined,
  ): Promise<Linked> {
    const tries = `tried/${digest(account)}`;
    const tried = (await this.#store.get(tries))?.value ?? 0;
    if (Number(tried) >= MOST) throw new BotError("limited", "too many wrong codes: wait ten minutes");
    const key = codeKey(readCode(said));
    const entry = await this.#store.get(key);
    const code = entry?.value as unknown as Code | undefined;
    if (!entry || code?.sayer !== account) {
      await this.#count(tries, "too many wrong codes: wait ten minutes");
      throw new BotError(
        "not_found",
        "no such code waits for this account: it may be over, or be meant for another one",
      );
    }
    if (!(await writeIf(this.#store, [{ key, version: entry.version }])))
      throw new BotError("not_found", "the code was said already");
    const { from, to, last } = code;
    await this.#check(from, to, owner);
    if (!last)
      return { state: "half", from, code: await this.#newCode({ sayer: from, from, to, last: true }) };
    return { state: "linked", accounts: await this.#link(from, to) };
  }

  /** Takes an account out of the person's who has `account`. Rejects with `not_found` when it is none of theirs. */
  async unlink(account: Account, other: Account): Promise<readonly Account[]> {
    const accounts = await this.of(account);
    if (accounts.length < 2 || !accounts.includes(other))
      throw new BotError("not_found", `${other} is not linked to ${account}`);
    const rest = accounts.filter((one) => one !== other);
    await this.#write(accounts, rest.length < 2 ? [] : rest);
    return rest;
  }

  async #check(from: Account, to: Account, owner: (account: Account) => string | undefined): Promise<void> {
    if (from === to) throw new BotError("invalid", "that is the account you speak from");
    for (const account of [from, to])
      if (isOwn(account))
        throw new BotError("invalid", `${inputOf(account)} is no network: it cannot be linked`);
    const name = owner(to);
    if (name !== undefined)
      throw new BotError("denied", `${to} is ${name}'s in the access file: whoever keeps that can change it`);
    const [mine, theirs] = [await this.of(from), await this.of(to)];
    if (mine.includes(to)) throw new BotError("invalid", `${to} is linked to you already`);
    if (theirs.length > 1)
      throw new BotError("denied", `${to} is linked to somebody: say 'unlink' there first`);
    if (mine.length >= LARGEST)
      throw new BotError("limited", `you have ${LARGEST} accounts: 'unlink' one first`);
  }

  async #link(from: Account, to: Account): Promise<readonly Account[]> {
    const before = await this.of(from);
    const accounts = [...before, to];
    await this.#write([...before, to], accounts);
    return accounts;
  }

  /** All or nothing: each account's entry names all accounts of its person. */
  async #write(before: readonly Account[], after: readonly Account[]): Promise<void> {
    const entries = await Promise.all(before.map((account) => this.#store.get(linkKey(account))));
    const changes = before.map((account, at) => ({
      key: linkKey(account),
      version: entries[at]?.version ?? 0,
      ...(after.includes(account) && { value: after as Json }),
    }));
    if (!(await writeIf(this.#store, changes)))
      throw new BotError("conflict", "your links changed meanwhile: try again");
    for (const account of before) this.#known.set(account, after.includes(account) ? after : [account]);
  }

  async #newCode(code: Code): Promise<string> {
    const text = newCode(LETTERS);
    await this.#store.write([{ key: codeKey(text), value: { ...code }, version: 0, ttl: CODE_LIVES }]);
    return `${text.slice(0, LETTERS / 2)}-${text.slice(LETTERS / 2)}`;
  }

  async #count(key: string, why: string): Promise<void> {
    await update<number>(this.#store, key, (count = 0) => {
      if (count >= MOST) throw new BotError("limited", why);
      return { value: count + 1, ttl: CODE_LIVES };
    });
  }
}

function linkKey(account: Account): string {
  return `link/${digest(account)}`;
}

// The store does not know the codes themselves.
function codeKey(code: string): string {
  return `code/${digest(code)}`;
}
