import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import type { Random } from "../../soak/random.ts";
import { happens, index, mutateBytes, oddText } from "../bytes.ts";
import { mailOf, mutateMail } from "../mails.ts";
import type { Peer, Target } from "../target.ts";
import { startSmtp } from "./smtp-server.ts";

/** Answers of an IMAP server (RFC 3501), what it says unasked, and mails in its mailbox. */
export const imapTarget: Target = {
  name: "imap",
  about: "answers of an IMAP server, and mails in its mailbox",
  input: "email",
  batch: 100,
  start,
};

const ADDRESS = "bot@example.test";
/** A frame is a mail, in so many; else it is something said unasked. */
const MAILS = 0.5;
/** The answer to the next command is broken, too, in so many. */
const BROKEN_ANSWER = 0.1;
/** How often it is asked to look for a mail. */
const PATIENCE = 20;
const UNASKED: readonly string[] = [
  "* 5 EXISTS",
  "* 1 EXPUNGE",
  "* VANISHED 1:3",
  "* 0 RECENT",
  "* 1 FETCH (FLAGS (\\Seen \\Flagged) UID 7)",
  '* 1 FETCH (UID 7 ENVELOPE ("date" "subject" ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL NIL "<id>"))',
  "* OK [ALERT] the disk is full",
  "* OK [UIDVALIDITY 9] new",
  "* OK [UIDNEXT 9] new",
  "* FLAGS (\\Answered \\Seen)",
  "* SEARCH 1 2 3",
  "* CAPABILITY IMAP4rev1 IDLE",
  "* NO [UNAVAILABLE] later",
  '* LIST (\\HasNoChildren) "/" INBOX',
  "* STATUS INBOX (MESSAGES 5)",
  "+ go on",
  "* 1 FETCH (BODY[] {5}\r\nhello)",
];

