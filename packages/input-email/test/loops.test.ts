import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServer, noMail, startMail } from "../../../test/servers/mail.ts";
import { ownId } from "../src/ids.ts";
import { Restraint } from "../src/restraint.ts";
import { ALICE, Scene, trust, USERS } from "./support.ts";

const MINUTE = 60_000;

describe("restraint", () => {
  it("allows so many in ten minutes, to each person and in each thread", () => {
    let now = 0;
    const restraint = new Restraint(2, () => now);
    for (let n = 0; n < 2; n++) {
      expect(restraint.allows(["alice", "thread"])).toBe(true);
      restraint.count(["alice", "thread"]);
    }
    expect(restraint.allows(["alice"])).toBe(false);
    expect(restraint.allows(["bob", "thread"])).toBe(false);
    expect(restraint.allows(["bob"])).toBe(true);
    now += 10 * MINUTE;
    expect(restraint.allows(["alice", "thread"])).toBe(true);
  });

  it("never lets more through in any ten minutes, and its memory has a bound", () => {
    const steps = fc.array(fc.tuple(fc.nat(5), fc.nat(3 * MINUTE)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (moves, most) => {
        let now = 0;
        const restraint = new Restraint(most, () => now);
        const passed: [number, number][] = [];
        for (const [who, wait] of moves) {
          now += wait;
          if (!restraint.allows([`${who}`])) continue;
          restraint.count([`${who}`]);
          passed.push([who, now]);
        }
        for (const [who, at] of passed) {
          const lately = passed.filter(([one, time]) => one === who && time <= at && time > at - 10 * MINUTE);
          expect(lately.length).toBeLessThanOrEqual(most);
        }
      }),
    );
    const crowded = new Restraint(1);
    for (let n = 0; n < 30_000; n++) crowded.count([`person ${n}`]);
    expect(crowded.allows(["person 29999"])).toBe(false);
  });
});

describe.skipIf(noMail)("what nobody may answer", () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMail({ users: USERS });
    trust(server);
  });
  afterAll(() => server?.stop());

  /** Whether each of the mails is said to the bot, by what tells them apart. */
  async function addressed(scene: Scene, cases: readonly string[], headersOf: (one: string) => string) {
    const line = await scene.connect();
    for (const one of cases) await scene.raw(headersOf(one));
    const found = [];
    for (const one of cases) found.push([one, (await line.recv()).addressed]);
    return Object.fromEntries(found);
  }

  it("is heard, and runs nothing: what says that a machine, or a list, sent it", async () => {
    const scene = new Scene(server);
    const headers = [
      "Auto-Submitted: auto-replied",
      "Auto-Submitted: auto-generated (a comment)",
      "auto-submitted: auto-notified; owner-email=x@example.org",
      "Precedence: bulk",
      "Precedence: list",
      "Precedence: junk",
      "List-Id: <ops.example.test>",
      "List-Unsubscribe: <mailto:x@example.test>",
      "X-Auto-Response-Suppress: OOF, AutoReply",
      "X-Autoreply: yes",
      "X-Autorespond: gone fishing",
      "Return-Path: <>",
      "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
    ];
    const persons = [
      "Auto-Submitted: no",
      "Auto-Submitted: No (really)",
      "Precedence: first-class",
      "X-Autoreply: no",
    ];
    expect(await addressed(scene, [...headers, ...persons], (header) => scene.headers(header))).toEqual({
      ...Object.fromEntries(headers.map((header) => [header, false])),
      ...Object.fromEntries(persons.map((header) => [header, true])),
    });
  });

  it("is heard, and runs nothing: what comes from an address that nobody reads", async () => {
    const scene = new Scene(server);
    const machines = [
      "mailer-daemon@example.test",
      "Postmaster@example.test",
      "no-reply@example.test",
      "noreply@example.test",
      "donotreply@example.test",
      "owner-ops@example.test",
      "ops-request@example.test",
      "ops-bounces@example.test",
    ];
    const persons = ["norep@example.test", "owner@example.test"];
    const headersOf = (from: string) => scene.headers().replace(/From: .*/u, `From: ${from}`);
    expect(await addressed(scene, [...machines, ...persons], headersOf)).toEqual({
      ...Object.fromEntries(machines.map((from) => [from, false])),
      ...Object.fromEntries(persons.map((from) => [from, true])),
    });
  });

  it("its own mail is dropped, also when somebody passed it on under another name", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await scene.write("one", { from: scene.bot });
    await scene.write("two", { messageId: `<${ownId("x", scene.bot)}>` });
    await scene.write("three", { headers: { "X-Loop": scene.bot } });
    expect((await line.hear("four")).data).toBe("four");
  });

  it("its own bounce is heard, and not answered", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    const body = `--x\r\nContent-Type: text/plain\r\n\r\nUndelivered\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--x--`;
    await scene.raw(
      scene
        .headers("Content-Type: multipart/report; boundary=x\nAuto-Submitted: auto-replied")
        .replace(/From: .*/u, "From: MAILER-DAEMON@example.test"),
      body,
    );
    expect(await line.recv()).toMatchObject({ addressed: false, data: "Undelivered" });
  });

  it("two bots that answer each other come to an end, and a person is told once", async () => {
    const scene = new Scene(server, { email_replies: 3 });
    const line = await scene.connect();
    let answered = 0;
    // The other bot does not say that it is one, and begins a new thread each time.
    for (let n = 0; n < 8; n++) {
      const event = await line.hear(`I know no command ${n}`);
      if (!event.addressed) continue;
      await line.answer(event, `I know no command I ${n}`);
      answered++;
    }
    expect(answered).toBe(3);
    for (let n = 0; n < 3; n++) expect((await server.delivered(ALICE)).text).toMatch(/^I know no command I/u);
    const notice = await server.delivered(ALICE);
    expect(notice.text).toMatch(/answered you often/u);
    expect(notice.headers.get("auto-submitted")).toBe("auto-replied");
    expect((await line.hear("more")).addressed).toBe(false);
    expect(server.waiting(ALICE)).toEqual([]);
    expect(scene.logged()).toMatch(/is not answered/u);
  });

  it("one command's flood of replies ends as well", async () => {
    const scene = new Scene(server, { email_replies: 2 });
    const line = await scene.connect();
    const event = await line.hear("stream");
    await line.answer(event, "1");
    await line.answer(event, "2");
    await expect(line.answer(event, "3")).rejects.toMatchObject({
      code: "failed",
      message: /email_replies/u,
    });
    for (let n = 0; n < 2; n++) await server.delivered(ALICE);
    await line.say("ops@example.test", "what is unasked is not counted");
  });

  it("a thread of forty answers is long enough", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    const references = Array.from({ length: 40 }, (_, n) => `<${ownId(`${n}`, scene.bot)}>`);
    expect((await line.hear("ping", { references: references.slice(1) })).addressed).toBe(true);
    expect((await line.hear("ping", { references })).addressed).toBe(false);
    expect((await server.delivered(ALICE)).text).toMatch(/begin a new one/u);
  });
});
