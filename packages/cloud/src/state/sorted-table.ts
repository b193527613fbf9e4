/**
 * One table of records in memory, in the order of its keys.
 *
 * It does not know how records reach a disk: whoever owns it is told of each change before the change can be read.
 */
import type { RecordTable } from '../contract/records.ts';

/** Told before each change; `undefined` stands for a deletion. What it throws refuses the change. */
export type RecordListener = (key: string, value: unknown) => void;

export class SortedTable<Value> implements RecordTable<Value> {
  readonly #values: Map<string, Value>;
  readonly #onChange: RecordListener;
  /** Made when it is asked for and never changed in place, so that an iteration may go on while records change. */
  #order: readonly string[] | undefined;

  constructor(onChange: RecordListener, values: Map<string, Value> = new Map()) {
    this.#onChange = onChange;
    this.#values = values;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  put(key: string, value: Value): void {
    if (value === undefined) {
      throw new TypeError(`the record ${JSON.stringify(key)} was given no value; use delete to remove it`);
    }
    this.#onChange(key, value);
    if (!this.#values.has(key)) this.#order = undefined;
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (!this.#values.has(key)) return;
    this.#onChange(key, undefined);
    this.#values.delete(key);
    this.#order = undefined;
  }

  *entries(prefix = ''): IterableIterator<[string, Value]> {
    this.#order ??= [...this.#values.keys()].sort();
    const order = this.#order;
    for (let at = firstAtLeast(order, prefix); at < order.length; at++) {
      const key = order[at]!;
      if (!key.startsWith(prefix)) return;
      const value = this.#values.get(key);
      // Gone since the iteration began.
      if (value !== undefined) yield [key, value];
    }
  }
}

function firstAtLeast(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
