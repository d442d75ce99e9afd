import { expect, it } from "vitest";
import { scram } from "../src/scram.ts";

// The exchange of RFC 7677, section 3.
const FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const CHALLENGE = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const FINAL =
  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const PROOF = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

async function begun(nonce = "rOprNGfwEbeRWgbNEkqO") {
  const exchange = scram("user", "pencil", nonce);
  expect((await exchange.next("")).value).toEqual({ text: FIRST });
  return exchange;
}

it("says what RFC 7677's example says, and takes the server's proof", async () => {
  const exchange = await begun();
  expect((await exchange.next(CHALLENGE)).value).toEqual({ text: FINAL });
  expect((await exchange.next(PROOF)).value).toEqual({ text: "", last: true });
});

it.each([
  ["a nonce that is not ours", CHALLENGE.replace("rOpr", "rOpx")],
  ["no nonce of its own", CHALLENGE.replace(/%[^,]*/u, "")],
  ["few rounds", CHALLENGE.replace("4096", "4095")],
  ["endless rounds", CHALLENGE.replace("4096", "99999999")],
  ["no rounds", CHALLENGE.replace("4096", "x")],
  ["nothing", ""],
  ["an extension that it must know", `m=x,${CHALLENGE}`],
])("a challenge with %s is not answered", async (_what, challenge) => {
  const exchange = await begun();
  await expect(exchange.next(challenge)).rejects.toThrow(/./u);
});

it.each(["v=", "v=AAAA", "e=invalid-proof", "", PROOF.replace("6", "7")])(
  "a server that ends with '%s' is not believed",
  async (last) => {
    const exchange = await begun();
    await exchange.next(CHALLENGE);
    await expect(exchange.next(last)).rejects.toThrow(/./u);
  },
);

it("a name may hold what stands between fields", async () => {
  const { value } = await scram("a=b,c", "x", "n").next("");
  expect(value).toEqual({ text: "n,,n=a=3Db=2Cc,r=n" });
});
