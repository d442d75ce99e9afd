import type { Command, Flag, Store, Stream, Values } from "@micro-bot/core";
import { aborted } from "@micro-bot/kit";
import { Chain } from "./chain.ts";
import { auditCommand } from "./command.ts";
import { hide } from "./hide.ts";
import { Keep } from "./keep.ts";
import { Lines } from "./lines.ts";
import { rows } from "./record.ts";
import { Recorder } from "./stream.ts";

const flags = [
  {
    name: "audit_file",
    usage:
      "File that records are also written to, as JSON lines; best in a place that the bot's store cannot reach",
  },
  {
    name: "audit_keep",
    usage: "How much is kept: a number of records, as 100000, or a time, as 90d (default: all)",
  },
] as const satisfies readonly Flag[];

const name = "audit";

export interface AuditOptions {
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits before a write that failed is tried again, for so many milliseconds. */
  readonly pause?: (ms: number) => Promise<void>;
}

/**
 * The stream that records, and the command that shows and proves it. The stream belongs first in the link file: then it
 * sees what the others refuse. It fails closed: what cannot be recorded is not done, and its person is told.
 */
export function audit({ now = Date.now, pause }: AuditOptions = {}): {
  readonly stream: Stream;
  readonly command: Command;
} {
  let store: Store;
  let values: Values<typeof flags>;
  let lines: Lines | undefined;
  let chain: Chain;
  let recorder: Recorder;

  const stream: Stream = {
    name,
    flags: () => flags,
    rows,

    init(ctx) {
      store = ctx.store;
      values = ctx.flags(flags);
      const { audit_file, audit_keep } = values;
      const warn = (message: string) => ctx.log.error({ stream: name }, message);
      lines = audit_file === undefined ? undefined : new Lines(audit_file);
      chain = new Chain({
        store,
        now,
        warn,
        ...(pause && { pause }),
        ...(lines && { lines }),
        ...(audit_keep !== undefined && { keep: new Keep(audit_keep) }),
      });
      recorder = new Recorder({ chain, warn, hide: (text) => hide(ctx.redact(text)) });
    },

    receive: (turn, next) => recorder.receive(turn, next),

    record: (what, text) => recorder.record(what, text),

    send: (event, next) => recorder.send(event, () => next()),

    /** Only looks whether the file can be written, and closes it at the end. */
    async follow(_events, { signal }) {
      await lines?.ready();
      await aborted(signal);
      await lines?.close();
    },

    status() {
      const { head, trouble, waiting } = chain;
      const note = [
        trouble,
        head && `${head.seq} records`,
        waiting > 0 ? `${waiting} waiting` : undefined,
      ].filter((part) => part !== undefined);
      return [
        { name, state: trouble === undefined ? "up" : "down", note: note.join(", ") || "no record yet" },
      ];
    },
  };

  return { stream, command: auditCommand(() => ({ store, file: values.audit_file })) };
}
