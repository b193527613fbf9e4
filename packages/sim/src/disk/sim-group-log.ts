import { invariant } from '@crescendo/base';
import type { Entry, HardState, SnapshotMark } from '@crescendo/raft';
import type { GroupLog, LogWrite } from '../ports.ts';

const EMPTY_MARK: SnapshotMark = { index: 0, term: 0, membership: { epoch: 0, voters: [], learners: [] } };

/** One group's durable log. Only its store changes it. */
export class SimGroupLog implements GroupLog {
  hardState: HardState = { term: 0, vote: null, commit: 0 };
  snapshot: SnapshotMark = EMPTY_MARK;
  #entries: Entry[] = [];

  firstIndex(): number {
    return this.snapshot.index + 1;
  }

  lastIndex(): number {
    return this.snapshot.index + this.#entries.length;
  }

  term(index: number): number | undefined {
    return index === this.snapshot.index ? this.snapshot.term : this.at(index)?.term;
  }

  at(index: number): Entry | undefined {
    return this.#entries[index - this.firstIndex()];
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    const from = low - this.firstIndex();
    invariant(from >= 0, `entries from ${low} are asked for, the log begins at ${this.firstIndex()}`);
    const found: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#entries.slice(from, high - this.firstIndex())) {
      bytes += dataBytes(entry);
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(entry);
    }
    return found;
  }

  apply(write: LogWrite): void {
    if (write.hardState !== undefined) this.hardState = { ...write.hardState };
    if (write.snapshot !== undefined) this.#startBehind(write.snapshot);
    const [first] = write.entries ?? [];
    if (first === undefined) return;
    invariant(
      first.index >= this.firstIndex() && first.index <= this.lastIndex() + 1,
      `group ${write.group}: entry ${first.index} does not follow a log of ${this.firstIndex()}..${this.lastIndex()}`,
    );
    this.#entries.length = first.index - this.firstIndex();
    this.#entries.push(...(write.entries ?? []));
  }

  /** Entries that follow the mark are kept, all others go. */
  #startBehind(mark: SnapshotMark): void {
    const follows = mark.index >= this.snapshot.index && this.term(mark.index) === mark.term;
    this.#entries = follows ? this.#entries.slice(mark.index - this.snapshot.index) : [];
    this.snapshot = mark;
  }

  compact(mark: SnapshotMark): void {
    if (mark.index <= this.snapshot.index) return;
    invariant(
      mark.index <= this.lastIndex(),
      `compaction up to ${mark.index}, the log ends at ${this.lastIndex()}`,
    );
    invariant(
      this.term(mark.index) === mark.term,
      `compaction at ${mark.index} in term ${mark.term}: wrong term`,
    );
    this.#startBehind(mark);
  }

  bytes(): number {
    let total = 100;
    for (const entry of this.#entries) total += 100 + dataBytes(entry);
    return total;
  }
}

function dataBytes(entry: Entry): number {
  return entry.type === 'command' ? entry.data.length : 0;
}

/** A write that shares nothing with its caller (D2). */
export function copiedWrite(write: LogWrite): LogWrite {
  if (write.entries === undefined) return { ...write };
  const entries = write.entries.map((entry) =>
    entry.type === 'command' ? { ...entry, data: entry.data.slice() } : entry,
  );
  return { ...write, entries };
}
