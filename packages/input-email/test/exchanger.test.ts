import net from "node:net";
import type { Event } from "@micro-bot/core";
import { createTransport, type SendMailOptions } from "nodemailer";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePort, makeCerts, removeDir, tempDir } from "../../../test/servers/lib.ts";
import { type MailServer, noMail, startMail } from "../../../test/servers/mail.ts";
import { ALICE, Scene, trust, USERS } from "./support.ts";

describe.skipIf(noMail)("as mail exchanger", () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMail({ users: USERS });
    trust(server);
  });
  afterAll(() => server?.stop());

  async function scene(values: Record<string, unknown> = {}) {
    const port = await freePort();
    const flags = { email_imap_server: undefined, email_listen: `127.0.0.1:${port}`, ...values };
    const one = new Scene(server, flags);
    const line = await one.connect();
    const post = (more: SendMailOptions = {}, localAddress = "127.0.0.1") =>
      createTransport({ host: "127.0.0.1", port, ignoreTLS: true, localAddress }).sendMail({
        from: ALICE,
        to: one.bot,
        subject: "a talk",
        text: "ping",
        envelope: { from: ALICE, to: [one.bot] },
        ...more,
      });
    return { one, line, post, port };
  }

  it("a mail is answered 250 when it is safe, and not before", async () => {
    const { line, post } = await scene();
    let answered = false;
    const posted = post().then((info) => {
      answered = true;
      return info.response;
    });
    const event = await line.conn.recv();
    expect(event).toMatchObject({ data: "ping", addressed: true, from: { room: ALICE } });
    expect(answered).toBe(false);
    await line.conn.ack!(event);
    expect(await posted).toMatch(/^250 2\.0\.0 /u);
  });

  it("one that could not be kept is answered 451, and comes again with the same id", async () => {
    const { line, post } = await scene({ email_timeout: "1s" });
    const mail = { messageId: "<again@example.test>", date: new Date() };
    const first = post(mail);
    const [lost] = await Promise.all([
      line.conn.recv(),
      expect(first).rejects.toMatchObject({ responseCode: 451 }),
    ]);
    const second = post(mail);
    const event = await line.recv();
    expect(event.id).toBe(lost.id);
    await second;
  });

  it("one that was taken and comes again is answered 250, and is no event", async () => {
    const { line, post } = await scene();
    const mail = { messageId: "<twice@example.test>", date: new Date() };
    await Promise.all([post(mail), line.recv()]);
    await post(mail);
    const [, event] = await Promise.all([post({ text: "pong" }), line.recv()]);
    expect(event.data).toBe("pong");
  });

  it("its end answers 451 to what is under way", async () => {
    const { line, post } = await scene();
    const posted = expect(post()).rejects.toMatchObject({ responseCode: 451 });
    await line.conn.recv();
    await line.conn.close();
    await posted;
    await expect(line.conn.recv()).rejects.toMatchObject({ code: "closed" });
  });

  it("mail for others is refused: it is no relay", async () => {
    const { post } = await scene();
    const envelope = { from: ALICE, to: ["eve@example.org"] };
    await expect(post({ envelope })).rejects.toMatchObject({ responseCode: 550 });
  });

  it("mail that is too large is refused, announced or not", async () => {
    const { line, post, port } = await scene({ email_size: 10_000 });
    await expect(post({ text: "x".repeat(20_000) })).rejects.toMatchObject({ responseCode: 552 });
    const said = await talk(
      port,
      ["EHLO x", `MAIL FROM:<${ALICE}>`, `RCPT TO:<${line.scene.bot}>`, "DATA"],
      `Subject: x\r\n\r\n${"x\r\n".repeat(10_000)}.\r\n`,
    );
    expect(said).toMatch(/^552 /mu);
  });

  it("mail that cannot be read is refused for good", async () => {
    const { one, post } = await scene();
    const raw = `From: ${ALICE}\r\nTo: ${one.bot}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(2000)}`;
    await expect(post({ raw })).rejects.toMatchObject({ responseCode: 554 });
  });

  it("a bounce, which has no sender, is heard and runs nothing", async () => {
    const { line, post, one } = await scene();
    const envelope = { from: "", to: [one.bot] };
    const [, event] = await Promise.all([post({ envelope }), line.recv()]);
    expect(event.addressed).toBe(false);
  });

  it("a server that hands mail on is believed about its sender when it was named, on this machine as elsewhere", async () => {
    const headers = { "Authentication-Results": "mx.example.test; dmarc=pass header.from=example.test" };
    for (const [relays, assurance] of [
      [[], 0],
      [["10.0.0.0/8", "::1"], 0],
      [["127.0.0.0/8"], 1],
      [["127.0.0.1"], 1],
    ] as const) {
      const { line, post } = await scene({ email_authserv: "mx.example.test", email_trusted_relays: relays });
      const [, event] = await Promise.all([post({ headers }), line.recv()]);
      expect({ relays, assurance: event.assurance }).toEqual({ relays, assurance });
    }
  });

  it("many idle connections of one address leave room for others, and for more mail of its own", async () => {
    const { line, post, port } = await scene();
    const greetings = await crowd(port, 20);
    expect(greetings.filter((said) => said.startsWith("220 "))).toHaveLength(10);
    expect(greetings.filter((said) => said.startsWith("421 4.7.0 too many"))).toHaveLength(10);
    const [, event] = await Promise.all([post({ text: "ping" }, "127.0.0.2"), line.recv()]);
    expect(event.data).toBe("ping");
    await expect(post()).rejects.toMatchObject({ message: /421 4\.7\.0 too many connections/u });
  });

  it("idle connections of many addresses leave room for relays that were named", async () => {
    const { line, post, port } = await scene({
      email_authserv: "mx.example.test",
      email_trusted_relays: ["127.0.0.1"],
    });
    for (let n = 2; n < 12; n++)
      expect(await crowd(port, 10, `127.0.0.${n}`)).toEqual(Array(10).fill(expect.stringMatching(/^220 /u)));
    expect(await crowd(port, 1, "127.0.0.12")).toEqual([expect.stringMatching(/^421 4\.3\.2 too many/u)]);
    expect(await crowd(port, 15)).toEqual(Array(15).fill(expect.stringMatching(/^220 /u)));
    const [, event] = await Promise.all([post({ text: "ping" }), line.recv()]);
    expect(event.data).toBe("ping");
  });

  it("a session that brings no mail is ended, however busy it looks", async () => {
    const { port } = await scene({ email_timeout: "1s" });
    const socket = net.connect(port, "127.0.0.1");
    let said = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const drip = setInterval(() => socket.write("x"), 50);
    await new Promise((resolve) => socket.on("error", () => {}).on("close", resolve));
    clearInterval(drip);
    expect(said).toMatch(/^421 4\.4\.2 no mail/mu);
  });

  it("clients that talk nonsense, or hang up, do no harm", async () => {
    const { line, post, port } = await scene();
    for (const words of [
      "GET / HTTP/1.1\r\n\r\n",
      "\0\u00ff\0",
      "x".repeat(100_000),
      "EHLO x\r\nSTARTTLS\r\n\u0016\u0003",
    ])
      await new Promise<void>((resolve) => {
        const socket = net.connect(port, "127.0.0.1", () => socket.write(words, () => socket.destroy()));
        socket.on("error", () => {}).on("close", () => resolve());
      });
    const [, event] = await Promise.all([post(), line.recv()]);
    expect(event.data).toBe("ping");
  });

  it("with a certificate it speaks TLS, and without it does not pretend to", async () => {
    const dir = tempDir("exchanger");
    try {
      const { certFile, keyFile, ca } = makeCerts(dir);
      const { line, one, port } = await scene({ email_cert: certFile, email_key: keyFile });
      const tls = createTransport({ host: "127.0.0.1", port, requireTLS: true, tls: { ca } });
      const envelope = { from: ALICE, to: [one.bot] };
      const [, event] = await Promise.all([
        tls.sendMail({ envelope, from: ALICE, to: one.bot, text: "ping" }),
        line.recv(),
      ]);
      expect(event.data).toBe("ping");
      const plain = await scene();
      expect(await talk(plain.port, ["EHLO x"])).not.toMatch(/STARTTLS|AUTH/u);
    } finally {
      removeDir(dir);
    }
  });

  it("a file that is not there is config, and a port that is taken is not_connected", async () => {
    const values = { email_imap_server: undefined, email_listen: "127.0.0.1:2525" };
    const lacking = new Scene(server, { ...values, email_cert: "/nowhere.pem", email_key: "/nowhere.key" });
    await expect((await lacking.input()).stream()).rejects.toMatchObject({
      code: "config",
      message: /email_cert/u,
    });
    const { port } = await scene();
    const second = new Scene(server, { ...values, email_listen: `127.0.0.1:${port}` });
    await expect((await second.input()).stream()).rejects.toMatchObject({
      code: "not_connected",
      message: /EADDRINUSE/u,
    });
  });

  it("an answer to a mail reaches its sender", async () => {
    const { line, post } = await scene();
    const [, event]: [unknown, Event] = await Promise.all([post(), line.recv()]);
    await line.answer(event, "pong");
    expect((await server.delivered(ALICE)).text!.trim()).toBe("pong");
  });

  /** So many connections that say nothing, until the test is over; gives what each was told. */
  function crowd(port: number, size: number, localAddress = "127.0.0.1"): Promise<string[]> {
    const one = () => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const socket = net.connect({ port, host: "127.0.0.1", localAddress });
      onTestFinished(() => void socket.destroy());
      socket.setEncoding("utf8").on("error", reject).on("data", resolve);
      return promise;
    };
    return Promise.all(Array.from({ length: size }, one));
  }

  /** Says lines, each after an answer, then `more`; gives all that was answered. */
  function talk(port: number, lines: readonly string[], more?: string): Promise<string> {
    const todo = [...lines];
    let said = "";
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => {}).on("close", () => resolve(said));
    socket.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (!/^\d{3} .*\r\n$/mu.test(text)) return;
      const next = todo.shift() ?? more;
      if (next === undefined || said.includes("552 ")) socket.destroy();
      else if (next === more) {
        socket.write(more);
        more = undefined;
      } else socket.write(`${next}\r\n`);
    });
    return promise;
  }
});
