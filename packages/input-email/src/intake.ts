import type { BotError } from "@micro-bot/core";

/** A mail as it came in, which whoever brought it wants to hear about. */
export interface Letter {
  readonly source: Buffer;
  /** Of the whole mail, in bytes. */
  readonly size: number;
  /** When it came in, in milliseconds since 1970. */
  readonly time: number;
  /** Nobody is to be answered: the envelope had no sender, as that of a bounce. */
  readonly noReply?: boolean;
  /** It came in a way on which its Authentication-Results can be believed. */
  readonly trusted: boolean;
  /** Whether it is history; known when its Date is. */
  isHistory?(date: number | undefined): boolean;
  /** Whether a mail with this key was done before. */
  isSeen(key: string): Promise<boolean>;
  /** It is safe, or nothing is to be done with it. */
  done(key?: string): Promise<void>;
  /** It will never be taken. Resolves with whether its sender has to be told by mail. */
  refuse(refusal: Refusal): Promise<boolean>;
}

export interface Refusal {
  /** RFC 5321, section 4.2.3; with RFC 3463's. */
  readonly code: string;
  readonly words: string;
}

/** What a way of receiving is given. */
export interface Receiver {
  /** Resolves when the next may come; a rejection ends the connection. */
  receive(letter: Letter): Promise<void>;
  /** The connection is over. */
  end(error: BotError): void;
}

/** A way of receiving mail: one connection. */
export interface Intake {
  /** Rejects with `not_connected`, or `config` for what another try does not mend. */
  open(receiver: Receiver): Promise<void>;
  /** Twice is safe. */
  close(): Promise<void>;
}
