import {
  type Assurance,
  type Command,
  type Event,
  type Log,
  memoryStore,
  type PluginContext,
  type Store,
} from "@micro-bot/core";
import { AccessFile } from "./access-file.ts";
import { type Account, accountOf, isOwn } from "./account.ts";
import { Approvals } from "./approvals.ts";
import { type Decision, decide, mayRun, type Who } from "./decide.ts";
import { Links } from "./links.ts";
import { Operators } from "./operators.ts";
import { covers, type Policy, type Rule } from "./policy.ts";

/** What the stream and its commands share: the rules that hold, who is who, and what waits. */
export class Guard {
  operators: Operators = new Operators();
  file: AccessFile | undefined;
  links: Links;
  approvals: Approvals;
  /** The command that a text would run, whoever may; nothing until the bot listens. */
  match: (text: string) => Command | undefined = () => undefined;
  #commands: PluginContext["commands"] = () => [];

  constructor() {
    const store: Store = memoryStore();
    this.links = new Links(store);
    this.approvals = new Approvals(store);
  }

  init(ctx: PluginContext, operators: readonly string[], file: string | undefined): void {
    this.operators = new Operators(operators);
    this.links = new Links(ctx.store);
    this.approvals = new Approvals(ctx.store);
    this.#commands = ctx.commands;
    this.file =
      file === undefined ? undefined : new AccessFile({ path: file, log: ctx.log, store: ctx.store });
  }

  get policy(): Policy | undefined {
    return this.file?.policy;
  }

  /** All commands that there are, whoever may run them. */
  commands(): readonly Command[] {
    return this.#commands();
  }

  /** Whose an account is, by the file alone. */
  owner(account: Account): string | undefined {
    return this.policy?.people.get(account);
  }

  /** Who an account is: the file goes before links, which are read anew. */
  async whoOf(account: Account | undefined, assurance: Assurance): Promise<Who> {
    const isNamed = account === undefined || !this.policy || this.owner(account) !== undefined;
    return this.#who(account, assurance, isNamed ? [] : await this.links.of(account));
  }

  /** What the rules say; undefined: nothing, and the default decides. */
  decide(command: Command, args: readonly string[], event: Event, who: Who): Decision | undefined {
    return this.policy && decide(this.policy, { command, args, event, who });
  }

  /** Whether there is anything that this person may do with a command here, by what is in memory. */
  may(command: Command, event: Event): boolean {
    const byDefault = () => this.operators.refusal(command, event) === undefined;
    if (!this.policy) return byDefault();
    const account = accountOf(event);
    const who = this.#who(account, event.assurance, account === undefined ? [] : this.links.known(account));
    return mayRun(this.policy, { command, event, who }) ?? byDefault();
  }

  /** Whether a command's words decide who may run it: then each must be what it seems. */
  minds(command: Command): boolean {
    const rules = this.policy?.rules ?? [];
    return rules.some((rule) => covers(rule, command) && (rule.args || rule.approval));
  }

  /** The rule that a request was made by, if it still holds. */
  rule(digest: string): (Rule & Required<Pick<Rule, "approval">>) | undefined {
    const rule = this.policy?.rules.find((one) => one.digest === digest);
    return rule?.approval && { ...rule, approval: rule.approval };
  }

  /** Whether two accounts are one person's, by the file or by links. */
  async isSamePerson(a: Account, b: Account): Promise<boolean> {
    const [one, other] = [await this.#marks(a), await this.#marks(b)];
    return [...one].some((mark) => other.has(mark));
  }

  /** Rules about commands that are not there, perhaps not yet. */
  warn(log: Log): void {
    const known = new Set(this.#commands().map(({ name }) => name));
    for (const { name, commands } of this.policy?.rules ?? [])
      for (const word of commands)
        if (word !== "*" && !known.has(word))
          log.warn(
            { rule: name },
            `access file: rule '${name}' is about '${word}', and there is no such command now`,
          );
  }

  #who(account: Account | undefined, assurance: Assurance, linked: readonly Account[]): Who {
    const operator = this.operators.has(account, assurance);
    if (account === undefined) return { people: NOBODY, operator };
    const own = this.owner(account);
    const names = own === undefined ? linked.flatMap((one) => this.owner(one) ?? []) : [own];
    // The file says that they are two people: the link between them is worth nothing.
    const people = new Set(names);
    return { account, people: people.size > 1 ? NOBODY : people, operator };
  }

  async #marks(account: Account): Promise<Set<string>> {
    const accounts = [account, ...(await this.links.of(account))];
    // A name of the file has no colon, so that it is no account.
    return new Set(
      accounts.flatMap((one) => [one, this.owner(one) ?? one, ...(isOwn(one) ? [STARTER] : [])]),
    );
  }
}

/** Whoever started the bot is one person, at its terminal and in a shell. */
const STARTER = "";
const NOBODY: ReadonlySet<string> = new Set();
