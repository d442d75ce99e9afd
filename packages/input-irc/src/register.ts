import { BotError } from "@micro-bot/core";
import type { Line, Wire, WireOptions } from "./wire.ts";

const TAKEN = new Set(["433", "436", "437"]);
const LOGGED_IN = new Set(["900", "903", "907"]);
/** Registration's own errors that another try does not mend, and the flag at fault. */
const WRONG: ReadonlyMap<string, string> = new Map([
  ["464", "irc_password"],
  ["902", "irc_sasl_user"],
  ["904", "irc_sasl_password"],
  ["905", "irc_sasl_password"],
  ["908", "irc_sasl_user"],
]);

/**
 * Resolves when the server has welcomed the client (001), under the wanted nick or one near it. Rejects with `config`
 * for what the server says is wrong with a flag, else with `not_connected`. RFC 2812 section 3.1, IRCv3 SASL 3.2.
 */
export async function register(wire: Wire, options: WireOptions): Promise<void> {
  const { nick, saslUser, timeout } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const nicks = alternatives(nick);
  let tried = nick;
  let loggedIn = false;

  const lost = (why: string) => new BotError("not_connected", `[input-irc] ${wire.server}: ${why}`);
  const refused = (flag: string, why: string) =>
    new BotError("config", `[input-irc] ${flag}: ${wire.server} refused it: ${why}`);

  function problem({ command, params }: Line): BotError | undefined {
    const why = params.at(-1) ?? command;
    const flag = WRONG.get(command);
    if (flag) return refused(flag, why);
    // Not every server has a number for it: ngIRCd says only ERROR.
    if (command === "ERROR" && /password/iu.test(why)) return refused("irc_password", why);
    if (command === "432" && tried === nick) return refused("irc_nick", why);
    if (command === "906") return lost(`irc_sasl_user: the login was aborted: ${why}`);
    // Services that are away for a while take SASL with them, so this may mend itself.
    if (command === "001" && saslUser && !loggedIn)
      return lost("irc_sasl_user: the server offers no SASL PLAIN now");
    if ((TAKEN.has(command) || command === "432") && nicks.length === 0)
      return lost(`irc_nick: ${nick} and the nicks near it are all taken`);
    return undefined;
  }

  function line(line: Line): void {
    const error = problem(line);
    if (error) wire.end(error);
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
