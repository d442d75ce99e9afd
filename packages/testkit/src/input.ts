import { createHook } from "node:async_hooks";
import { isDeepStrictEqual } from "node:util";
import { codeOf, type Flag, type FlagValue, type Input, messageOf, replyTo } from "@micro-bot/core";
import { expect } from "vitest";
import { fakeLog } from "./fakes.ts";
import { InputBench, message, type Network } from "./input-bench.ts";
import { networkRules } from "./input-network.ts";
import { reportRules } from "./input-report.ts";
import { describeRules, needed, type Rules, type SuiteOptions } from "./rules.ts";
import { eventually, token } from "./waiting.ts";

/** A message that people got from the bot. */
export interface Heard {
  readonly text: string;
  /** The person it reached or is addressed to, by the name given to `say`. */
  readonly to?: string;
}

/** The other end of an input: a loopback peer or a real server, and the people on it. */
export interface Peer {
  /** Flag values that connect to it. */
  readonly values: Readonly<Record<string, FlagValue>>;
  /** What must show up in no log line and no error: passwords, tokens, and their encoded forms. */
  readonly secrets: readonly string[];
  /** Names of people who can speak; two or more where the network has more than one. */
  readonly people: readonly [string, ...string[]];
  /** The person (default: the first) says it to the bot, as people there do: directly, or with a mention. */
  say(text: string, person?: string): Promise<void>;
  /** Somebody says it where the bot hears it, but not to the bot. */
  overhear?(text: string): Promise<void>;
  /** The next message, or line of one, that people got from the bot; each is given once, in order. */
  heard(): Promise<Heard>;
  /**
   * Makes the network show the bot a message of its own. `send` has the bot say it in the room where `say` speaks:
   * all that is needed where the network echoes.
   */
  own?(text: string, send: (text: string) => Promise<unknown>): Promise<void>;
  /** Values of credentials that the network refuses, by flag. */
  readonly wrong?: Readonly<Record<string, FlagValue>>;
  /** Makes the network deliver again what was not acknowledged; the connection may be lost by it. */
  again?(): Promise<void>;
  /** Somebody says it to the bot while it is not there, and the network keeps it. */
  before?(text: string): Promise<void>;
  /** Somebody else says it to the bot, under the name of the first of the people. */
  forge?(text: string): Promise<void>;
  /** Cuts the bot's connection hard. It may connect again soon after. */
  drop?(): Promise<void>;
  stop(): Promise<void>;
}

export interface InputSuite extends SuiteOptions {
  /** A new input; nothing happens before `init`. */
  create(): Input;
  /** Starts the peer; called once. */
  peer(): Promise<Peer>;
  /** Names of the flags without which it cannot connect, besides those declared as required. */
  readonly missing?: readonly string[];
  /** Letters in the long text. Default 50,000: more than any network takes in one message. */
  readonly long?: number;
  /** Messages in a burst. Default 50. */
  readonly burst?: number;
}

const LONG = 50_000;
const BURST = 50;
const LEAK_ROUNDS = 2;
const QUIET_LOOKS = 10;

// Kinds of asynchronous resources that are no handles; see node:async_hooks.
const HARMLESS: readonly string[] = ["PROMISE", "Microtask", "TickObject", "Immediate"];

