import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServer, noMail, startMail } from "../../../test/servers/mail.ts";
import { ALICE, Scene, trust, USERS } from "./support.ts";

const AUTHSERV = "mx.example.test";
const PASS = `Authentication-Results: ${AUTHSERV}; dmarc=pass header.from=example.test`;
const FAIL = `Authentication-Results: ${AUTHSERV}; dmarc=fail header.from=example.test`;

describe.skipIf(noMail)("who wrote a mail", () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMail({ users: USERS });
    trust(server);
  });
  afterAll(() => server?.stop());

  /** The assurance of a mail with each of these headers. */
  async function assurances(
    cases: readonly string[],
    flags: Record<string, unknown> = { email_authserv: AUTHSERV },
  ) {
    const scene = new Scene(server, flags);
    const line = await scene.connect();
    for (const headers of cases) await scene.raw(scene.headers(headers));
    const found = [];
    for (const headers of cases) found.push([headers, (await line.recv()).assurance]);
    return Object.fromEntries(found);
  }

  it("is known by what the named server wrote above all else, and by nothing that came with the mail", async () => {
    const vouched = [
      PASS,
      PASS.replace("; ", ";\n\t").replace("header", "\n header"),
      `Authentication-Results: inner.example; none\n${PASS}`,
      `${PASS}\nAuthentication-Results: ${AUTHSERV}; dmarc=fail header.from=example.test`,
    ];
    const claimed = [
      "",
      FAIL,
      `${FAIL}\n${PASS}`,
      `Authentication-Results: ${AUTHSERV}; none\n${PASS}`,
      `Authentication-Results: ${AUTHSERV}; spf=fail (\n${PASS}`,
      PASS.replace("=example.test", "=evil.example"),
      `X-${PASS}`,
      `ARC-${PASS}`,
      `X-Name: =?utf-8?q?x=0D=0A${PASS.replace(/ /gu, "_").replace(/=/gu, "=3D")}?=`,
    ];
    expect(await assurances([...vouched, ...claimed])).toEqual({
      ...Object.fromEntries(vouched.map((headers) => [headers, 1])),
      ...Object.fromEntries(claimed.map((headers) => [headers, 0])),
    });
  });

  it("is a claim when no server was named, or another", async () => {
    expect(await assurances([PASS], {})).toEqual({ [PASS]: 0 });
    expect(await assurances([PASS], { email_authserv: "example.test" })).toEqual({ [PASS]: 0 });
  });

  it("is nobody when From names nobody in particular: the mail is passed over", async () => {
    const scene = new Scene(server, { email_authserv: AUTHSERV });
    const line = await scene.connect();
    const froms = {
      "two headers": `From: ${ALICE}\nFrom: mallory@example.org`,
      "two addresses": `From: ${ALICE}, mallory@example.org`,
      "no From": "X-From: nobody",
      "a group": `From: team: ${ALICE};`,
      "a mask before the address": `From: ${ALICE} <mallory@example.org>`,
      "an unfinished quote": `From: "${ALICE}`,
      "a NUL": `From: ${ALICE}\0 <mallory@example.org>`,
      "a source route": `From: <@example.org:${ALICE}>`,
      "an encoded address": "From: =?utf-8?q?alice=40example.test?=",
    };
    for (const from of Object.values(froms))
      await scene.raw(`${PASS}\n${scene.headers().replace(/From: .*/u, from)}`);
    expect((await line.hear("the next")).data).toBe("the next");
    expect(scene.logged().match(/passed over/gu)).toHaveLength(Object.keys(froms).length);
  });

  it("is who the address says, whatever the name says", async () => {
    const scene = new Scene(server, { email_authserv: AUTHSERV });
    const line = await scene.connect();
    const names = [
      `"${ALICE}" <mallory@example.org>`,
      "=?utf-8?q?alice=40example.test?= <mallory@example.org>",
      `Alice (${ALICE}) <mallory@example.org>`,
      `"a\\" <${ALICE}>, x" <mallory@example.org>`,
      "Alice\n\t<mallory@example.org>",
    ];
    for (const name of names)
      await scene.raw(`${PASS}\n${scene.headers().replace(/From: .*/u, `From: ${name}`)}`);
    for (const name of names) {
      const event = await line.recv();
      expect(event, name).toMatchObject({ from: { person: "mallory@example.org" }, assurance: 0 });
    }
  });

  it("an answer goes to From, never to Reply-To", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await line.answer(await line.hear("ping", { replyTo: "mallory@example.org" }), "pong");
    expect((await server.delivered(ALICE)).envelope.to).toEqual([ALICE]);
  });
});
