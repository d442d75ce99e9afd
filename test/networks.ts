// People of one network each, who talk to the assembled bot there.
import { DEV, person } from "../packages/input-hipchat/test/company.ts";
import { Person as IrcPerson } from "../packages/input-irc/test/person.ts";
import { BOT, type Slack } from "../packages/input-slack/test/slack.ts";
import type { BotProcess } from "./bot.ts";
import type { MailServer } from "./servers/mail.ts";
import type { Ngircd } from "./servers/ngircd.ts";
import type { Prosody } from "./servers/prosody.ts";
import { Person } from "./servers/xmpp-people.ts";

export type Hear = (text: string) => void;

/** A network, with somebody on it. */
export interface Network {
  /** Says it to the bot there. A promise resolves when the network has it; without one it has it at once. */
  say(text: string): Promise<unknown> | undefined;
  /** Everything that the bot answers from now on, without the name that it begins with. Call it once. */
  hear(each: Hear): void;
  /** Can be taken away, and brought back on the same port. */
  readonly server?: { kill(): Promise<void>; start(): Promise<void> };
  /** Somebody is there again after that. */
  come?(): Promise<void>;
  leave?(): void;
  /**
   * It keeps nothing that is on its way: a message of the instant in which its server is killed may be lost with it, or
   * its answer.
   */
  readonly forgets?: true;
}

export function onConsole(bot: BotProcess): Network {
  return {
    say: (text) => void bot.type(text),
    hear: (each) => void listen(() => bot.printed(/^/), each),
  };
}

/** Messages go from socket to socket, and nobody keeps them. */
export async function onIrc(server: Ngircd): Promise<Network> {
  let alice: IrcPerson;
  let heard: Hear | undefined;
  const hear = () => {
    const one = alice;
    if (heard) void listen(async () => (await one.heard("#ops", /^micro/u)).replace("alice: ", ""), heard);
  };
  const come = async () => {
    alice = await IrcPerson.join(server.port, "alice", { rooms: ["#ops"] });
    hear();
  };
  await come();
  return {
    server,
    forgets: true,
    come,
    leave: () => alice.close(),
    say: (text) => void alice.say("#ops", `micro: ${text}`),
    hear(each) {
      heard = each;
      hear();
    },
  };
}

interface Room {
  readonly address: string;
  readonly join: () => Promise<Person>;
  /** Who the bot is there, how it is called and how it calls whoever speaks. */
  readonly bot: string;
  readonly mention: string;
  readonly mentioned: string;
}

/** A room's history is not for the bot, and a session that could be taken up again (XEP-0198) dies with its server. */
async function inRoom(server: Prosody, { address, join, bot, mention, mentioned }: Room): Promise<Network> {
  let one: Person;
  let heard: Hear | undefined;
  const hear = () => {
    const now = one;
    const next = async () => (await now.heard(`${address}/${bot}`)).replace(mentioned, "");
    if (heard) void listen(next, heard);
  };
  const come = async () => {
    one = await join();
    hear();
  };
  await come();
  return {
    server,
    forgets: true,
    come,
    leave: () => one.close(),
    say: (text) => one.say(address, `${mention} ${text}`),
    hear(each) {
      heard = each;
      hear();
    },
  };
}

/** Alice in the room; `password` is hers. */
export function onXmpp(server: Prosody, address: string, password: string): Promise<Network> {
  const join = async () => {
    const alice = await Person.join({ ...server, user: "alice", password });
    await alice.enter(address, "alice");
    return alice;
  };
  return inRoom(server, { address, join, bot: "micro", mention: "micro:", mentioned: "alice: " });
}

export function onHipchat(server: Prosody): Promise<Network> {
  const join = () => person(server, "1_2", DEV);
  return inRoom(server, {
    address: DEV,
    join,
    bot: "Micro Bot",
    mention: "@MicroBot",
    mentioned: "@AnnExample: ",
  });
}

/** Mail is in its mailbox when its server took it. An answer whose acceptance was cut comes again, and is shown once: RFC 5322 section 3.6.4. */
export function byMail(server: MailServer, from: string, to: string): Network {
  const shown = new Set<string>();
  return {
    server,
    say: (text) => server.deliver(to, { from, to, subject: "to the bot", text }),
    async hear(each) {
      while (true) {
        const { messageId, text } = await server.delivered(from);
        if (messageId && shown.has(messageId)) continue;
        shown.add(messageId ?? "");
        each(text!.trim());
      }
    },
  };
}

/** What is not acknowledged is delivered again, and what was posted is there. */
export function onSlack(server: Slack): Network {
  return {
    server,
    say: (text) => void server.say(`<@${BOT}> ${text}`),
    hear: (each) => void listen(async () => (await server.heard()).text.replace("<@U0ALICE> ", ""), each),
  };
}

async function listen(next: () => Promise<string>, hear: Hear): Promise<never> {
  while (true) hear(await next());
}
