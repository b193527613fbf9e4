import type { LogReader } from '../contract.ts';
import type { Entry, SnapshotMark } from '../protocol.ts';
import { dataBytes } from '../raft-log.ts';

/** A durable log in memory, for tests and the simulator. */
export class MemoryLog implements LogReader {
  mark: SnapshotMark;
  #entries: Entry[] = [];

  constructor(mark: SnapshotMark, entries: readonly Entry[] = []) {
    this.mark = mark;
    this.#entries = [...entries];
  }

  firstIndex(): number {
    return this.mark.index + 1;
  }

  lastIndex(): number {
    return this.mark.index + this.#entries.length;
  }

  term(index: number): number | undefined {
    if (index === this.mark.index) return this.mark.term;
    return this.#entries[index - this.mark.index - 1]?.term;
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    const taken: Entry[] = [];
    let bytes = 0;
    for (let index = low; index < high; index++) {
      const entry = this.#entries[index - this.mark.index - 1];
      if (entry === undefined) break;
      bytes += dataBytes(entry);
      if (bytes > maxBytes && taken.length > 0) break;
      taken.push(entry);
    }
    return taken;
  }

  /** Every entry held. */
  all(): readonly Entry[] {
    return this.#entries;
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    this.#entries.length = Math.min(this.#entries.length, first.index - this.mark.index - 1);
    this.#entries.push(...entries);
  }

  /** Starts anew behind the mark; entries that follow it stay. */
  restart(mark: SnapshotMark): void {
    if (this.term(mark.index) === mark.term) {
      this.compact(mark);
      return;
    }
    this.mark = mark;
    this.#entries = [];
  }

  /** Forgets the entries up to the mark. */
  compact(mark: SnapshotMark): void {
    if (mark.index <= this.mark.index) return;
    this.#entries.splice(0, mark.index - this.mark.index);
    this.mark = mark;
  }
}
