/**
 * Memory of one size that is used again: fresh memory is slow to touch, and giving it up by the megabyte makes the collector look at
 * the whole heap every few requests.
 */
const MOST_SPARE_BYTES = 16 * 1024 * 1024;

export class BufferPool {
  readonly #size: number;
  readonly #allocate: (size: number) => Uint8Array;
  readonly #spare: Uint8Array[] = [];

  constructor(size: number, allocate: (size: number) => Uint8Array) {
    this.#size = size;
    this.#allocate = allocate;
  }

  /** Holds what was in it before. */
  take(): Uint8Array {
    return this.#spare.pop() ?? this.#allocate(this.#size);
  }

  /** Only when nobody reads or writes it any more. Whoever forgets to give leaves it to the collector. */
  give(buffer: Uint8Array): void {
    if ((this.#spare.length + 1) * this.#size <= MOST_SPARE_BYTES) this.#spare.push(buffer);
  }
}