const rules: Rules<InputBench> = {
  async "init without a needed flag fails with config and names the flag"(bench) {
    const input = bench.options.create();
    const required = input.flags().filter((flag) => flag.required);
    const names = new Set([...required.map((flag) => flag.name), ...(bench.options.missing ?? [])]);
    expect([...names], "at least one flag is needed, or the rule is skipped with a reason").not.toEqual([]);
    for (const name of names) {
      const error = errorOf(() => bench.input({ ...bench.peer.values, [name]: undefined }));
      expect(codeOf(error), `the code without ${name}`).toBe("config");
      expect(messageOf(error), "the message").toContain(name);
    }
  },

  "init opens nothing"(bench) {
    const opened: string[] = [];
    // Sees what is begun, also what would not keep the process alive or is not yet open.
    const hook = createHook({ init: (_id, kind) => opened.push(kind) }).enable();
    try {
      bench.input();
    } finally {
      hook.disable();
    }
    expect(
      opened.filter((kind) => !HARMLESS.includes(kind)),
      "begun by init",
    ).toEqual([]);
  },

  async "it can be started and stopped again and again"(bench) {
    const input = bench.input();
    await bench.wait(input.stop(), "stop before start");
    for (let round = 0; round < 2; round++) {
      await bench.wait(input.start(), "start");
      const line = await bench.connect(input);
      await line.say(token());
      await bench.wait(input.stop(), "stop");
      await bench.wait(input.stop(), "a second stop");
    }
  },

  async "stop ends an open connection with closed"(bench) {
    const line = await bench.line();
    const end = line.end();
    await bench.wait(line.input.stop(), "stop");
    expect(await end, "the code of recv").toBe("closed");
  },

  async "what a person says arrives whole"(bench) {
    const line = await bench.line();
    const text = `${token()} what's <up> & "this" – ñandú 日本語 👩‍🚀 {"a": [1, 2]} 100%`;
    const event = await line.say(text);
    expect(event).toMatchObject({ type: "text", data: text, addressed: true });
    expect(event.from.input, "from.input").toBe(line.input.name);
    expect(event.to.input, "to.input").toBe(line.input.name);
    expect(event.from.person ?? "", "from.person").not.toBe("");
    expect(event.id, "id").toMatch(/./);
    expect([0, 1, 2], "assurance").toContain(event.assurance);
    expect(Math.abs(event.time - Date.now()), "milliseconds between time and now").toBeLessThan(60_000);
    expect(isDeepStrictEqual(JSON.parse(JSON.stringify(event)), event), "the event is plain JSON").toBe(true);
  },

  async "two people are told apart"(bench) {
    const [one, two] = bench.peer.people;
    const line = await bench.line();
    const first = await line.say(token(), one);
    const second = await line.say(token(), needed(two, "a second name in peer.people"));
    expect(second.from.person, "from.person of the second").not.toBe(first.from.person);
    expect((await line.say(token(), one)).from, "from of the first, again").toEqual(first.from);
  },

  async "what is not said to the bot is not addressed"(bench) {
    const overhear = needed(bench.peer.overhear, "peer.overhear");
    const line = await bench.line();
    const [aside, marker] = [token(), token()];
    await overhear.call(bench.peer, aside);
    await bench.peer.say(marker);
    const events = await line.recvUntil(marker);
    const asides = events.filter((event) => event.data.includes(aside) && event.addressed);
    expect(asides, "addressed events of what was overheard").toEqual([]);
  },

  async "a reply reaches the person and place it answers"(bench) {
    const line = await bench.line();
    const people = bench.peer.people.slice(0, 2);
    const asked = [];
    for (const person of people) asked.push({ person, event: await line.say(token(), person) });
    // The last one to speak is answered last, so that an input that answers just anybody is found out.
    for (const { person, event } of asked) {
      const word = token();
      await line.reply(JSON.parse(JSON.stringify(event)), word);
      const heard = await bench.hear(word);
      if (people.length > 1 || heard.to !== undefined) expect(heard.to, "who got the reply").toBe(person);
    }
  },

  async "a message nobody asked for reaches its room"(bench) {
    const line = await bench.line();
    const word = token();
    await line.send(await line.room(), word);
    await bench.hear(word);
  },

  async "its own messages are ignored"(bench) {
    const own = needed(bench.peer.own, "peer.own");
    const line = await bench.line();
    const room = await line.room();
    const [mine, marker] = [token(), token()];
    await own.call(bench.peer, mine, (text) => line.send(room, text));
    await bench.peer.say(marker);
    const events = await line.recvUntil(marker);
    expect(
      events.filter((event) => event.data.includes(mine)),
      "events of its own words",
    ).toEqual([]);
  },

  async "close settles a waiting recv with closed"(bench) {
    const line = await bench.line();
    const end = line.end();
    await bench.wait(line.conn.close(), "close");
    expect(await end, "the code of recv").toBe("closed");
  },

  async "close twice is safe"(bench) {
    const line = await bench.line();
    await bench.wait(line.conn.close(), "close");
    await bench.wait(line.conn.close(), "a second close");
    expect(await line.end(), "the code of recv").toBe("closed");
  },

  async "a dropped connection gives not_connected and a new one works"(bench) {
    const drop = needed(bench.peer.drop, "peer.drop");
    const line = await bench.line();
    const end = line.end();
    await drop.call(bench.peer);
    expect(await end, "the code of recv").toBe("not_connected");
    await (await bench.reconnect(line.input)).works();
  },

  async "a send on a lost connection rejects with not_connected"(bench) {
    const drop = needed(bench.peer.drop, "peer.drop");
    const line = await bench.line();
    const room = await line.room();
    const end = line.end();
    await drop.call(bench.peer);
    await end;
    const sent = line.conn.send(message(line.input, room, token()));
    expect(await bench.code(sent, "send"), "the code of send").toBe("not_connected");
  },

  async "a send after close rejects"(bench) {
    const line = await bench.line();
    const room = await line.room();
    await bench.wait(line.conn.close(), "close");
    const sent = line.conn.send(message(line.input, room, token()));
    expect(["closed", "not_connected"], "the code of send").toContain(await bench.code(sent, "send"));
  },

  async "long text arrives whole or is refused, and is never cut"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const words = longText(bench.options.long ?? LONG);
    const refused = await line.reply(event, words.join(" ")).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (refused) {
      expect(["invalid", "limited", "failed"], messageOf(refused.error)).toContain(codeOf(refused.error));
      await line.works();
      return;
    }
    const heard = await bench.hearUntil(words[0]!, new RegExp(words.at(-1)!));
    expect(prefixOf(words, visible(heard)), "words in order").toBe(words.length);
  },

  async "a text in pages, each of what fits one reply, arrives whole"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const fits = (text: string) => line.input.fits?.(replyTo(event, text, token(), Date.now())) ?? true;
    const words = longText(bench.options.long ?? LONG);
    const pages = pagesOf(words, fits);
    for (const page of pages) await line.reply(event, page);
    const heard = await bench.hearUntil(words[0]!, new RegExp(words.at(-1)!));
    expect(prefixOf(words, visible(heard)), "words in order").toBe(words.length);
  },

  async "line breaks and protocol text stay inside one message"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const [first, last] = [token(), token()];
    const parts = [first, ...hostile, last];
    await line.reply(event, parts.join(" "));
    const heard = await bench.hearUntil(first, new RegExp(last));
    const shown = parts.map(visible).filter((part) => part !== "");
    const arrived = prefixOf(shown, visible(heard));
    expect(shown.slice(arrived), "parts that people did not get, or got out of order").toEqual([]);
    await line.works();
  },

  async "control characters do not reach people"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const [first, last] = [token(), token()];
    await line.reply(event, `${first} a\u001b[2Jb\u0007c\u0000d\u009be\u007ff ${last}`);
    const heard = await bench.hearUntil(first, new RegExp(last));
    expect(heard.match(/[\u0000\u0007\u001b\u007f\u009b]/g), "control characters").toBeNull();
  },

  async "a burst keeps its order"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const burst = Array.from({ length: bench.options.burst ?? BURST }, token);
    for (const word of burst) await bench.wait(bench.peer.say(word), "a person can say something");
    const events = [];
    for (const word of burst) events.push(...(await line.recvUntil(word)));
    const said = events.map((one) => one.data).filter((data) => burst.includes(data));
    expect(said, "what arrived").toEqual(burst);

    for (const word of burst) await line.reply(event, word);
    await bench.hear(burst[0]!);
    for (const word of burst.slice(1)) {
      const { text } = await bench.heard(`people get the next of the burst, '${word}'`);
      expect(text, "the next message people got").toContain(word);
    }
  },

  async "sends side by side all arrive, each once"(bench) {
    const line = await bench.line();
    const event = await line.say(token());
    const words = Array.from({ length: 10 }, token);
    await Promise.all(words.map((word) => line.reply(event, word)));
    const marker = token();
    await line.reply(event, marker);
    let text = "";
    while (!text.includes(marker)) text += `${(await bench.heard("people get all messages")).text}\n`;
    const counts = words.map((word) => text.split(word).length - 1);
    expect(counts, "how often each arrived").toEqual(words.map(() => 1));
  },

  async "ids are unique"(bench) {
    const line = await bench.line();
    const ids: string[] = [];
    const word = token();
    for (let time = 0; time < 3; time++) ids.push((await line.say(word)).id);
    await bench.wait(line.input.stop(), "stop");
    const later = await bench.line();
    for (let time = 0; time < 3; time++) ids.push((await later.say(word)).id);
    expect(new Set(ids).size, `different ids among ${ids.join(", ")}`).toBe(ids.length);
  },

  async "nothing stays open after stop"(bench) {
    const visit = async () => {
      const line = await bench.line();
      await line.works();
      await bench.wait(line.input.stop(), "stop");
    };
    await visit(); // What is opened once in a process is no leak.
    const before = await quiet();
    for (let round = 0; round < LEAK_ROUNDS; round++) await visit();
    const gone = () => surplus(before).length === 0;
    await eventually(gone, bench.timeout, "all is closed").catch(() => {
      expect(surplus(before), `still open after ${LEAK_ROUNDS} times start and stop`).toEqual([]);
    });
  },

  async "no secret is in a log line or an error"(bench) {
    const { peer } = bench;
    const input = bench.options.create();
    const secret = input.flags().filter((flag) => flag.secret && typeof peer.values[flag.name] === "string");
    const wrong = new Map(secret.map((flag) => [flag.name, `wrong-${token()}`]));
    const hidden = [...peer.secrets, ...wrong.values()];
    expect(hidden, "at least one secret, or the rule is skipped with a reason").not.toEqual([]);

    const line = await bench.line();
    await line.works();
    if (peer.drop) {
      await peer.drop();
      await line.end();
    }
    await bench.wait(line.input.stop(), "stop");
    for (const flag of secret) await knock(bench, flag, wrong.get(flag.name)!);

    const lines = bench.network.log.lines.map((entry) => JSON.stringify(entry));
    const told = [...lines, ...bench.network.errors].filter((text) =>
      hidden.some((one) => text.includes(one)),
    );
    expect(told, "log lines and errors with a secret in them").toEqual([]);
  },
};

