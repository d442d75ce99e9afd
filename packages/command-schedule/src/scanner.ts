/** A text that is read from its beginning, a pattern at a time. White space before a pattern is skipped. */
export class Scanner {
  readonly text: string;
  /** How far it was read, in UTF-16 units. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** What is left. */
  get rest(): string {
    return this.text.slice(this.at);
  }

  /** Reads a pattern that begins with `^`; undefined, and nothing is read, when it is not there. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    return this.read((text) => {
      const found = pattern.exec(text);
      return found ? { value: found, length: found[0].length } : undefined;
    });
  }

  /** Reads by a function that says how many UTF-16 units it read. */
  read<T>(
    reader: (text: string) => { readonly value: T; readonly length: number } | undefined,
  ): T | undefined {
    const gap = /^\s*/u.exec(this.rest)![0].length;
    const found = reader(this.rest.slice(gap));
    if (found) this.at += gap + found.length;
    return found?.value;
  }
}
