import type { Heard, Peer } from "@micro-bot/testkit";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { MailServer } from "../../../test/servers/mail.ts";

export const BOT = "bot@example.test";
export const PASSWORD = "the bot's own";
export const USERS: Readonly<Record<string, string>> = {
  [BOT]: PASSWORD,
  "alice@example.test": "alice's",
  "bob@example.test": "bob's",
  "ops@example.test": "ops'",
};

/** Two people who write to the bot, each in a thread of their own. */
export class Correspondents {
  readonly #server: MailServer;
  readonly #post: (mail: SendMailOptions) => Promise<void>;

  constructor(server: MailServer, post: (mail: SendMailOptions) => Promise<void>) {
    this.#server = server;
    this.#post = post;
  }

  /** Hands a mail for the bot to whoever listens there. */
  static async post(port: number, mail: SendMailOptions): Promise<void> {
    const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true });
    await transport.sendMail({ envelope: { from: "sender@example.test", to: [BOT] }, ...mail });
  }

  peer(): Pick<Peer, "people" | "say" | "overhear" | "heard" | "own" | "forge"> {
    const write = (person: string, text: string, more: SendMailOptions = {}) =>
      this.#post({
        from: `${person} <${person}@example.test>`,
        to: BOT,
        subject: "a talk",
        references: [`<talk-with-${person}@example.test>`],
        text,
        ...more,
      });
    return {
      people: ["alice", "bob"],
      say: (text, person = "alice") => write(person, text),
      overhear: (text) => write("alice", text, { to: "ops@example.test" }),
      forge: (text) =>
        write("alice", text, { from: "alice <alice@example.test>", sender: "mallory@example.test" }),
      own: (text) => write("bot", text),
      heard: () => this.#heard(),
    };
  }

  readonly #pending = new Map<string, Promise<Heard & { name: string }>>();

  async #heard(): Promise<Heard> {
    for (const name of ["alice", "bob"])
      if (!this.#pending.has(name)) this.#pending.set(name, this.#next(name));
    const { name, ...heard } = await Promise.race(this.#pending.values());
    this.#pending.delete(name);
    return heard;
  }

  async #next(name: string): Promise<Heard & { name: string }> {
    const { text = "", attachments } = await this.#server.delivered(`${name}@example.test`);
    const files = attachments.map(({ content }) => content.toString());
    return { name, to: name, text: [text.trimEnd(), ...files].join("\n") };
  }
}