/** Names of the rules of `testInput`. */
export const inputRules: readonly string[] = [networkRules, reportRules, rules].flatMap(Object.keys);

/** Tries an input against its peer: connecting, both directions, hostile text, lost connections, leaks. */
export function testInput(options: InputSuite): void {
  let network: Network;
  // What is in the logs is looked at last.
  describeRules(
    options,
    { ...networkRules, ...reportRules, ...rules },
    {
      async before() {
        network = { peer: await options.peer(), log: fakeLog(), errors: [] };
        const known = options.create().flags();
        for (const name of Object.keys(network.peer.values))
          if (!known.some((flag) => flag.name === name))
            throw new Error(`peer.values names '${name}', but ${options.name} declares no such flag`);
      },
      open: () => new InputBench(options, network),
      close: (bench) => bench.close(),
      after: () => network?.peer.stop(),
    },
  );
}

// Each would do harm in some protocol if it were taken for more than text; see RFC 2812, 5321, 6120 and Slack's markup.
const hostile: readonly string[] = [
  "\r\nQUIT :bye\r\n",
  "\nPRIVMSG #elsewhere :boo\n",
  "\r\n.\r\nMAIL FROM:<mallory@example.org>\r\n",
  "\r\nBcc: mallory@example.org\r\n\r\n",
  "</body></message><presence type='unavailable'/>",
  "]]> <!-- & &amp; &#10; <!channel> <@U061F7AUR>",
  "\u2028\u2029\u0085",
  "\ud83d \ude00",
  "ñandú 日本語 👩‍🚀 e\u0301 עברית",
];

