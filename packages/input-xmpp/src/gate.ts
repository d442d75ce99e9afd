/** More than any stanza of people: RFC 6120, section 13.12 asks servers to bear 10,000 bytes. */
export const LONGEST_STANZA: number = 256 * 1024;
/** Elements in elements. Those in use have less than ten. */
export const DEEPEST = 64;
const CDATA = "[CDATA[";

type Where = "text" | "start" | "tag" | "quote" | "bang" | "cdata" | "instruction";

/**
 * Stands before the XML parser, which knows no limit: follows the text just far enough to count, and finds what an XMPP
 * stream may not have (RFC 6120, section 11.1). One stream, one gate.
 */
export class Gate {
  #where: Where = "text";
  #quote = "";
  #closing = false;
  #depth = 0;
  #length = 0;
  /** The last character in a tag, the begin of a `<![CDATA[`, or the last two in what ends by three. */
  #last = "";

  /** Why the text may not go on to the parser; undefined when it may. */
  check(text: string): string | undefined {
    let at = 0;
    while (at < text.length) {
      const from = at;
      at = this.#skip(text, at);
      const fault = at < text.length ? this.#step(text[at++]!) : undefined;
      if (fault) return fault;
      // What stands between stanzas is no part of one.
      this.#length = this.#depth <= 1 && this.#where === "text" ? 0 : this.#length + at - from;
      if (this.#length > LONGEST_STANZA) return `a stanza of more than ${LONGEST_STANZA} characters`;
    }
    return undefined;
  }

  // To the next character that may matter.
  #skip(text: string, at: number): number {
    const next = this.#where === "text" ? "<" : this.#where === "quote" ? this.#quote : undefined;
    if (next === undefined) return at;
    const found = text.indexOf(next, at);
    return found < 0 ? text.length : found;
  }

  #step(char: string): string | undefined {
    switch (this.#where) {
      case "text":
        this.#enter("start");
        return undefined;
      case "start":
        return this.#start(char);
      case "bang":
        this.#last += char;
        if (!CDATA.startsWith(this.#last)) return "a document type or a comment, which XMPP forbids";
        if (this.#last === CDATA) this.#enter("cdata");
        return undefined;
      case "cdata":
      case "instruction":
        return this.#long(char);
      case "quote":
        this.#enter("tag");
        return undefined;
      case "tag":
        return this.#tag(char);
    }
  }

  #start(char: string): string | undefined {
    this.#closing = char === "/";
    if (char === "!") this.#enter("bang");
    else if (char !== "?") return this.#enterTag(char);
    else if (this.#depth > 0) return "a processing instruction, which XMPP forbids";
    else this.#enter("instruction");
    return undefined;
  }

  #enterTag(char: string): string | undefined {
    this.#enter("tag");
    return char === ">" ? "an element without a name" : undefined;
  }

  #tag(char: string): string | undefined {
    if (char === '"' || char === "'") {
      this.#quote = char;
      this.#enter("quote");
    } else if (char === ">") {
      if (this.#closing) this.#depth--;
      else if (this.#last !== "/") this.#depth++;
      this.#enter("text");
      if (this.#depth > DEEPEST) return `more than ${DEEPEST} elements inside each other`;
    } else this.#last = char;
    return undefined;
  }

  #long(char: string): undefined {
    const end = this.#where === "cdata" ? "]]>" : "?>";
    const last = (this.#last + char).slice(-end.length);
    if (last === end) this.#enter("text");
    else this.#last = last;
  }

  #enter(where: Where): void {
    this.#where = where;
    this.#last = "";
  }
}
