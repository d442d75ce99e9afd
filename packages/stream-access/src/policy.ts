import type { Address, Assurance, Command } from "@micro-bot/core";
import type { Account } from "./account.ts";

/** People as a rule names them. */
export interface Group {
  /** As written. */
  readonly words: readonly string[];
  readonly anyone: boolean;
  readonly operators: boolean;
  /** Names of people, those of the roles included. */
  readonly people: ReadonlySet<string>;
}

/** One pattern for every argument, or one for each place. */
export type ArgPatterns =
  | { readonly each: ArgPattern; readonly places?: undefined }
  | { readonly each?: undefined; readonly places: readonly ArgPattern[] };

export interface ArgPattern {
  readonly text: string;
  /** Whether a whole argument is of this form, in time linear in its length. */
  fits(arg: string): boolean;
}

export type Room = Pick<Address, "input" | "room"> | "direct";

/** What a command needs besides the right to ask for it. */
export interface Approval {
  readonly by: Group;
  readonly count: number;
  /** Where they are asked; absent: where the command was said. */
  readonly in?: Address;
  /** In milliseconds. */
  readonly within: number;
}

export interface Rule {
  readonly name: string;
  readonly verdict: "allow" | "deny";
  /** Names of commands; `*` is any. */
  readonly commands: readonly string[];
  readonly args?: ArgPatterns;
  readonly rooms?: readonly Room[];
  readonly who: Group;
  readonly assurance?: Assurance;
  readonly approval?: Approval;
  readonly why?: string;
  /** The rule as it is written, in one form: a rule that says something else has another. */
  readonly digest: string;
}

/** An access file that was read. */
export interface Policy {
  readonly file: string;
  readonly people: ReadonlyMap<Account, string>;
  readonly rules: readonly Rule[];
}

/** Whether a rule is about a command. */
export function covers({ commands }: Rule, { name }: Command): boolean {
  return commands.includes("*") || commands.includes(name);
}
