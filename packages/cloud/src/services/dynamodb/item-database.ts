/**
 * The items of all tables on disk, in the order of their keys. Reads and writes are synchronous: what is read is what was written last,
 * on disk or not yet, so whoever reads and then writes in one turn needs no lock.
 *
 * It does not know what rows mean.
 *
 * (B1) Everything written in one turn reaches the disk in one transaction, or not at all.
 * (B2) One transaction at a time is under way, the next collects. `durable()` resolves when all that was written before the call is on
 *      disk; who was answered before that would have seen what a crash takes back.
 * (B3) After a failed transaction nothing more is accepted or read: memory is ahead of the disk then, and only a new start brings the
 *      two together.
 */

import { Failure, messageOf } from '@crescendo/base';
import type { ItemFile, KeyRange } from './item-file.ts';

export type { KeyRange } from './item-file.ts';

interface Batch {
  readonly changes: Map<string, Buffer | null>;
  readonly done: PromiseWithResolvers<void>;
}

export class ItemDatabase {
  readonly #file: ItemFile;
  readonly #onFailure: (failure: Failure) => void;
  #collecting = newBatch();
  #underWay: Batch | undefined;
  #failure: Failure<'TablesFailed' | 'TablesClosed'> | undefined;

  /** `onFailure` is told once, when the disk begins to refuse. */
  constructor(file: ItemFile, onFailure: (failure: Failure) => void = () => undefined) {
    this.#file = file;
    this.#onFailure = onFailure;
  }

  get(key: string): Buffer | undefined {
    this.#refuse();
    const pending = this.#pending(key);
    if (pending !== undefined) return pending ?? undefined;
    return this.#file.get(key);
  }

  put(key: string, value: Buffer): void {
    this.#change(key, value);
  }

  delete(key: string): void {
    this.#change(key, null);
  }

  /** Must be walked within the turn, and without writing. */
  *entries(range: KeyRange): Generator<[key: string, value: Buffer]> {
    this.#refuse();
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

  async durable(): Promise<void> {
    this.#refuse();
    if (this.#collecting.changes.size > 0) await this.#collecting.done.promise;
    else await this.#underWay?.done.promise;
  }

  async close(): Promise<void> {
    try {
      await this.durable();
    } finally {
      this.#failure ??= new Failure('TablesClosed', 'the tables are closed; the cloud is stopping');
      await this.#file.close();
    }
  }

  #refuse(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** null: it is about to be deleted. */
  #pending(key: string): Buffer | null | undefined {
    const newest = this.#collecting.changes.get(key);
    return newest === undefined ? this.#underWay?.changes.get(key) : newest;
  }

  #pendingIn({ from, to, reverse = false }: KeyRange): [string, Buffer | null][] {
    const found = new Map<string, Buffer | null>();
    for (const batch of [this.#underWay, this.#collecting]) {
      for (const [key, value] of batch?.changes ?? []) if (key >= from && key < to) found.set(key, value);
    }
    const inOrder = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    return reverse ? inOrder.reverse() : inOrder;
  }

  #change(key: string, value: Buffer | null): void {
    this.#refuse();
    this.#collecting.changes.set(key, value);
    // (B1)
    if (this.#collecting.changes.size === 1 && this.#underWay === undefined) setImmediate(() => this.#send());
  }

  #send(): void {
    if (this.#underWay !== undefined || this.#collecting.changes.size === 0) return;
    const batch = this.#collecting;
    this.#collecting = newBatch();
    this.#underWay = batch;
    this.#file.write(batch.changes).then(
      () => {
        this.#underWay = undefined;
        batch.done.resolve();
        if (this.#collecting.changes.size > 0) setImmediate(() => this.#send()); // (B2)
      },
      (error: unknown) => this.#fail(batch, error),
    );
  }

  /** (B3) */
  #fail(batch: Batch, error: unknown): void {
    this.#failure = new Failure(
      'TablesFailed',
      `the items of tables can't be written (${messageOf(error)}): nothing more is accepted; make room or mend the disk, then start the cloud again`,
      { cause: error },
    );
    this.#underWay = undefined;
    batch.done.reject(this.#failure);
    this.#collecting.done.reject(this.#failure);
    this.#onFailure(this.#failure);
  }
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>();
  // Nobody may be waiting for it: the failure is kept and told to the next caller.
  done.promise.catch(() => undefined);
  return { changes: new Map(), done };
}

function comesBefore(key: string, other: string, { reverse = false }: KeyRange): boolean {
  return reverse ? key > other : key < other;
}

function* present([key, value]: [string, Buffer | null]): Generator<[string, Buffer]> {
  if (value !== null) yield [key, value];
}
