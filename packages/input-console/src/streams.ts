import type { Readable, Writable } from "node:stream";

/** `process.stdin`, or any stream. Standard input has `ref` and `unref`, except when it is a file. */
export type Reader = Readable & { readonly isTTY?: boolean; ref?(): void; unref?(): void };
export type Writer = Writable & { readonly isTTY?: boolean };

/** Where lines come from and where replies go. */
export interface Streams {
  readonly input: Reader;
  readonly output: Writer;
}

/** What is told of the person's side. */
export interface Hands {
  /** A line that is not blank, without the spaces around it. */
  line(text: string): void;
  /** Ctrl-C with nothing typed. */
  interrupt(): void;
  /** Nothing more will come. Twice is safe. */
  end(): void;
}

/** The person's side: a terminal or a pipe. */
export interface Side {
  /** Whoever reads has nothing left: go on reading. */
  more(): void;
  /** Resolves when the stream took the text. */
  print(text: string): Promise<void>;
  /** Lets go of both streams without closing them. */
  close(): void;
}

/** Writes, and waits until the stream took it. */
export function write(output: Writer, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
