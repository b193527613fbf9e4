import type { KvPair, KvRange } from '../ports.ts';

/** Bytes as a string of the same order: one code unit a byte. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

export function keyBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/**
 * An ordered map of byte strings for a few thousand entries: a hash map for the values and a sorted list of keys. Keys are
 * kept as strings, which compare faster than arrays of bytes.
 */
export class OrderedMap {
  readonly #values = new Map<string, Uint8Array>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** Gives what stood there before. */
  put(key: string, value: Uint8Array): Uint8Array | undefined {
    const before = this.#values.get(key);
    if (before === undefined) this.#keys.splice(this.#lowerBound(key), 0, key);
    this.#values.set(key, value);
    return before;
  }

  remove(key: string): Uint8Array | undefined {
    const before = this.#values.get(key);
    if (before === undefined) return undefined;
    this.#values.delete(key);
    this.#keys.splice(this.#lowerBound(key), 1);
    return before;
  }

  /** The keys of a range, in its order; a copy. */
  rangeKeys(range: KvRange): string[] {
    const low = this.#lowerBound(keyText(range.start));
    const high = Math.max(low, this.#lowerBound(keyText(range.end)));
    const limit = range.limit ?? Number.POSITIVE_INFINITY;
    if (!range.reverse) return this.#keys.slice(low, Math.min(high, low + limit));
    return this.#keys.slice(Math.max(low, high - limit), high).reverse();
  }

  keys(): readonly string[] {
    return this.#keys;
  }

  copy(): OrderedMap {
    const twin = new OrderedMap();
    for (const key of this.#keys) {
      twin.#keys.push(key);
      twin.#values.set(key, this.#values.get(key)!);
    }
    return twin;
  }

  *pairs(range: KvRange): Generator<KvPair> {
    for (const key of this.rangeKeys(range)) yield { key: keyBytes(key), value: this.#values.get(key)! };
  }

  #lowerBound(key: string): number {
    const keys = this.#keys;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
