import type { Assurance } from "@micro-bot/core";
import type { Account } from "./account.ts";

/** Somebody's yes to one exact command. */
export interface Grant {
  readonly account: Account;
  readonly assurance: Assurance;
  /** Their name in the access file. */
  readonly person?: string;
  /** What they agreed to: the hash that was shown to them. */
  readonly hash: string;
  readonly at: number;
}

/** A command that waits for others to agree, as the store keeps it. */
export interface Request {
  /** What people call it: `7F3K9`. */
  readonly id: string;
  readonly turn: string;
  /** Of command, arguments, text, requester, room and rule. */
  readonly hash: string;
  readonly command: string;
  readonly text: string;
  readonly requester: Account;
  readonly room: string;
  readonly rule: string;
  /** Who may agree, in words, and how many must. */
  readonly by: string;
  readonly count: number;
  readonly until: number;
  /** `used`: the command was let go on, once. */
  readonly state: "waiting" | "used" | "denied" | "withdrawn" | "expired";
  /** Whether it was asked: a bot that ended before asks again. */
  readonly asked: boolean;
  readonly grants: readonly Grant[];
  /** Of one that is over: why, and who said so. */
  readonly why?: string;
  readonly slot: string;
}
