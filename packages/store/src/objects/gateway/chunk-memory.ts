/**
 * Memory for chunks on their way in, used again and bounded: bodies that find none wait for their turn, as their clients then do.
 *
 * (M1) Never more than `limitBytes` exist at once, for all bodies together; one buffer always may.
 * (M2) Who waits for memory holds none that others wait for: a body asks for its next chunk's memory after it has sent the last one.
 */
export class ChunkMemory {
  readonly #size: number;
  readonly #limit: number;
  readonly #allocate: (size: number) => Uint8Array;
  readonly #spare: Uint8Array[] = [];
  readonly #waiting: ((buffer: Uint8Array) => void)[] = [];
  #count = 0;

  constructor(size: number, limitBytes: number, allocate: (size: number) => Uint8Array) {
    this.#size = size;
    this.#limit = Math.max(1, Math.floor(limitBytes / size));
    this.#allocate = allocate;
  }

  /** Memory of one chunk, which holds what was in it before; must be given back. */
  take(): Uint8Array | Promise<Uint8Array> {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    if (this.#count < this.#limit) {
      this.#count++;
      return this.#allocate(this.#size);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Only when nobody reads or writes it any more. */
  give(buffer: Uint8Array): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#spare.push(buffer);
    else next(buffer);
  }
}
