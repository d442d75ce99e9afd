import { fstatSync, writeFileSync } from "node:fs";

/** Error codes of a reader that left, as `head` does when it has seen enough. */
const LEFT: ReadonlySet<unknown> = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

/** Node's own stream for a file writes as much as there is room for, and takes that for all of it. */
function writeWhole(stream: typeof process.stdout): void {
  if (!isFile(stream.fd)) return;
  stream._write = (chunk: Buffer, _encoding, done) => {
    try {
      writeFileSync(stream.fd, chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/**
 * Standard output, as the program writes to it. What could not be written is no success; a reader that left is. (That
 * it was closed before the start is not known: Node opens the null device in its place.)
 */
export class Output {
  #failure: Error | undefined;

  constructor() {
    process.stdout.on("error", (error) => this.#note(error));
    writeWhole(process.stdout);
    // Whoever cannot be told that the log is lost is no reason to end.
    process.stderr.on("error", () => {});
  }

  /** What kept something from being written. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when it was written, or could not be. */
  async print(text: string): Promise<void> {
    await new Promise<void>((resolve) =>
      process.stdout.write(text, (error) => {
        if (error) this.#note(error);
        resolve();
      }),
    );
  }

  #note(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    // Of a terminal it means that its window was closed, of a file that the disk is broken.
    const hasLeft = LEFT.has(code) || (code === "EIO" && process.stdout.isTTY);
    if (!hasLeft) this.#failure ??= error;
  }
}
