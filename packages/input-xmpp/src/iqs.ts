import { BotError } from "@micro-bot/core";
import type { Element } from "./element.ts";
import { bareJid, formatJid, type Jid, parseJid } from "./jid.ts";
import { type Tag, tag } from "./tag.ts";

const PING = "urn:xmpp:ping";
const DISCO = "http://jabber.org/protocol/disco#info";
const FEATURES = [DISCO, PING, "http://jabber.org/protocol/muc", "jabber:x:conference"];

interface Asked {
  readonly to: string | undefined;
  readonly resolve: (answer: Element) => void;
  readonly reject: (error: BotError) => void;
  readonly timer: NodeJS.Timeout;
}

export interface IqsOptions {
  readonly name: string;
  readonly me: Jid;
  readonly timeout: number;
  readonly send: (iq: Tag) => void;
}

/** Questions and answers of programs: RFC 6120, section 8.2.3. */
export class Iqs {
  readonly #options: IqsOptions;
  readonly #asked = new Map<string, Asked>();

  constructor(options: IqsOptions) {
    this.#options = options;
  }

  /** Resolves with the answer, also when it is an error. */
  ask(type: "get" | "set", to: string | undefined, payload: Tag): Promise<Element> {
    const { promise, resolve, reject } = Promise.withResolvers<Element>();
    const id = crypto.randomUUID();
    const { name, timeout, send } = this.#options;
    const late = () => {
      this.#asked.delete(id);
      reject(
        new BotError("timeout", `[input-${name}] ${to ?? "the server"} did not answer in ${timeout} ms`),
      );
    };
    this.#asked.set(id, { to, resolve, reject, timer: setTimeout(late, timeout) });
    send(tag("iq", { type, id, to }, payload));
    return promise;
  }

  /** XEP-0199. Resolves when the answer is there, whatever it is. */
  ping(to: string | undefined): Promise<Element> {
    return this.ask("get", to, tag("ping", { xmlns: PING }));
  }

  /** Reads an iq: settles a question of ours, or answers one. */
  handle(iq: Element): void {
    const { type, id = "", from, to } = iq.attrs;
    if (type === "get" || type === "set") {
      this.#options.send(tag("iq", { ...this.#answer(iq), id, to: from, from: to }, ...this.#payload(iq)));
      return;
    }
    const asked = this.#asked.get(id);
    if (!asked || !this.#isOf(asked.to, from)) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.resolve(iq);
  }

  end(error: BotError): void {
    for (const { timer, reject } of this.#asked.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#asked.clear();
  }

  // Somebody else may guess an id. The server itself may answer by no name, by its own, or by the account's.
  #isOf(to: string | undefined, from: string | undefined): boolean {
    const sender = parseJid(from ?? "");
    if (to !== undefined) return sender !== undefined && formatJid(sender) === formatJid(parseJid(to)!);
    const { me } = this.#options;
    return !sender || [formatJid(me), bareJid(me), me.domain].includes(formatJid(sender));
  }

  #known(iq: Element): "ping" | "disco" | undefined {
    if (iq.attrs.type !== "get") return undefined;
    if (iq.getChild("ping", PING)) return "ping";
    return iq.getChild("query", DISCO) && !iq.getChild("query", DISCO)!.attrs.node ? "disco" : undefined;
  }

  #answer(iq: Element): { type: string } {
    return { type: this.#known(iq) ? "result" : "error" };
  }

  #payload(iq: Element): Tag[] {
    const known = this.#known(iq);
    if (known === "ping") return [];
    if (known === "disco") {
      const identity = tag("identity", { category: "client", type: "bot", name: "Micro Bot" });
      return [
        tag(
          "query",
          { xmlns: DISCO },
          identity,
          ...FEATURES.map((feature) => tag("feature", { var: feature })),
        ),
      ];
    }
    const condition = tag("service-unavailable", { xmlns: "urn:ietf:params:xml:ns:xmpp-stanzas" });
    return [tag("error", { type: "cancel" }, condition)];
  }
}
