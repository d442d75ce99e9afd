import { randomBytes } from "node:crypto";
import { type Answer, scram } from "./scram.ts";

/** Ways to log in, the best first: RFC 4422 (EXTERNAL), RFC 7677, RFC 4616. */
export const MECHANISMS = ["EXTERNAL", "SCRAM-SHA-256", "PLAIN"] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** What a login may use. */
export interface Credentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** There is a client certificate. */
  readonly certificate: boolean;
  /** The only one to use. */
  readonly mechanism?: Mechanism | undefined;
}

/** IRCv3 SASL 3.1: of base64, in one line; one that is shorter is the last. */
const CHUNK = 400;
/** Of base64, of one challenge. */
const LONGEST = 8192;

/** Ways that these credentials could log in by, the best first. */
export function usable({ user, certificate, mechanism }: Credentials): readonly Mechanism[] {
  const all = MECHANISMS.filter((name) => (name === "EXTERNAL" ? certificate && !user : user !== undefined));
  return mechanism === undefined ? all : [mechanism];
}

/**
 * The way to log in, where a server offers these (`sasl=PLAIN,EXTERNAL`, or `sasl` alone when it does not say).
 * Undefined: none of them.
 */
export function chosen(credentials: Credentials, offered: string): Mechanism | undefined {
  const ways = usable(credentials);
  // What an old server has is tried: it most likely has PLAIN.
  if (offered === "") return ways.at(-1);
  const names = new Set(offered.toUpperCase().split(","));
  return ways.find((name) => names.has(name));
}

/** One login: AUTHENTICATE lines come in, and their answers go out. */
export class Login {
  readonly mechanism: Mechanism;
  readonly #answers: AsyncGenerator<Answer, void, string>;
  readonly #write: (line: string) => void;
  #challenge = "";
  #over = false;

  constructor(mechanism: Mechanism, credentials: Credentials, write: (line: string) => void) {
    this.mechanism = mechanism;
    this.#write = write;
    this.#answers = answersOf(mechanism, credentials);
  }

  /** Whether the server has answered all that it must: one that says yes before is not who it says. */
  get over(): boolean {
    return this.#over;
  }

  /** A line of a challenge, `+` for an empty one. Rejects when the server is not to be trusted. */
  async take(line: string): Promise<void> {
    if (line !== "+") this.#challenge += line;
    if (this.#challenge.length > LONGEST) throw new Error("its challenge is too long");
    if (line.length === CHUNK) return;
    const challenge = Buffer.from(this.#challenge, "base64").toString("utf8");
    this.#challenge = "";
    const { value, done } = await this.#answers.next(challenge);
    if (done) throw new Error("it asks for more than there is to say");
    if (value.last) this.#over = true;
    for (const chunk of chunksOf(Buffer.from(value.text).toString("base64")))
      this.#write(`AUTHENTICATE ${chunk}`);
  }
}

async function* answersOf(
  mechanism: Mechanism,
  { user = "", password = "" }: Credentials,
): AsyncGenerator<Answer, void, string> {
  if (mechanism === "EXTERNAL") yield { text: "", last: true };
  else if (mechanism === "PLAIN") yield { text: `${user}\0${user}\0${password}`, last: true };
  else yield* scram(user, password, randomBytes(24).toString("base64url"));
}

function chunksOf(base64: string): string[] {
  const chunks = base64.match(/.{1,400}/gu) ?? [];
  // A last chunk that is full would be waited for.
  return base64.length % CHUNK === 0 ? [...chunks, "+"] : chunks;
}