/** A sign-in with one wrong secret: refused or not, neither it nor the right ones may be told. */
async function knock(bench: InputBench, flag: Flag, wrong: string): Promise<void> {
  try {
    const input = bench.input({ ...bench.peer.values, [flag.name]: wrong });
    await bench.wait(input.start(), "start");
    await bench.wait(input.stream(), "stream connects or rejects");
    await bench.wait(input.stop(), "stop");
  } catch (error) {
    bench.note(error);
  }
}

function longText(length: number): string[] {
  const first = token();
  const words = Array.from(
    { length: Math.ceil((length - first.length) / 8) },
    (_, index) => `w${pad(index)}x`,
  );
  return [first, ...words.slice(0, -1), token()];
}

function pad(index: number): string {
  return String(index).padStart(5, "0");
}

/** The words in as few texts as fit. Fails when fewer than ten short words do not. */
function pagesOf(words: readonly string[], fits: (text: string) => boolean): string[] {
  const pages: string[] = [];
  for (let begin = 0; begin < words.length; ) {
    const rest = words.slice(begin);
    let [least, most] = [0, rest.length + 1];
    while (most - least > 1) {
      const middle = Math.floor((least + most) / 2);
      if (fits(rest.slice(0, middle).join(" "))) least = middle;
      else most = middle;
    }
    expect(least, "words that fit one reply").toBeGreaterThanOrEqual(Math.min(10, rest.length));
    pages.push(rest.slice(0, least).join(" "));
    begin += least;
  }
  return pages;
}

/** How many of the parts the text holds, in order, before the first that it lacks. */
function prefixOf(parts: readonly string[], text: string): number {
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = text.indexOf(part, at);
    if (found < 0) return index;
    at = found + part.length;
  }
  return parts.length;
}

// Spaces may become line breaks and messages may be joined; control characters and halves of a pair may be dropped.
function visible(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cs}\ufffd]/gu, "");
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

function openHandles(): Map<string, number> {
  return Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind)
    .entries()
    .reduce((counts, [kind, all]) => counts.set(kind, all.length), new Map<string, number>());
}

/** What is open once earlier connections have finished closing: the same in so many looks. */
async function quiet(): Promise<Map<string, number>> {
  let open = openHandles();
  for (let same = 0; same < QUIET_LOOKS; same++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = openHandles();
    if (!isDeepStrictEqual(now, open)) same = 0;
    open = now;
  }
  return open;
}

/** Kinds of which more are open now. */
function surplus(before: Map<string, number>): string[] {
  return [...openHandles()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind);
}
