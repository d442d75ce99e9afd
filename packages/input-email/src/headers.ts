import type { HeaderLines } from "mailparser";

/** A header's value on one line: RFC 5322, section 2.2.3. */
export function unfold(value: string): string {
  return value.replace(/\r\n?(?=[ \t])|\n(?=[ \t])/gu, "").replace(/\r?\n$/u, "");
}

/** A mail's headers as they came, from the top. */
export class Headers {
  readonly #values = new Map<string, string[]>();

  constructor(lines: HeaderLines) {
    for (const { key, line } of lines) {
      const name = key.toLowerCase();
      const value = unfold(line.slice(line.indexOf(":") + 1)).trim();
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  first(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  names(): IterableIterator<string> {
    return this.#values.keys();
  }
}

// RFC 5322, section 3.6.4; what is not printable ASCII would not come back as it was.
const MESSAGE_ID = /<([\u0021-\u003b=\u003f-\u007e]{1,250})>/gu;

/** The message ids in a header, without their brackets. */
export function messageIds(value: string): string[] {
  return [...value.matchAll(MESSAGE_ID)].map(([, id]) => id!);
}

export function isMessageId(text: string): boolean {
  return /^[\u0021-\u003b=\u003f-\u007e]{1,250}$/u.test(text);
}
