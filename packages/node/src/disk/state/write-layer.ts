/**
 * Changes that are visible but not yet in the database: an ordered map from keys to new values, or to `null` for a key
 * that was removed.
 *
 * Keys are texts of one character a byte (latin-1), whose order is the order of the bytes. A sealed layer never changes
 * again.
 */
import { invariant } from '@crescendo/base';

/** A stored value as it goes to the database, or the mark of a removal. */
export type LayerValue = Buffer | null;

export class WriteLayer {
  readonly generation: number;
  readonly #values = new Map<string, LayerValue>();
  #sorted: readonly string[] = [];
  #added: string[] = [];
  #bytes = 0;
  #sealed = false;
  /** What the running write has replaced, so that it can be taken back; undefined outside of a write. */
  #undo: { readonly key: string; readonly before: LayerValue | undefined }[] | undefined;

  constructor(generation: number) {
    this.generation = generation;
  }

  get size(): number {
    return this.#values.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  seal(): void {
    this.#sealed = true;
  }

  /** undefined: this layer says nothing about the key. */
  get(key: string): LayerValue | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: LayerValue): void {
    invariant(!this.#sealed, 'a sealed layer of writes was changed');
    const before = this.#values.get(key);
    this.#undo?.push({ key, before });
    if (before === undefined) this.#added.push(key);
    this.#values.set(key, value);
    this.#bytes += key.length + (value?.length ?? 0);
  }

  begin(): void {
    this.#undo = [];
  }

  commit(): void {
    this.#undo = undefined;
  }

  rollBack(): void {
    for (const { key, before } of (this.#undo ?? []).toReversed()) {
      if (before === undefined) this.#values.delete(key);
      else this.#values.set(key, before);
    }
    this.#undo = undefined;
    // Keys that are gone again must not stay in the order.
    this.#added = [];
    this.#sorted = [...this.#values.keys()].sort();
  }

  /** Every key, ascending. The list is never changed afterwards. */
  sortedKeys(): readonly string[] {
    if (this.#added.length > 0) {
      this.#sorted = mergeSorted(this.#sorted, this.#added.sort());
      this.#added = [];
    }
    return this.#sorted;
  }
}

/** Position of the first element that is not below `key`. */
export function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeSorted(old: readonly string[], added: readonly string[]): readonly string[] {
  if (old.length === 0) return added;
  // A few keys among many: native copying beats comparing.
  if (added.length <= 4) {
    let merged = old;
    for (const key of added) merged = merged.toSpliced(lowerBound(merged, key), 0, key);
    return merged;
  }
  const merged: string[] = [];
  let at = 0;
  for (const key of added) {
    while (at < old.length && old[at]! < key) merged.push(old[at++]!);
    merged.push(key);
  }
  while (at < old.length) merged.push(old[at++]!);
  return merged;
}
