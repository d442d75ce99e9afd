const CLOSING = new Map([
  ['"', '"'],
  ["'", "'"],
  ["“", "”"],
  ["‘", "’"],
]);

/** Whether a bracket or a quote is open at the end of what was read, as arguments of commands are read. */
export class Open {
  #depth = 0;
  /** What closes the quote that is open. */
  #quote = "";
  #before = " ";
  #escaped = false;

  /** An apostrophe may be no quote at all. */
  get state(): "no" | "bracket" | "quote" | "apostrophe" {
    if (this.#depth > 0) return "bracket";
    if (this.#quote === "") return "no";
    return this.#quote === "'" || this.#quote === "’" ? "apostrophe" : "quote";
  }

  /** Reads on; a space stands between lines. */
  read(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      this.#take(char, text[at + 1] ?? " ");
      this.#before = char;
    }
  }

  #take(char: string, next: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#quote !== "") this.#inQuote(char, next);
    else if (this.#depth > 0) this.#inBrackets(char);
    else if (/[\s=]/u.test(this.#before)) this.#atWord(char);
  }

  #inQuote(char: string, next: string): void {
    if (char === "\\" && this.#quote !== "'" && this.#quote !== "’") this.#escaped = true;
    // Outside of JSON a quote inside of a word closes nothing.
    else if (char === this.#quote && (this.#depth > 0 || /\s/u.test(next))) this.#quote = "";
  }

  #inBrackets(char: string): void {
    if (char === '"' || char === "“") this.#quote = CLOSING.get(char)!;
    else if (char === "{" || char === "[") this.#depth++;
    else if (char === "}" || char === "]") this.#depth--;
  }

  #atWord(char: string): void {
    if (CLOSING.has(char)) this.#quote = CLOSING.get(char)!;
    else if ((char === "{" || char === "[") && this.#before !== "=") this.#depth = 1;
  }
}
