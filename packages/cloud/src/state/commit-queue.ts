/**
 * Changes on their way to the disk: collected while a turn lasts, written one batch after another.
 *
 * It does not know what keys and values mean, nor how they are written.
 *
 * (S1) Changes are collected and leave as one batch at the end of the turn, so one turn is one transaction (D1).
 * (S2) One batch at a time is under way; the next one collects until it is done. A later batch is never on disk without an earlier.
 * (S3) After a failed batch nothing is accepted (D5): memory is ahead of the disk then, and only a new start can bring them together.
 */
import { Failure, messageOf } from '@crescendo/base';

/** Key -> stored bytes; null removes. */
export type Changes = ReadonlyMap<string, Buffer | null>;

interface Batch {
  readonly changes: Map<string, Buffer | null>;
  readonly done: PromiseWithResolvers<void>;
}

export interface CommitQueueOptions {
  /** Begins the codes of failures: `RecordsFailed`, `RecordsClosed`. */
  readonly kind: 'Records' | 'Tables';
  /** What is written, for people. */
  readonly what: string;
  /** One transaction: all or nothing, on disk when it resolves. */
  readonly write: (changes: Changes) => Promise<void>;
  /** Told once, when the disk begins to refuse. */
  readonly onFailure: (failure: Failure) => void;
}

export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #collecting = newBatch();
  #underWay: Batch | undefined;
  #failure: Failure | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /** Throws once nothing is accepted any more. */
  refuse(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  add(key: string, value: Buffer | null): void {
    this.refuse();
    this.#collecting.changes.set(key, value);
    // (S1)
    if (this.#collecting.changes.size === 1 && this.#underWay === undefined) setImmediate(() => this.#send());
  }

  /** What is not on disk yet, the older batch first. */
  pending(): Changes[] {
    return this.#underWay === undefined
      ? [this.#collecting.changes]
      : [this.#underWay.changes, this.#collecting.changes];
  }

  /** Resolves when everything added before the call is on disk. */
  async durable(): Promise<void> {
    this.refuse();
    if (this.#collecting.changes.size > 0) await this.#collecting.done.promise;
    else await this.#underWay?.done.promise;
  }

  /** Writes what waits; nothing is accepted afterwards. */
  async close(): Promise<void> {
    const { kind } = this.#options;
    try {
      await this.durable();
    } finally {
      this.#failure ??= new Failure(
        `${kind}Closed`,
        `the ${kind.toLowerCase()} are closed; the cloud is stopping`,
      );
    }
  }

  #send(): void {
    if (this.#underWay !== undefined || this.#collecting.changes.size === 0) return;
    const batch = this.#collecting;
    this.#collecting = newBatch();
    this.#underWay = batch;
    this.#options.write(batch.changes).then(
      () => {
        this.#underWay = undefined;
        batch.done.resolve();
        // (S2): not at once, since the promise may settle within a turn that is still writing.
        if (this.#collecting.changes.size > 0) setImmediate(() => this.#send());
      },
      (error: unknown) => this.#fail(batch, error),
    );
  }

  /** (S3) */
  #fail(batch: Batch, error: unknown): void {
    const { kind, what, onFailure } = this.#options;
    const failure = new Failure(
      `${kind}Failed`,
      `${what} can't be written (${messageOf(error)}): nothing more is accepted; make room or mend the disk, then start the cloud again`,
      { cause: error },
    );
    this.#failure = failure;
    this.#underWay = undefined;
    batch.done.reject(failure);
    this.#collecting.done.reject(failure);
    onFailure(failure);
  }
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>();
  // Nobody may be waiting for it: the failure is kept and told to the next caller.
  done.promise.catch(() => undefined);
  return { changes: new Map(), done };
}
