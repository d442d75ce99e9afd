import { BlockList, isIPv6 } from "node:net";
import type { SMTPServer, SMTPServerSession } from "smtp-server";

/** Sessions at once of those who are no relay of ours. */
const MOST_SESSIONS = 100;
/** Of these as many from one address, or from one IPv6 network of 64 bits: whoever has one has all of it. */
const MOST_OF_ADDRESS = 10;
/** Kept for relays of ours, whatever others do. */
const MOST_OF_RELAYS = 20;
/** Times the silence that a client is allowed: within so long a session must have brought a mail, and then the next. */
const PATIENCE = 5;

type Refuse = (code: string, words: string) => Error;

export interface SessionsOptions {
  /** Addresses and networks of relays of ours. */
  readonly relays: BlockList;
  /** How long a client may be silent, in milliseconds. */
  readonly timeout: number;
}

/** Who is connected to the mail exchanger: how many, from where, and how long without a mail. */
export class Sessions {
  /** For the library; it counts relays, too. */
  static readonly MOST: number = MOST_SESSIONS + MOST_OF_RELAYS;
  readonly #server: () => SMTPServer | undefined;
  readonly #options: SessionsOptions;
  readonly #refuse: Refuse;
  readonly #ends = new Map<string, NodeJS.Timeout>();

  constructor(server: () => SMTPServer | undefined, options: SessionsOptions, refuse: Refuse) {
    this.#server = server;
    this.#options = options;
    this.#refuse = refuse;
  }

  /** One begins: gives why it may not. */
  begin(session: SMTPServerSession): Error | undefined {
    const { id, remoteAddress } = session;
    if (!this.isRelay(remoteAddress)) {
      const others = this.#before(id).filter((address) => !this.isRelay(address));
      const network = networkOf(remoteAddress);
      if (others.length >= MOST_SESSIONS)
        return this.#refuse("421", "4.3.2 too many clients: try again later");
      if (others.filter((address) => networkOf(address) === network).length >= MOST_OF_ADDRESS)
        return this.#refuse(
          "421",
          "4.7.0 too many connections from your address: end one, or try again later",
        );
    }
    this.#ends.set(
      id,
      setTimeout(() => this.#late(id), PATIENCE * this.#options.timeout),
    );
    return undefined;
  }

  /** It brought a mail. */
  brought({ id }: SMTPServerSession): void {
    this.#ends.get(id)?.refresh();
  }

  end({ id }: SMTPServerSession): void {
    clearTimeout(this.#ends.get(id));
    this.#ends.delete(id);
  }

  isRelay(address: string): boolean {
    return this.#options.relays.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  }

  // Those that came first count: of many at once, all would be too many.
  #before(id: string): string[] {
    const all = [...(this.#server()?.connections ?? [])];
    const at = all.findIndex((one) => one.id === id);
    return all.slice(0, Math.max(0, at)).map(({ remoteAddress }) => remoteAddress);
  }

  #late(id: string): void {
    for (const connection of this.#server()?.connections ?? [])
      if (connection.id === id) connection.send(421, "4.4.2 no mail came for too long", false);
  }
}

/** Addresses and networks as `127.0.0.1`, `10.0.0.0/8` or `fd00::/8`; throws for what is neither. */
export function relaysOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = "", bits, ...more] = text.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (more.length > 0 || (bits !== undefined && !/^\d{1,3}$/u.test(bits))) throw new Error(text);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** An IPv4 address as it is, and the first 64 bits of an IPv6 one, as the library writes it. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const more = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - groups.length - more.length;
  return [...groups, ...Array<string>(gap).fill("0"), ...more].slice(0, 4).join(":");
}
