/**
 * The items of all tables on disk, in the order of their keys. Reads and writes are synchronous: what is read is what was written last,
 * on disk or not yet, so whoever reads and then writes in one turn needs no lock.
 *
 * It does not know what rows mean.
 */

import type { Failure } from '@crescendo/base';
import { CommitQueue } from '../../state/commit-queue.ts';
import type { ItemFile, KeyRange } from './item-file.ts';

export type { KeyRange } from './item-file.ts';

export class ItemDatabase {
  readonly #file: ItemFile;
  readonly #queue: CommitQueue;

  /** `onFailure` is told once, when the disk begins to refuse. */
  constructor(file: ItemFile, onFailure: (failure: Failure) => void = () => undefined) {
    this.#file = file;
    const write = file.write.bind(file);
    this.#queue = new CommitQueue({ kind: 'Tables', what: 'the items of tables', write, onFailure });
  }

  get(key: string): Buffer | undefined {
    this.#queue.refuse();
    const pending = this.#pending(key);
    if (pending !== undefined) return pending ?? undefined;
    return this.#file.get(key);
  }

  put(key: string, value: Buffer): void {
    this.#queue.add(key, value);
  }

  delete(key: string): void {
    this.#queue.add(key, null);
  }

  /** Must be walked within the turn, and without writing. */
  *entries(range: KeyRange): Generator<[key: string, value: Buffer]> {
    this.#queue.refuse();
    const pending = this.#pendingIn(range);
    let next = 0;
    for (const [key, value] of this.#file.range(range)) {
      while (next < pending.length && comesBefore(pending[next]![0], key, range))
        yield* present(pending[next++]!);
      if (pending[next]?.[0] === key) yield* present(pending[next++]!);
      else yield [key, value];
    }
    while (next < pending.length) yield* present(pending[next++]!);
  }

  durable(): Promise<void> {
    return this.#queue.durable();
  }

  async close(): Promise<void> {
    try {
      await this.#queue.close();
    } finally {
      await this.#file.close();
    }
  }

  /** null: it is about to be deleted. */
  #pending(key: string): Buffer | null | undefined {
    const [older, newer] = this.#queue.pending();
    const newest = newer?.get(key);
    return newest === undefined ? older?.get(key) : newest;
  }

  #pendingIn({ from, to, reverse = false }: KeyRange): [string, Buffer | null][] {
    const found = new Map<string, Buffer | null>();
    for (const changes of this.#queue.pending()) {
      for (const [key, value] of changes) if (key >= from && key < to) found.set(key, value);
    }
    const inOrder = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    return reverse ? inOrder.reverse() : inOrder;
  }
}

function comesBefore(key: string, other: string, { reverse = false }: KeyRange): boolean {
  return reverse ? key > other : key < other;
}

function* present([key, value]: [string, Buffer | null]): Generator<[string, Buffer]> {
  if (value !== null) yield [key, value];
}
