import type { Entry, HardState, Ready, SnapshotMark } from '@crescendo/raft';
import { LogImage } from './log-image.ts';

/** One batch on its way to the disk. */
interface PendingWrite {
  readonly hardState: HardState | undefined;
  readonly snapshot: SnapshotMark | undefined;
  readonly entries: readonly Entry[];
  readonly done: (() => void)[];
}

/**
 * A peer's disk for term, vote and log. Writes become durable in order, each as a whole; a crash loses those under
 * way, except for some of the first ones that made it without anybody having heard.
 */
export class LogDisk {
  readonly image: LogImage;
  hardState: HardState = { term: 0, vote: null, commit: 0 };
  #pending: PendingWrite[] = [];

  constructor(mark: SnapshotMark) {
    this.image = new LogImage(mark);
  }

  get isWriting(): boolean {
    return this.#pending.length > 0;
  }

  write(ready: Ready, done: () => void): void {
    this.#pending.push({
      hardState: ready.hardState,
      snapshot: ready.snapshot,
      entries: ready.entries,
      done: [done],
    });
  }

  /** Called when the newest write under way is durable. */
  afterLastWrite(done: () => void): void {
    this.#pending.at(-1)!.done.push(done);
  }

  /** The oldest write under way becomes durable. */
  completeOne(): void {
    const write = this.#pending.shift();
    if (write === undefined) return;
    this.#store(write);
    for (const done of write.done) done();
  }

  /** `survivors` of the writes under way made it; nobody is told. */
  crash(survivors: number): void {
    for (const write of this.#pending.slice(0, survivors)) this.#store(write);
    this.#pending = [];
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** The state machine holds everything up to the mark; a mark that is not in the log yet waits for the next time. */
  compact(mark: SnapshotMark): void {
    if (this.image.term(mark.index) === mark.term) this.image.restart(mark);
  }

  #store({ hardState, snapshot, entries }: PendingWrite): void {
    if (hardState !== undefined) this.hardState = hardState;
    if (snapshot !== undefined) this.image.restart(snapshot);
    this.image.append(entries);
  }
}
