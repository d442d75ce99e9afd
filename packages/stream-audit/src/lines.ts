import type { FileHandle } from "node:fs/promises";
import { BotError, messageOf } from "@micro-bot/core";

/**
 * A file of lines that only grows: its owner's alone, synced with each write, opened again when it was moved away. What
 * could not be written is written first the next time, so that the file has all when there is room again.
 */
export class Lines {
  readonly path: string;
  #file: { readonly handle: FileHandle; readonly dev: number; readonly ino: number } | undefined;
  #left = "";

  constructor(path: string) {
    this.path = path;
  }

  /** Opens it, and writes what is left from before. Rejects with `config` when it cannot be opened. */
  async ready(): Promise<void> {
    await this.#handle();
    if (this.#left !== "") await this.#flush();
  }

  /** Resolves when the lines are on the disk. */
  async write(lines: string): Promise<void> {
    this.#left += lines;
    await this.#flush();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  async #flush(): Promise<void> {
    const handle = await this.#handle();
    const { size } = await handle.stat();
    const bytes = Buffer.from(this.#left);
    let written = 0;
    try {
      while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
      await handle.datasync();
    } catch (cause) {
      await this.#undo(handle, size, written);
      throw new BotError("failed", `--audit_file: ${this.path}: ${messageOf(cause)}`, { cause });
    }
    this.#left = "";
  }

  /** Takes back what a full disk cut; when somebody else wrote meanwhile, what follows begins on a line of its own. */
  async #undo(handle: FileHandle, before: number, written: number): Promise<void> {
    if (written === 0) return;
    try {
      if ((await handle.stat()).size !== before + written) throw new Error("somebody else has written");
      await handle.truncate(before);
    } catch {
      this.#left = `\n${this.#left}`;
    }
  }

  async #handle(): Promise<FileHandle> {
    const { open, stat } = await import("node:fs/promises");
    const there = await stat(this.path).catch(() => undefined);
    if (this.#file && there?.ino === this.#file.ino && there.dev === this.#file.dev) return this.#file.handle;
    await this.close();
    try {
      const handle = await open(this.path, "a", 0o600);
      const { dev, ino } = await handle.stat();
      this.#file = { handle, dev, ino };
      return handle;
    } catch (cause) {
      throw new BotError("config", `--audit_file: ${this.path} cannot be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}