async function start(): Promise<Peer> {
  const smtp = await startSmtp();
  const box = new Map<number, Buffer>();
  let next = 1;
  let session: Session | undefined;
  let wanted = "";
  let asked = 0;
  let validity = 7;
  const server = net.createServer((socket) => {
    session = new Session(socket, { box, next: () => next, validity: () => validity });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  function deliver(mail: Buffer): void {
    box.set(next++, mail);
    // The bot reads what is new; the old ones are gone.
    if (box.size > 50) box.delete(box.keys().next().value!);
    session?.say(`* ${box.size} EXISTS`);
  }

  return {
    values: {
      email_address: ADDRESS,
      email_imap_server: "127.0.0.1",
      email_imap_port: (server.address() as AddressInfo).port,
      email_mailbox: "INBOX",
      email_password: "x",
      email_smtp_server: "127.0.0.1",
      email_smtp_port: smtp.port,
      email_plain: true,
      email_timeout: 300,
      email_size: 5_000_000,
      email_replies: 1000,
      email_trusted_relays: [],
    },
    async mutate(random) {
      // As long as there is nobody, a frame would be lost.
      while (!session?.isIn) await new Promise((resolve) => setTimeout(resolve, 2));
      if (happens(BROKEN_ANSWER, random)) session.breakNext(random);
      if (happens(MAILS, random)) deliver(mutateMail(`m${index(1e9, random)}`, ADDRESS, random));
      else session.write(Buffer.from(`${mutateAnswer(random.pick(UNASKED), random)}\r\n`));
      // Lets it be read before the next one.
      await new Promise((resolve) => setImmediate(resolve));
    },
    say(text) {
      const isNew = wanted !== text;
      wanted = text;
      asked = isNew ? 0 : asked + 1;
      // What was broken may have told it of mails to come: then it waits for those, until the mailbox is another one.
      if (asked % PATIENCE === PATIENCE - 1) {
        validity++;
        box.clear();
        session?.close();
      }
      const body = `Content-Type: text/plain\r\n\r\n${text}\r\n`;
      if (asked % PATIENCE === 0) deliver(Buffer.from(mailOf(`s${next}`, ADDRESS, body)));
      else session?.say(`* ${box.size} EXISTS`);
    },
    async stop() {
      session?.close();
      server.close();
      await smtp.stop();
    },
  };
}

function mutateAnswer(text: string, random: Random): string {
  switch (index(5, random)) {
    case 0:
      return text.replace(/\d+/u, random.pick(["0", "-1", "4294967296", "99999999999999999999", "NaN", ""]));
    case 1:
      return text.replace(
        random.pick(["(", ")", '"', "[", "]", "*", " "]),
        random.pick(["", "(", '"', "\\", "NIL"]),
      );
    case 2:
      return text.replace(/\{\d+\}/u, random.pick(["{0}", "{999999999}", "{-1}", "{x}", "{5+}"]));
    case 3:
      return oddText(text, random).replace(/[\r\n]/gu, "");
    default:
      return mutateBytes(Buffer.from(text), random).toString("latin1");
  }
}

interface Mailbox {
  /** Mails by UID. */
  readonly box: ReadonlyMap<number, Buffer>;
  next(): number;
  validity(): number;
}

/** One client of the server. */
class Session {
  readonly #socket: Socket;
  readonly #mailbox: Mailbox;
  #isIn = false;
  #idle = "";
  #broken: Random | undefined;
  #rest = "";

  constructor(socket: Socket, mailbox: Mailbox) {
    this.#socket = socket;
    this.#mailbox = mailbox;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString("latin1")).split("\r\n");
      this.#rest = lines.pop()!;
      for (const line of lines) this.#read(line);
    });
    socket.write("* OK ready\r\n");
  }

  get isIn(): boolean {
    return this.#isIn && this.#socket.writable;
  }

  /** Something in the answer to the next command is changed. */
  breakNext(random: Random): void {
    this.#broken = random;
  }

  say(line: string): void {
    if (this.isIn) this.write(Buffer.from(`${line}\r\n`));
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(line: string): void {
    if (line === "DONE") {
      this.#answer([`${this.#idle} OK done`]);
      return;
    }
    const [tag = "", command = "", ...words] = line.split(" ");
    const name = command.toUpperCase() === "UID" ? `UID ${words[0]?.toUpperCase()}` : command.toUpperCase();
    if (name === "IDLE") this.#idle = tag;
    this.#answer([...this.#untagged(name, words), ...(name === "IDLE" ? [] : [`${tag} OK done`])]);
    if (name === "SELECT") this.#isIn = true;
    if (name === "LOGOUT") this.#socket.end();
  }

  #untagged(name: string, words: readonly string[]): string[] {
    const uids = [...this.#mailbox.box.keys()];
    switch (name) {
      case "CAPABILITY":
        return ["* CAPABILITY IMAP4rev1 IDLE UIDPLUS"];
      case "IDLE":
        return ["+ idling"];
      case "LIST":
        return ['* LIST (\\HasNoChildren) "/" INBOX'];
      case "SELECT":
        return [
          "* FLAGS (\\Seen \\Flagged)",
          `* ${uids.length} EXISTS`,
          `* OK [UIDVALIDITY ${this.#mailbox.validity()}] ok`,
          `* OK [UIDNEXT ${this.#mailbox.next()}] ok`,
        ];
      case "UID SEARCH":
        return [`* SEARCH ${uids.filter((uid) => uid >= Number.parseInt(words.at(-1) ?? "", 10)).join(" ")}`];
      case "UID FETCH":
        return this.#mail(Number.parseInt(words[1] ?? "", 10), words.join(" "));
      case "FETCH":
        return this.#mail(uids.at(-1) ?? 0, words.join(" "));
      case "LOGOUT":
        return ["* BYE"];
      default:
        return [];
    }
  }

  #mail(uid: number, query: string): string[] {
    const mail = this.#mailbox.box.get(uid);
    if (!mail) return [];
    const at = [...this.#mailbox.box.keys()].indexOf(uid) + 1;
    const date = new Date().toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/u, "$1-$2-$3 $4 +0000");
    const about = `UID ${uid} RFC822.SIZE ${mail.length} INTERNALDATE "${date}"`;
    const source = query.includes("BODY") ? ` BODY[]<0> {${mail.length}}\r\n${mail.toString("latin1")}` : "";
    return [`* ${at} FETCH (${about}${source})`];
  }

  #answer(lines: readonly string[]): void {
    const random = this.#broken;
    const bytes = Buffer.from(`${lines.join("\r\n")}\r\n`, "latin1");
    if (!random || !this.#isIn) {
      this.#socket.write(bytes);
      return;
    }
    this.#broken = undefined;
    this.#socket.write(mutateBytes(bytes, random));
  }
}
