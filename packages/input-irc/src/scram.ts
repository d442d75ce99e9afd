import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const HASH = "sha256";
const LENGTH = 32;
/** Rounds a server may ask for: fewer, and who listens finds the password (RFC 7677, section 4); more, and it only costs. */
const ROUNDS = { least: 4096, most: 1_000_000 } as const;
/** `n,,`: no channel binding, nobody else's rights. */
const HEADER = "n,,";

const derived = promisify(pbkdf2);

/** What to answer a server with. After the last, it has nothing more to ask. */
export interface Answer {
  readonly text: string;
  readonly last?: true;
}

/**
 * SCRAM-SHA-256 (RFC 5802 and 7677), the client's side: gives answers, is given challenges. Throws when the server asks
 * for what is unsafe, or does not know the password itself; `nonce` must not be used twice.
 */
export async function* scram(
  user: string,
  password: string,
  nonce: string,
): AsyncGenerator<Answer, void, string> {
  const name = user.normalize("NFKC").replaceAll("=", "=3D").replaceAll(",", "=2C");
  const begin = `n=${name},r=${nonce}`;
  const challenge = yield { text: HEADER + begin };
  const { r, s, i, m } = fieldsOf(challenge);
  if (m !== undefined) throw new Error(`it wants the extension '${m}'`);
  if (!r?.startsWith(nonce) || r.length === nonce.length)
    throw new Error("its nonce is not ours and its own");
  const rounds = /^\d+$/u.test(i ?? "") ? Number(i) : 0;
  if (rounds < ROUNDS.least || rounds > ROUNDS.most)
    throw new Error(`it asks for ${i} rounds, and ${ROUNDS.least} to ${ROUNDS.most} are taken`);
  const salted = await derived(
    password.normalize("NFKC"),
    Buffer.from(s ?? "", "base64"),
    rounds,
    LENGTH,
    HASH,
  );
  const clientKey = hmac(salted, "Client Key");
  const end = `c=${Buffer.from(HEADER).toString("base64")},r=${r}`;
  const signed = [begin, challenge, end].join(",");
  const signature = hmac(createHash(HASH).update(clientKey).digest(), signed);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
  const { v, e } = fieldsOf(yield { text: `${end},p=${proof.toString("base64")}` });
  if (e !== undefined) throw new Error(e);
  const theirs = Buffer.from(v ?? "", "base64");
  const wanted = hmac(hmac(salted, "Server Key"), signed);
  if (theirs.length !== wanted.length || !timingSafeEqual(theirs, wanted))
    throw new Error("it does not know the password: it is not who it says");
  yield { text: "", last: true };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac(HASH, key).update(text).digest();
}

function fieldsOf(message: string): Readonly<Record<string, string | undefined>> {
  const fields = message.split(",").map((field) => [field.slice(0, 1), field.slice(2)]);
  return Object.fromEntries(fields);
}
