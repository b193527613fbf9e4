import type { Entry, LogReader, SnapshotMark } from '@crescendo/raft';

/** A log as an array behind a mark: what a disk holds, or what a checker knows of a peer's memory. */
export class LogImage implements LogReader {
  #mark: SnapshotMark;
  #entries: Entry[];

  constructor(mark: SnapshotMark, entries: readonly Entry[] = []) {
    this.#mark = mark;
    this.#entries = [...entries];
  }

  get mark(): SnapshotMark {
    return this.#mark;
  }

  clone(): LogImage {
    return new LogImage(this.#mark, this.#entries);
  }

  firstIndex(): number {
    return this.#mark.index + 1;
  }

  lastIndex(): number {
    return this.#mark.index + this.#entries.length;
  }

  entry(index: number): Entry | undefined {
    return this.#entries[index - this.#mark.index - 1];
  }

  term(index: number): number | undefined {
    return index === this.#mark.index ? this.#mark.term : this.entry(index)?.term;
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    const taken: Entry[] = [];
    let bytes = 0;
    for (let index = low; index < high; index++) {
      const entry = this.entry(index);
      if (entry === undefined) break;
      bytes += entry.type === 'command' ? entry.data.length : 0;
      if (bytes > maxBytes && taken.length > 0) break;
      taken.push(entry);
    }
    return taken;
  }

  /** The first entry replaces everything from its index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    if (first.index > this.lastIndex() + 1 || first.index < this.firstIndex()) {
      throw new RangeError(
        `entry ${first.index} does not fit a log of ${this.firstIndex()}..${this.lastIndex()}`,
      );
    }
    this.#entries.length = first.index - this.#mark.index - 1;
    for (const entry of entries) this.#entries.push(entry);
  }

  /** Drops the last entries. */
  truncate(lastIndex: number): void {
    this.#entries.length = Math.max(0, Math.min(this.#entries.length, lastIndex - this.#mark.index));
  }

  /** Starts anew behind the mark; entries that follow it stay. */
  restart(mark: SnapshotMark): void {
    if (mark.index <= this.#mark.index) return;
    if (this.term(mark.index) === mark.term) this.#entries.splice(0, mark.index - this.#mark.index);
    else this.#entries = [];
    this.#mark = mark;
  }
}
