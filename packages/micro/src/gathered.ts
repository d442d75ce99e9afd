/**
 * Bytes as they come in, in one piece. A piece kept by itself costs a hundred bytes and more, and it is the other side
 * that decides how small they are.
 */
export class Gathered {
  /** How many pieces there were. */
  pieces = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What there is; good until the next `push`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  push(piece: Buffer): void {
    this.pieces++;
    // Most answers come in one piece, which is taken as it is.
    if (this.#size === 0) this.#bytes = piece;
    else this.#append(piece);
    this.#size += piece.length;
  }

  /** Forgets the first bytes. */
  drop(count: number): void {
    this.#bytes = this.#bytes.subarray(count, this.#size);
    this.#size -= count;
  }

  #append(piece: Buffer): void {
    const need = this.#size + piece.length;
    if (need > this.#bytes.length) {
      // Twice as much each time: each byte is copied twice at most, whatever the pieces.
      const larger = Buffer.allocUnsafeSlow(Math.max(need, 2 * this.#size));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.#size);
  }
}
