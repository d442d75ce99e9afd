import { type Command, type FollowContext, messageOf, type Service } from "@micro-bot/core";
import { type Client, clientOf } from "@micro-bot/micro";
import { type About, help, serviceCommand } from "./service-command.ts";
import { unfit } from "./word.ts";

/** Milliseconds until a service that did not answer `Help` is asked again: from the first to the last. */
const RETRY = [500, 30_000] as const;
/** Services asked at one time. */
const AT_ONCE = 8;
/** Commands that services may add: anybody who may register may name any number. */
const MAX_COMMANDS = 500;

type Access = NonNullable<Command["access"]>;

export interface ServiceCommandsOptions {
  readonly namespace: string;
  /** Who may run a service's command when its nodes do not say. */
  readonly access: Access;
}

/** A service that is, or would be, a command. */
export interface Found {
  readonly service: string;
  readonly since: number;
  /** Why it is not a command, if it is not. */
  note?: string;
  pattern?: string;
  command?: Command;
  /** Times in a row that it did not answer. */
  silent: number;
  timer?: NodeJS.Timeout;
  /** It changed while it was being asked. */
  again?: boolean;
  asking?: boolean;
}

/** Keeps the commands map in step with the services of one namespace. */
export class ServiceCommands {
  readonly found: Map<string, Found> = new Map();
  readonly #prefix: string;
  readonly #access: Access;
  readonly #ctx: FollowContext;
  readonly #client: Client;
  readonly #queue: Found[] = [];
  #asking = 0;

  constructor({ namespace, access }: ServiceCommandsOptions, ctx: FollowContext) {
    this.#prefix = `${namespace}.`;
    this.#access = access;
    this.#ctx = ctx;
    this.#client = clientOf(ctx.registry);
  }

  /** These are the services there are: asks the new ones, forgets those that are gone. */
  async all(names: readonly string[]): Promise<void> {
    const there = new Set(names);
    for (const [service, found] of this.found) if (!there.has(service)) this.#forget(found);
    for (const name of names) this.changed(name);
  }

  /** Something about a service changed: asks again what it is. */
  changed(service: string): void {
    if (!service.startsWith(this.#prefix) || this.#ctx.signal.aborted) return;
    const found = this.found.get(service) ?? { service, since: Date.now(), silent: 0 };
    this.found.set(service, found);
    if (found.asking) {
      found.again = true;
      return;
    }
    clearTimeout(found.timer);
    found.asking = true;
    this.#queue.push(found);
    this.#next();
  }

  /** Takes all its commands away. */
  clear(): void {
    for (const found of [...this.found.values()]) this.#forget(found);
  }

  #next(): void {
    while (this.#asking < AT_ONCE && this.#queue.length > 0) {
      this.#asking++;
      void this.#ask(this.#queue.shift()!).finally(() => {
        this.#asking--;
        this.#next();
      });
    }
  }

  async #ask(found: Found): Promise<void> {
    const { registry, signal } = this.#ctx;
    try {
      const versions = await registry.get(found.service);
      if (versions.every(({ nodes }) => nodes.length === 0)) return this.#forget(found);
      const refused = unfit(this.#wordOf(found)) ?? this.#full(found);
      if (refused !== undefined) return this.#refuse(found, refused);
      const about = await help(this.#client, found.service, signal);
      if (this.found.has(found.service) && !signal.aborted)
        this.#put(found, { ...about, access: this.#accessOf(versions) });
      found.silent = 0;
    } catch (error) {
      this.#retry(found, error);
    } finally {
      found.asking = false;
      if (found.again) {
        found.again = false;
        this.changed(found.service);
      }
    }
  }

  #put(found: Found, about: About): void {
    const word = this.#wordOf(found);
    this.#remove(found);
    const builtIn = this.#ctx.match(word) ?? this.#ctx.match(`${word} x`);
    if (builtIn) {
      this.#refuse(found, `hidden by the command '${builtIn.name}'`);
      return;
    }
    delete found.note;
    const pattern = `^${word}( |$)`;
    found.pattern = pattern;
    found.command = serviceCommand(this.#client, found.service, word, about);
    this.#ctx.commands.set(pattern, found.command);
    this.#ctx.log.info({ service: found.service }, `the service ${found.service} is the command '${word}'`);
  }

  #wordOf({ service }: Found): string {
    return service.slice(this.#prefix.length);
  }

  #full({ command }: Found): string | undefined {
    const count = [...this.found.values()].filter((other) => other.command).length;
    return command || count < MAX_COMMANDS ? undefined : `services have ${MAX_COMMANDS} commands already`;
  }

  #refuse(found: Found, why: string): void {
    this.#remove(found);
    found.note = why;
  }

  // It is open only when every node says so: one careless copy must not open the others.
  #accessOf(versions: readonly Service[]): Access {
    const said = new Set(versions.flatMap(({ nodes }) => nodes.map(({ metadata }) => metadata?.access)));
    if (said.has("operator")) return "operator";
    return said.size === 1 && said.has("anyone") ? "anyone" : this.#access;
  }

  // A command that was known stays: one missed answer does not mean that it is gone.
  #retry(found: Found, error: unknown): void {
    if (this.#ctx.signal.aborted || !this.found.has(found.service)) return;
    found.note = `does not answer Command.Help: ${messageOf(error)}`;
    const wait = Math.min(RETRY[1], RETRY[0] * 2 ** found.silent++);
    found.timer = setTimeout(() => this.changed(found.service), wait);
  }

  #forget(found: Found): void {
    clearTimeout(found.timer);
    this.#remove(found);
    this.found.delete(found.service);
  }

  #remove(found: Found): void {
    const { pattern, command } = found;
    if (pattern !== undefined && this.#ctx.commands.get(pattern) === command)
      this.#ctx.commands.delete(pattern);
    delete found.pattern;
    delete found.command;
  }
}
