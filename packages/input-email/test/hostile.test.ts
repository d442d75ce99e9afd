import { gzipSync } from "node:zlib";
import { fakePluginContext } from "@micro-bot/testkit";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServer, noMail, startMail } from "../../../test/servers/mail.ts";
import { Mailbox } from "../src/mailbox.ts";
import { Position } from "../src/position.ts";
import { readSettings } from "../src/settings.ts";
import { ALICE, Scene, startFreezer, trust, USERS } from "./support.ts";

describe.skipIf(noMail)("hostile mail", () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMail({ users: USERS });
    trust(server);
  });
  afterAll(() => server?.stop());

  it("one that is too large is refused with a notice, not read, and flagged for people", async () => {
    const scene = new Scene(server, { email_size: 20_000 });
    const line = await scene.connect();
    await scene.write("x".repeat(40_000));
    expect((await line.hear("ping")).data).toBe("ping");
    const notice = await server.delivered(ALICE);
    expect(notice).toMatchObject({ subject: "Re: a talk", text: expect.stringMatching(/up to 20 kB/u) });
    expect(notice.inReplyTo).toMatch(/^<bot/u);
    expect(scene.logged()).toMatch(/put aside: Your mail is too large/u);
  });

  it("one that is too large and automatic gets no notice", async () => {
    const scene = new Scene(server, { email_size: 20_000 });
    const line = await scene.connect();
    await scene.write("x".repeat(40_000), { headers: { "Auto-Submitted": "auto-generated" } });
    expect((await line.hear("ping")).data).toBe("ping");
    expect(server.waiting(ALICE)).toEqual([]);
  });

  const nested = (depth: number) => {
    const parts = Array.from(
      { length: depth },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
    );
    return `--b\r\n${parts.join("")}Content-Type: text/plain\r\n\r\nping`;
  };

  it.each([
    ["3000 parts in one another", nested(3000)],
    ["5000 parts side by side", `${"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(5000)}--b--`],
    ["a part of 300 kB of headers", `--b\r\n${"X-Long: y\r\n".repeat(30_000)}\r\nping\r\n--b--`],
  ])("one with %s is told once, put aside, and not tried again", async (_, body) => {
    const scene = new Scene(server);
    const first = await scene.connect();
    await scene.raw(scene.headers("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b"), body);
    expect((await first.hear("ping")).data).toBe("ping");
    expect((await server.delivered(ALICE)).text).toMatch(/could not read your mail/u);
    await first.input.stop();
    const second = await scene.connect();
    expect((await second.hear("pong")).data).toBe("pong");
    expect(server.waiting(ALICE)).toEqual([]);
    expect(scene.logged().match(/put aside/gu)).toHaveLength(1);
  });

  it.each([
    [
      "a zip bomb, which stays shut",
      (scene: Scene) =>
        scene.write("ping", {
          attachments: [{ filename: "a.gz", content: gzipSync(Buffer.alloc(200_000_000)) }],
        }),
    ],
    [
      "100 parts in one another",
      (scene: Scene) =>
        scene.raw(scene.headers("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b"), nested(100)),
    ],
    [
      "an unknown character set",
      (scene: Scene) => scene.raw(scene.headers("Content-Type: text/plain; charset=klingon")),
    ],
    ["an unknown encoding", (scene: Scene) => scene.raw(scene.headers("Content-Transfer-Encoding: base65"))],
    [
      "a file name that leaves its folder",
      (scene: Scene) =>
        scene.write("ping", { attachments: [{ filename: "../../etc/passwd", content: "x" }] }),
    ],
    [
      "a header named __proto__",
      (scene: Scene) => scene.raw(scene.headers("__proto__: polluted\nconstructor: x")),
    ],
    [
      "deep HTML that nobody sees",
      (scene: Scene) =>
        scene.write("ping", { html: `<p>ping</p>${"<div>".repeat(400)}${"</div>".repeat(400)}` }),
    ],
  ])("one with %s says what it says", async (_, write) => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await write(scene);
    const { data } = await line.recv();
    expect(["ping", "a talk"]).toContain(data);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect((await line.hear("pong")).data).toBe("pong");
  });

  it("one with HTML that is too deep runs nothing, and is told", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await scene.raw(scene.headers("Content-Type: text/html"), `ping<br>${"<div>".repeat(5000)}`);
    expect(await line.recv()).toMatchObject({ addressed: false });
    expect((await server.delivered(ALICE)).text).toMatch(/could not read the text of your mail: its HTML/u);
    expect((await line.hear("pong")).data).toBe("pong");
  });

  it("ids and subjects that would break a header do not", async () => {
    const scene = new Scene(server);
    const line = await scene.connect();
    await scene.raw(
      scene
        .headers("References: <a@b> <\u00e9@x> <c d@e> junk <f@g>\nIn-Reply-To: <x@y>")
        .replace(/Subject: .*/u, "Subject: =?utf-8?q?x=0D=0ABcc:_eve=40example.org=0D=0A=0D=0Abody?=")
        .replace(/Message-ID: .*/u, 'Message-ID: <weird(id)"@example.test>'),
    );
    const event = await line.recv();
    expect(event).toMatchObject({ data: "ping", meta: { references: ["a@b", "f@g"] } });
    await line.answer(event, "pong");
    const answer = await server.delivered(ALICE);
    expect(answer.envelope.to).toEqual([ALICE]);
    expect(answer.bcc).toBeUndefined();
    expect(answer.text!.trim()).toBe("pong");
    expect(answer.subject).toBe("Re: x Bcc: eve@example.org body");
    expect(answer.inReplyTo).toBe('<weird(id)"@example.test>');
  });

  it("a server that goes silent is found out, and the connection ended", async () => {
    const freezer = await startFreezer(server.imapPort);
    const scene = new Scene(server, { email_imap_port: freezer.port, email_timeout: "2s" });
    const line = await scene.connect();
    await line.hear("ping");
    freezer.freeze();
    await expect(line.conn.recv()).rejects.toMatchObject({
      code: "not_connected",
      message: /no answer to NOOP in 2000 ms/u,
    });
  });

  it("a mail at which the connection broke three times is put aside unread", async () => {
    const scene = new Scene(server);
    const values = readSettings(fakePluginContext(scene.values as never).flags);
    const { log } = scene;
    const position = new Position(scene.store, "test", log);
    const reading = { uid: 0, times: 0 };
    // A server's or a library's fault, at one mail.
    class Breaking extends ImapFlow {
      override async fetchOne(...[uid, query, options]: Parameters<ImapFlow["fetchOne"]>) {
        const mail = await super.fetchOne(uid, query, options);
        const source = mail ? mail.source : undefined;
        if (source?.includes("poison")) this.close();
        return mail;
      }
    }
    const texts: string[] = [];
    let connections = 0;
    for (let left = 2; left > 0 && connections < 10; connections++) {
      const over = Promise.withResolvers<void>();
      const mailbox = new Mailbox({ ImapFlow: Breaking }, values.mailbox!, { position, reading, log });
      await mailbox.open({
        async receive(letter) {
          texts.push(letter.source.toString().split("\r\n\r\n")[1]!.trim());
          await letter.done();
          if (--left === 0) over.resolve();
        },
        end: () => over.resolve(),
      });
      if (connections === 0) for (const text of ["one", "poison", "two"]) await scene.write(text);
      await over.promise;
      await mailbox.close();
    }
    expect(texts).toEqual(["one", "two"]);
    expect(connections).toBe(4);
    expect(scene.logged()).toMatch(/broke again and again/u);
  });
});
