/**
 * Memory for the large bodies of requests, used again when their handlers are done. Fresh memory by the megabyte is slow to touch, and giving it
 * up makes the collector look at the whole heap every few requests.
 *
 * (M1) What is kept is bounded; what is lent beyond that is left to the collector.
 */
const SLAB_BYTES = 4 * 1024 * 1024;
/** Smaller ones cost little, and would waste most of what is lent. */
const MIN_BODY_BYTES = 32 * 1024;
const SMALL_BYTES = 256 * 1024;
const MAX_KEPT = { large: 6, small: 32 };

export class BodyMemory {
  readonly #large: Uint8Array[] = [];
  readonly #small: Uint8Array[] = [];

  /** At least `length` bytes; undefined when the body is not worth it or too large. */
  take(length: number): Uint8Array | undefined {
    if (length < MIN_BODY_BYTES || length > SLAB_BYTES) return undefined;
    if (length <= SMALL_BYTES) return this.#small.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
    return this.#large.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  /** Nobody reads or writes it any more. */
  give(memory: Uint8Array): void {
    const isLarge = memory.length === SLAB_BYTES;
    const kept = isLarge ? this.#large : this.#small;
    if (kept.length < (isLarge ? MAX_KEPT.large : MAX_KEPT.small)) kept.push(memory); // (M1)
  }
}
