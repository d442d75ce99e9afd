import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { newRandom } from "../soak/random.ts";
import { STILL, type ToChild, type ToParent } from "./messages.ts";
import type { Peer, Target } from "./target.ts";

export interface Mutation {
  readonly target: Target;
  readonly frames: number;
  /** The same seed gives the same frames; one by one, so that `from` may begin anywhere. */
  readonly seed: number;
  readonly from?: number;
  readonly tell?: (words: string) => void;
}

export interface Outcome {
  readonly frames: number;
  readonly seconds: number;
  /** What was heard of the frames, and how often the input connected. */
  readonly heard: number;
  readonly connections: number;
  /** Uses of the process-wide handler, events that are none, and errors that are not ours, each with where it was. */
  readonly faults: readonly string[];
  /** How often its process ended by itself. */
  readonly exits: number;
  /** How often it heard nothing any more. */
  readonly deaf: number;
}

/** How long an input may take to hear what is said as it should be, in milliseconds. */
const DEAF_AFTER = 60_000;
/** How often that is said again: what came before it may have cost the connection. */
const AGAIN = 100;
/** Faults that are kept. */
const MOST_FAULTS = 20;
const MOST_EXITS = 20;
const TOLD_EVERY = 30_000;

/** Says mutated frames to a real input. */
export async function mutate({
  target,
  frames,
  seed,
  from = 0,
  tell = () => {},
}: Mutation): Promise<Outcome> {
  const peer = await target.start();
  const faults: string[] = [];
  const input = new InputProcess(target, peer, (why) => {
    if (faults.length < MOST_FAULTS) faults.push(`${why}\nin frames ${at}…${at + target.batch}`);
    tell(`fault in frames ${at}…${at + target.batch}: ${why.split("\n").slice(0, 6).join("\n")}`);
  });
  const began = performance.now();
  let told = began;
  let deaf = 0;
  let at = from;
  await input.start();
  for (; at < from + frames && deaf < 3; at += target.batch) {
    const end = Math.min(at + target.batch, from + frames);
    for (let n = at; n < end; n++) await peer.mutate(newRandom(Math.imul(seed, 0x9e3779b1) + n));
    if (!(await input.hears(String(at)))) {
      deaf++;
      faults.push(`heard nothing any more in frames ${at}…${end}`);
      await input.restart();
    }
    if (performance.now() - told < TOLD_EVERY) continue;
    told = performance.now();
    tell(`${at - from} frames, ${Math.round(((at - from) / (told - began)) * 1000)} a second`);
  }
  const seconds = (performance.now() - began) / 1000;
  const { heard, connections, exits } = await input.stop();
  await peer.stop();
  return { frames: Math.min(at - from, frames), seconds, heard, connections, faults, exits, deaf };
}

/** The process in which the input is. */
class InputProcess {
  readonly #target: Target;
  readonly #peer: Peer;
  readonly #fault: (why: string) => void;
  #child: ChildProcess | undefined;
  #wanted = "";
  #found: (() => void) | undefined;
  #first: (() => void) | undefined;
  #counts = { heard: 0, connections: 0 };
  #exits = 0;
  #stopping = false;

  constructor(target: Target, peer: Peer, fault: (why: string) => void) {
    this.#target = target;
    this.#peer = peer;
    this.#fault = fault;
  }

  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, "child.ts"), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (message: ToParent) => this.#told(message));
    child.on("exit", (code, signal) => {
      if (this.#stopping || child !== this.#child) return;
      this.#exits++;
      this.#fault(`the process ended: ${signal ?? code}`);
      if (this.#exits > MOST_EXITS) throw new Error("the input's process ends again and again");
      void this.start();
    });
    const first = new Promise<void>((resolve) => {
      this.#first = resolve;
    });
    this.#send({ kind: "start", input: this.#target.input, values: this.#peer.values });
    await first;
  }

  /** Whether what is said as it should be is heard, if need be after a new connection. */
  async hears(number: string): Promise<boolean> {
    this.#wanted = `${STILL}${number}.`;
    const found = new Promise<boolean>((resolve) => {
      this.#found = () => resolve(true);
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), DEAF_AFTER);
    });
    const again = setInterval(() => void this.#peer.say(this.#wanted), AGAIN);
    void this.#peer.say(this.#wanted);
    try {
      return await Promise.race([found, late]);
    } finally {
      clearTimeout(timer);
      clearInterval(again);
      this.#found = undefined;
    }
  }

  async restart(): Promise<void> {
    const child = this.#child!;
    this.#child = undefined;
    child.kill("SIGKILL");
    await this.start();
  }

  async stop(): Promise<{ heard: number; connections: number; exits: number }> {
    this.#stopping = true;
    const child = this.#child!;
    this.#send({ kind: "stop" });
    const late = setTimeout(() => child.kill("SIGKILL"), 5000);
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    clearTimeout(late);
    return { ...this.#counts, exits: this.#exits };
  }

  #told(message: ToParent): void {
    switch (message.kind) {
      case "connected":
        this.#first?.();
        if (this.#found) void this.#peer.say(this.#wanted);
        break;
      case "heard":
        if (message.text.includes(this.#wanted)) this.#found?.();
        break;
      case "fault":
        this.#fault(`${message.what}: ${message.why}`);
        break;
      case "stopped":
        this.#counts = message;
    }
  }

  #send(message: ToChild): void {
    this.#child?.send(message);
  }
}
