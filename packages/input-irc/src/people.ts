interface Person {
  account: string | undefined;
  readonly rooms: Set<string>;
}

/**
 * Who is logged in to which services account, for networks that do not say so with each message. True only for people
 * who share a room with the bot, since the server tells of logins just there; of all others nothing is known. Nicks are
 * compared as the server spells them: were two nicks taken for one, so would be their accounts.
 */
export class People {
  readonly #people = new Map<string, Person>();

  /** Undefined: not logged in, or not known. */
  account(nick: string): string | undefined {
    return this.#people.get(nick)?.account;
  }

  /** Whether it is known that the nick is not this account's now. */
  isAnother(nick: string, account: string): boolean {
    const person = this.#people.get(nick);
    return person !== undefined && person.account !== account;
  }

  /** Is in a room, under an account or (`*`, `0`) none. */
  join(nick: string, room: string, account: string | undefined): void {
    const rooms = this.#people.get(nick)?.rooms ?? new Set<string>();
    this.#people.set(nick, { account: named(account), rooms: rooms.add(room) });
  }

  login(nick: string, account: string | undefined): void {
    const person = this.#people.get(nick);
    if (person) person.account = named(account);
  }

  part(nick: string, room: string): void {
    const rooms = this.#people.get(nick)?.rooms;
    rooms?.delete(room);
    if (rooms?.size === 0) this.#people.delete(nick);
  }

  quit(nick: string): void {
    this.#people.delete(nick);
  }

  rename(nick: string, next: string): void {
    const person = this.#people.get(nick);
    this.#people.delete(nick);
    this.#people.delete(next);
    if (person) this.#people.set(next, person);
  }

  /** The bot itself has left a room. */
  leave(room: string): void {
    for (const nick of [...this.#people.keys()]) this.part(nick, room);
  }

  clear(): void {
    this.#people.clear();
  }
}

function named(account: string | undefined): string | undefined {
  return account === undefined || account === "" || account === "*" || account === "0" ? undefined : account;
}
