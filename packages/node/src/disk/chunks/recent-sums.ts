import type { Place } from './volume.ts';

/** The checksums of the chunks that were used last, so that a read need not look at the record's header first. */
export class RecentSums {
  readonly #limit: number;
  /** In the order of use, oldest first. */
  readonly #sums = new Map<Place, Uint32Array>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(place: Place): Uint32Array | undefined {
    return this.#sums.get(place);
  }

  put(place: Place, sums: Uint32Array): void {
    this.#sums.delete(place);
    this.#sums.set(place, sums);
    if (this.#sums.size <= this.#limit) return;
    for (const oldest of this.#sums.keys()) {
      this.#sums.delete(oldest);
      return;
    }
  }

  forget(place: Place): void {
    this.#sums.delete(place);
  }
}
