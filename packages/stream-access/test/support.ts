import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, type Event, newCommand, type Store, type Stream } from "@micro-bot/core";
import { type FakeInput, type FakeLog, fakeLog } from "@micro-bot/testkit";
import { onTestFinished, vi } from "vitest";
import { startInProcess } from "../../../test/in-process.ts";
import { access, commandsOf, Guard } from "../src/plugin.ts";

/** Polls as long as a busy machine may take. */
export const WAIT = { timeout: 60_000, interval: 10 };

export const RULES = `
people:
  alice: [slack:U0ALICE, irc:alice]
  bob: [slack:U0BOB, irc:bob]
  carol: [xmpp:carol@example.com]
roles:
  lead: [alice, bob, carol]
rules:
  - name: deploys
    command: deploy
    args: ["staging|prod"]
    allow: lead
    approval: { by: lead, within: 1h }
  - name: twice
    command: launch
    allow: lead
    approval: { by: lead, count: 2, in: "slack:C0OPS" }
  - name: keys
    command: rotate
    allow: lead
    assurance: 2
`;

export interface Running {
  readonly net: Readonly<Record<string, FakeInput>>;
  readonly guard: Guard;
  readonly log: FakeLog;
  /** What the commands did, in order. */
  readonly ran: string[];
  readonly file: string;
  /** Puts other rules into the file, as an editor does: a new file takes its name. */
  write(rules: string): void;
  stop(): Promise<void>;
}

export interface Setup {
  readonly rules?: string;
  readonly store?: Store;
  readonly operators?: readonly string[];
  /** Default: a file with the rules; `none`: the flag alone. */
  readonly file?: string;
  readonly commands?: Readonly<Record<string, Command>>;
  /** Streams before access. */
  readonly around?: readonly Stream[];
}

/** A bot with an access file, on four networks, with commands that count what they do. */
export function begin({
  rules = RULES,
  store,
  operators = [],
  file = rulesFile(rules),
  commands = {},
  around = [],
}: Setup = {}): Running {
  const guard = new Guard();
  const log = fakeLog();
  const ran: string[] = [];
  const does = (name: string, access: Command["access"] = "anyone") =>
    newCommand(
      name,
      `${name} [what]`,
      name,
      (args) => {
        ran.push(args.join(" "));
        return `did ${args.join(" ")}`;
      },
      { access },
    );
  const { net, bot } = startInProcess({
    streams: [...around, access(guard)],
    commands: {
      ...commandsOf(guard),
      "^deploy( |$)": does("deploy"),
      "^launch( |$)": does("launch"),
      "^rotate( |$)": does("rotate"),
      "^wipe( |$)": does("wipe", "operator"),
      "^read( |$)": does("read"),
      ...commands,
    },
    inputs: ["slack", "irc", "xmpp", "email"],
    flags: { operators, ...(file !== "none" && { access_file: file }) },
    log,
    ...(store && { store }),
  });
  return {
    net,
    guard,
    log,
    ran,
    file,
    write: (text) => {
      const next = `${file}.next`;
      writeFileSync(next, text);
      renameSync(next, file);
    },
    stop: () => bot.stop(),
  };
}

export function rulesFile(rules: string, name = "access.yaml"): string {
  const dir = mkdtempSync(join(tmpdir(), "access-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, name);
  writeFileSync(file, rules);
  return file;
}

/** The first message, of those not yet given, that matches. */
export async function heard(net: FakeInput, pattern: RegExp): Promise<Event> {
  const given = GIVEN.get(net) ?? new Set<Event>();
  GIVEN.set(net, given);
  return vi.waitFor(() => {
    const found = net.heard.find((one) => !given.has(one) && pattern.test(one.data));
    if (!found)
      throw new Error(
        `nobody on ${net.name} heard ${pattern}: ${net.heard.map(({ data }) => data).join(" | ")}`,
      );
    given.add(found);
    return found;
  }, WAIT);
}

const GIVEN = new WeakMap<FakeInput, Set<Event>>();

/** The id in the words that ask for approval. */
export function idIn(text: string): string {
  return /, as ([0-9A-Z]{5}):/u.exec(text)![1]!;
}

/** The id of the next request that is asked on a network. */
export async function asked(net: FakeInput): Promise<string> {
  return idIn((await heard(net, /asks to run/u)).data);
}
