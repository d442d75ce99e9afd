import { BotError, type Flag, type Input, type Values } from "@micro-bot/core";
import {
  type Ask,
  bareJid,
  type Dialect,
  type Directory,
  type Jid,
  newXmppInput,
  parseJid,
  type Settings,
  tag,
} from "@micro-bot/input-xmpp/plugin";
import { mentionOf, type People, readPeople, readRooms } from "./people.ts";

const flags = [
  {
    name: "hipchat_username",
    required: true,
    usage: "The bot's XMPP name, as in 12345_67890, or its whole JID",
  },
  { name: "hipchat_password", required: true, secret: true, usage: "Password of that account" },
  {
    name: "hipchat_server",
    default: "chat.hipchat.com",
    usage: "Host name of the server, with its port where that is not 5222",
  },
  { name: "hipchat_debug", type: "boolean", usage: "Log every stanza" },
] as const satisfies readonly Flag[];

const TIMEOUT = 10_000;
const REFRESH = 60_000;
// Old servers sent the bot no history, and no copies of what people said elsewhere, by this resource.
const RESOURCE = "bot";
const VCARD = tag("vCard", { xmlns: "vcard-temp" });
const ROSTER = tag("query", { xmlns: "jabber:iq:roster" });
const ROOMS = tag("query", { xmlns: "http://jabber.org/protocol/disco#items" });
const CAPS = tag("c", {
  xmlns: "http://jabber.org/protocol/caps",
  node: "http://hipchat.com/client/bot",
  ver: "1",
});

/** HipChat's dialect of XMPP: rooms are found, not named; people are spoken to by mention names. */
export function hipchat(): Input {
  return newXmppInput({ name: "hipchat", flags, settings: check });
}

function check(given: Values<typeof flags>): Settings {
  const wrong = (flag: keyof typeof given, why: string) =>
    new BotError("config", `[input-hipchat] ${flag} ${why}`);
  const { hipchat_username: user, hipchat_server: place } = given;
  const [, server, digits] = /^([^\s/@:]+)(?::(\d{1,5}))?$/u.exec(place) ?? [];
  const port = digits === undefined ? 5222 : Number(digits);
  if (!server || port < 1 || port > 65535)
    throw wrong(
      "hipchat_server",
      `'${place}' is not a server: write chat.example.org, or chat.example.org:5222`,
    );
  const account = parseJid(user.includes("@") ? user : `${user}@${server}`);
  if (!account || account.local === "")
    throw wrong(
      "hipchat_username",
      `'${user}' is not an XMPP name: write 12345_67890, as the account's page shows it`,
    );
  return {
    name: "hipchat",
    account: { ...account, resource: RESOURCE },
    password: given.hipchat_password,
    server,
    port,
    tls: "starttls",
    ca: undefined,
    timeout: TIMEOUT,
    verbose: given.hipchat_debug,
    flags: {
      account: "hipchat_username",
      password: "hipchat_password",
      server: "hipchat_server",
      tls: "hipchat_server",
      ca: "NODE_EXTRA_CA_CERTS",
      resource: "hipchat_username",
    },
    dialect: dialect(account),
  };
}

function dialect(account: Jid): Dialect {
  const conference = `conf.${account.domain.replace(/^chat\./u, "")}`;
  let people: People = new Map();

  async function directory(ask: Ask): Promise<Directory> {
    const [card, roster, rooms] = await Promise.all([
      ask("get", undefined, VCARD),
      ask("get", undefined, ROSTER),
      ask("get", conference, ROOMS),
    ]);
    people = readPeople(roster);
    const me = people.get(bareJid(account));
    const mention = card?.getChildText("NICKNAME") || me?.mention || "";
    return {
      nick: card?.getChildText("FN") || me?.name || account.local,
      names: [mention],
      rooms: readRooms(rooms),
      believed: [conference],
      callOut: (nick, person) => mentionOf(people, nick, person),
    };
  }

  return {
    presence: [tag("show", {}, "chat"), CAPS],
    directory,
    refresh: REFRESH,
    follows: (inviter) => people.has(inviter),
  };
}
