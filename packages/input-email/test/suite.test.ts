import tls from "node:tls";
import { type Peer, testInput } from "@micro-bot/testkit";
import { freePort } from "../../../test/servers/lib.ts";
import { noMail, startMail } from "../../../test/servers/mail.ts";
import { startProxy } from "../../../test/servers/proxy.ts";
import { email } from "../src/plugin.ts";
import { BOT, Correspondents, PASSWORD, USERS } from "./correspondents.ts";

async function byImap(): Promise<Peer> {
  const server = await startMail({ users: USERS });
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), server.ca]);
  const proxy = await startProxy(server.imapPort);
  const people = new Correspondents(server, (mail) => server.deliver(BOT, mail));
  return {
    ...people.peer(),
    values: {
      email_address: BOT,
      email_imap_server: "127.0.0.1",
      email_imap_port: proxy.port,
      email_smtp_server: "127.0.0.1",
      email_smtp_port: server.smtpPort,
      email_password: PASSWORD,
      email_replies: 10_000,
    },
    secrets: [PASSWORD, Buffer.from(`\0${BOT}\0${PASSWORD}`).toString("base64")],
    wrong: { email_password: "open barley" },
    async again() {
      proxy.drop();
    },
    before: (text) => server.deliver(BOT, { from: "alice@example.test", to: BOT, subject: "old", text }),
    async drop() {
      proxy.drop();
    },
    async stop() {
      await proxy.stop();
      await server.stop();
    },
  };
}

async function asExchanger(): Promise<Peer> {
  const server = await startMail({ users: USERS });
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), server.ca]);
  const port = await freePort();
  // As a mail server does: one mail after the other, and nobody waits for it.
  let queue: Promise<unknown> = Promise.resolve();
  const people = new Correspondents(server, async (mail) => {
    queue = queue.then(() => Correspondents.post(port, mail)).catch(() => {});
  });
  return {
    ...people.peer(),
    values: {
      email_address: BOT,
      email_listen: `127.0.0.1:${port}`,
      email_smtp_server: "127.0.0.1",
      email_smtp_port: server.smtpPort,
      email_password: PASSWORD,
      email_replies: 10_000,
    },
    secrets: [PASSWORD, Buffer.from(`\0${BOT}\0${PASSWORD}`).toString("base64")],
    stop: () => server.stop(),
  };
}

testInput({
  name: "email by IMAP",
  create: email,
  peer: byImap,
  missing: ["email_imap_server", "email_password"],
  timeout: 20_000,
  burst: 25,
  ...(noMail && { skip: noMail }),
});

const NO_CONNECTION = "a mail exchanger has no connection of its own that could be cut";

testInput({
  name: "email as mail exchanger",
  create: email,
  peer: asExchanger,
  missing: ["email_listen"],
  timeout: 20_000,
  burst: 25,
  skip: noMail ?? {
    "a dropped connection gives not_connected and a new one works": NO_CONNECTION,
    "a send on a lost connection rejects with not_connected": NO_CONNECTION,
    "a credential that is refused is config, and names its flag": "nobody is signed in to when it connects",
    "what the network delivers again has the same id":
      "the sender's server sends again, hours later; exchanger.test.ts does",
    "what was said before it came is not taken for new":
      "mail that cannot be delivered waits at its sender's",
  },
});
