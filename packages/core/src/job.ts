import type { Address } from "./address.ts";

/** When a job runs: once, every so many milliseconds, or by a cron pattern in a time zone (IANA name). */
export type When =
  /** Once, in milliseconds since 1970. */
  | { readonly at: number }
  /** Again and again, so many milliseconds apart, counted from when the job was made. At least a minute. */
  | { readonly every: number }
  /**
   * A cron pattern of five fields. A time that a clock change leaves out runs at the change; one that comes twice
   * runs the first time.
   */
  | { readonly cron: string; readonly zone: string };

/** A text that is said for a person at a later time, as if they typed it then, with the rights they have then. */
export interface Job {
  /** Short enough to be typed. */
  readonly id: string;
  readonly text: string;
  readonly when: When;
  /** When it runs next, in milliseconds since 1970. */
  readonly next: number;
  /** Who asked, and where. */
  readonly person: Address;
  /** When it was made, in milliseconds since 1970. */
  readonly made: number;
}

/** The jobs that a command's person may see: their own everywhere, and those made in this room. */
export interface Jobs {
  /** In order of their next run. */
  list(): Promise<readonly Job[]>;
  get(id: string): Promise<Job | undefined>;
  /**
   * Whether there was such a job. Rejects with `denied` for a job that somebody else made, unless `anyones` is set,
   * which only a command for operators should.
   */
  cancel(id: string, options?: { readonly anyones?: boolean }): Promise<boolean>;
}
