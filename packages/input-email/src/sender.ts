import { Readable } from "node:stream";
import { BotError, messageOf } from "@micro-bot/core";
import { ellipsis, oneLine } from "@micro-bot/kit";
import type { SendMailOptions, Transporter } from "nodemailer";

export interface SenderOptions {
  readonly server: string;
  readonly port: number;
  /** Also without TLS, where the server offers none. */
  readonly plain: boolean;
  readonly user: string;
  /** Without one there is no sign-in. */
  readonly password?: string | undefined;
  /** How long the server may be silent, in milliseconds. */
  readonly timeout: number;
}

type Library = Pick<typeof import("nodemailer"), "createTransport">;

/** What nodemailer's errors say beside their words. */
interface Failure {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** RFC 8314, section 7.3: TLS from the first byte. */
const SUBMISSIONS = 465;
/** Greylisting servers ask for one to five minutes. */
const BUSY_PAUSE = 60_000;
/** The server closes the connection: RFC 5321, section 4.2.2; or cannot check a password now: RFC 4954, section 6. */
const AWAY: readonly number[] = [421, 454];

/** Hands mails to an SMTP server, by RFC 5321 and RFC 6409. A connection for each mail, and one try. */
export class Sender {
  readonly #library: Library;
  readonly #options: SenderOptions;

  constructor(library: Library, options: SenderOptions) {
    this.#library = library;
    this.#options = options;
  }

  /** Resolves when the server took it. */
  async send(mail: SendMailOptions): Promise<void> {
    const transport = this.#transport();
    let begun = false;
    transport.use("stream", ({ message }, done) => {
      const create = message.createReadStream.bind(message);
      // It is read when the server has said that it may come: what fails after that may have been taken.
      async function* once() {
        begun = true;
        yield* create();
      }
      message.createReadStream = () =>
        Readable.from(once(), { objectMode: false }) as ReturnType<typeof create>;
      done();
    });
    try {
      await transport.sendMail(mail);
    } catch (error) {
      throw this.#errorOf(error as Failure, begun);
    }
  }

  /** Rejects with `config` when the server does not let the bot in, and with `not_connected` when it cannot be asked. */
  async check(): Promise<void> {
    try {
      await this.#transport().verify();
    } catch (error) {
      const { message } = this.#errorOf(error as Failure, false);
      if (!isRefusedSignIn(error as Failure)) throw new BotError("not_connected", message, { cause: error });
      throw new BotError("config", `${message}: are email_user and email_password right?`, { cause: error });
    }
  }

  #transport(): Transporter {
    const { server, port, plain, user, password, timeout } = this.#options;
    return this.#library.createTransport({
      host: server,
      port,
      secure: port === SUBMISSIONS,
      requireTLS: !plain,
      // Without forceAuth a server that offers no sign-in would get the mail without one.
      ...(password !== undefined && { auth: { user, pass: password }, forceAuth: true }),
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      dnsTimeout: timeout,
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
    });
  }

  #errorOf(failure: Failure, begun: boolean): BotError {
    const { code, responseCode = 0, response } = failure;
    const { server, port } = this.#options;
    const why = response ?? messageOf(failure);
    const error = (of: BotError["code"], what: string, detail = {}) =>
      new BotError(of, `[input-email] ${server}:${port} ${what}: ${ellipsis(oneLine(why), 300)}`, {
        cause: failure,
        detail,
      });
    if (code === "EAUTH") return error("not_connected", `does not let '${this.#options.user}' in`);
    if (responseCode >= 500) return error("failed", "does not take the mail");
    if (AWAY.includes(responseCode)) return error("not_connected", "is not there");
    if (responseCode >= 400)
      return error("limited", "does not take the mail now", { retryAfter: BUSY_PAUSE });
    if (begun) return error("timeout", "may have taken the mail or not");
    return error("not_connected", "cannot be reached");
  }
}

function isRefusedSignIn({ code, responseCode = 0 }: Failure): boolean {
  return code === "EAUTH" && !AWAY.includes(responseCode);
}
