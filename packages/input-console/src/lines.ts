/** What is told of the lines found. */
export interface LineEvents {
  /** A line that is not blank, without the spaces around it. */
  line(text: string): void;
  /** A line was longer than the limit and is left out, all of it. `number` counts from 1. */
  tooLong(number: number): void;
}

/** Cuts text that comes in pieces into lines. */
export interface Lines {
  push(piece: string): void;
  /** The last line may lack its newline. */
  end(): void;
}

/** Never holds more than `limit` characters and one piece. Lines end in LF or CRLF. */
export function lines(limit: number, { line, tooLong }: LineEvents): Lines {
  let held = "";
  let skipping = false;
  let number = 1;

  function hold(piece: string): void {
    if (skipping) return;
    held += piece;
    if (held.length <= limit) return;
    held = "";
    skipping = true;
    tooLong(number);
  }

  function finish(): void {
    const text = held.trim();
    held = "";
    skipping = false;
    number++;
    if (text !== "") line(text);
  }

  return {
    push(piece) {
      const [first, ...more] = piece.split("\n");
      hold(first!);
      for (const next of more) {
        finish();
        hold(next);
      }
    },
    end: finish,
  };
}
