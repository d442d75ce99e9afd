import { BotError, messageOf } from "@micro-bot/core";
import { type Credentials, chosen, Login, usable } from "./sasl.ts";
import type { Line, Wire, WireOptions } from "./wire.ts";

const TAKEN = new Set(["433", "436", "437"]);
const LOGGED_IN = new Set(["900", "903", "907"]);
/** Registration's own errors that another try does not mend, and the flag at fault. */
const WRONG: ReadonlyMap<string, string> = new Map([
  ["464", "irc_password"],
  ["902", "irc_sasl_user"],
  ["904", "irc_sasl_password"],
  ["905", "irc_sasl_password"],
]);

/**
 * Resolves when the server has welcomed the client (001), under the wanted nick or one near it. Rejects with `config`
 * for what the server says is wrong with a flag, else with `not_connected`. RFC 2812 section 3.1, IRCv3 SASL 3.2.
 */
export async function register(wire: Wire, options: WireOptions): Promise<void> {
  const { nick, sasl, timeout } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const nicks = alternatives(nick);
  let tried = nick;
  let login: Login | undefined;
  let loggedIn = false;
  let offered: string | undefined;

  const lost = (why: string) => new BotError("not_connected", `[input-irc] ${wire.server}: ${why}`);
  const refused = (flag: string, why: string) =>
    new BotError("config", `[input-irc] ${flag}: ${wire.server} refused it: ${why}`);
  const untrusted = (why: string) =>
    new BotError("config", `[input-irc] irc_sasl_password: ${wire.server} is not trusted with it: ${why}`);

  /** The welcome came without a login. */
  function notLoggedIn(): BotError | undefined {
    const ways = usable(sasl).join(" or ");
    // Who has a certificate and no account to log in to may be known by it all the same.
    if (sasl.user === undefined && sasl.mechanism === undefined) return undefined;
    // Services that are away for a while take SASL with them, so this may mend itself.
    return lost(`${flagOf(sasl)}: the server offers ${offered || "no SASL"} now, and not ${ways}`);
  }

  function problem({ command, params }: Line): BotError | undefined {
    const why = params.at(-1) ?? command;
    const flag = WRONG.get(command);
    if (flag) return refused(login?.mechanism === "EXTERNAL" ? "irc_tls_cert" : flag, why);
    // Not every server has a number for it: ngIRCd says only ERROR.
    if (command === "ERROR" && /password/iu.test(why)) return refused("irc_password", why);
    // ngIRCd again: a nick may hold what a user name may not.
    if (command === "ERROR" && /user ?name|ident/iu.test(why)) return refused("irc_user", why);
    if (command === "432" && tried === nick) return refused("irc_nick", why);
    if (command === "468") return refused("irc_user", why);
    if (command === "906") return lost(`${flagOf(sasl)}: the login was aborted: ${why}`);
    if (command === "908")
      return refused(flagOf(sasl), `it has ${params.at(-2) ?? "other ways"} to log in by: ${why}`);
    if (LOGGED_IN.has(command) && login && !login.over) return untrusted("it said yes before it was asked");
    if (command === "001" && usable(sasl).length > 0 && !loggedIn) return notLoggedIn();
    if ((TAKEN.has(command) || command === "432") && nicks.length === 0)
      return lost(`irc_nick: ${nick} and the nicks near it are all taken`);
    return undefined;
  }

  /** The server lists what it can: `sasl=PLAIN,EXTERNAL`. Which way is taken must be known before it agrees. */
  function capabilities([, verb, ...rest]: readonly string[]): void {
    if (verb !== "LS") return;
    const found = /(?:^| )sasl(?:=(\S*))?(?: |$)/u.exec(rest.at(-1) ?? "");
    if (!found) return;
    offered = found[1] ?? "";
    const mechanism = chosen(sasl, offered);
    if (!mechanism) return;
    login = new Login(mechanism, sasl, (line) => wire.write(line));
    wire.logInBy(mechanism);
  }

  function line(line: Line): void {
    const error = problem(line);
    if (error) wire.end(error);
    else if (line.command === "CAP") capabilities(line.params);
    else if (line.command === "AUTHENTICATE")
      login?.take(line.params[0] ?? "+").catch((error) => wire.end(untrusted(messageOf(error))));
    else if (LOGGED_IN.has(line.command)) loggedIn = true;
    else if (line.command === "001") resolve();
    else if (TAKEN.has(line.command) || line.command === "432") {
      tried = nicks.shift()!;
      wire.write(`NICK ${tried}`);
    }
  }

  const unfollow = wire.follow({ line, end: reject });
  const late = setTimeout(() => wire.end(lost(`not registered in ${timeout} ms`)), timeout);
  try {
    wire.connect();
    await promise;
  } finally {
    clearTimeout(late);
    unfollow();
  }
}

/** The flag that a login fails by. */
function flagOf({ user, mechanism }: Credentials): string {
  if (mechanism !== undefined) return "irc_sasl_mechanism";
  return user === undefined ? "irc_tls_cert" : "irc_sasl_user";
}

/** Nicks to try when one is taken: longer first, then, where the server's limit is reached, of the same length. */
export function alternatives(nick: string): string[] {
  const stem = nick.slice(0, -1);
  return [
    ...["_", "__", "___"].map((tail) => nick + tail),
    ...Array.from({ length: 9 }, (_, i) => `${stem}${i + 1}`).filter(
      (other) => stem !== "" && other !== nick,
    ),
  ];
}
