import { invariant } from '@crescendo/base';
import type { LogReader } from './contract.ts';
import type { Entry, SnapshotMark } from './protocol.ts';

/**
 * A peer's whole log: the durable part, read through `LogReader`, and behind it the tail that is not durable yet.
 * It knows nothing of terms' meaning, peers or messages.
 *
 * (L1) Up to `durable` the log is what the reader shows; from `durable + 1` on it is the tail. The reader may still
 *      show entries behind `durable` that a batch under way replaces: they are never read.
 * (L2) A batch under way makes durable only what has not been replaced since: replacing entries lowers the mark of
 *      every batch under way, so an entry counts as durable only when no earlier batch can still take it away.
 * (L3) After a restart behind a snapshot's mark the reader is not asked until the batch with the mark is durable.
 */
export class RaftLog {
  readonly #reader: LogReader;
  #durable: number;
  #tail: Entry[] = [];
  /** First entry that no batch has carried yet. */
  #unwritten: number;
  #restart: { readonly mark: SnapshotMark; taken: boolean } | null = null;
  #sequence = 0;
  #underWay: { readonly sequence: number; durableTo: number; readonly restarts: boolean }[] = [];

  constructor(reader: LogReader) {
    this.#reader = reader;
    this.#durable = reader.lastIndex();
    this.#unwritten = this.#durable + 1;
  }

  /** Last index of this log that is durable here. */
  get durable(): number {
    return this.#durable;
  }

  firstIndex(): number {
    return this.#restart === null ? this.#reader.firstIndex() : this.#restart.mark.index + 1;
  }

  lastIndex(): number {
    return this.#durable + this.#tail.length;
  }

  lastTerm(): number {
    const term = this.term(this.lastIndex());
    invariant(term !== undefined, `the term of the last entry ${this.lastIndex()} is not known`);
    return term;
  }

  /** Undefined when the entry is compacted or not there. */
  term(index: number): number | undefined {
    if (index > this.#durable) return this.#tail[index - this.#durable - 1]?.term;
    if (this.#restart !== null && index <= this.#restart.mark.index) {
      return index === this.#restart.mark.index ? this.#restart.mark.term : undefined;
    }
    return index === 0 ? 0 : this.#reader.term(index);
  }

  /** Entries in [low, high), at least one when there is one, then as many as fit in `maxBytes` of data. */
  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    if (low > this.#durable) return this.#tailEntries(low, high, maxBytes);
    const stop = Math.min(high, this.#durable + 1);
    if (low >= stop) return [];
    const durable = this.#reader.entries(low, stop, maxBytes);
    invariant(durable[0]?.index === low, `entry ${low} is missing from the log`);
    const next = low + durable.length;
    if (next < stop || stop === high) return durable;
    const left = maxBytes - durable.reduce((sum, entry) => sum + dataBytes(entry), 0);
    return left <= 0 ? durable : [...durable, ...this.#tailEntries(next, high, left)];
  }

  #tailEntries(low: number, high: number, maxBytes: number): readonly Entry[] {
    const start = low - this.#durable - 1;
    const stop = Math.min(high - this.#durable - 1, this.#tail.length);
    let end = start;
    for (let bytes = 0; end < stop; end++) {
      bytes += dataBytes(this.#tail[end]!);
      if (bytes > maxBytes && end > start) break;
    }
    return this.#tail.slice(start, end);
  }

  /** Appends; the first entry replaces everything from its index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    invariant(
      first.index <= this.lastIndex() + 1,
      `entry ${first.index} leaves a gap behind ${this.lastIndex()}`,
    );
    if (first.index <= this.lastIndex()) this.#truncate(first.index);
    for (const entry of entries) this.#tail.push(entry);
  }

  #truncate(from: number): void {
    if (from <= this.#durable) {
      this.#durable = from - 1;
      this.#tail = [];
    } else {
      this.#tail.length = from - this.#durable - 1;
    }
    this.#unwritten = Math.min(this.#unwritten, from);
    for (const batch of this.#underWay) batch.durableTo = Math.min(batch.durableTo, from - 1); // (L2)
  }

  /** Forgets every entry; the log starts anew behind a snapshot whose state is in place. */
  restartBehind(mark: SnapshotMark): void {
    this.#restart = { mark, taken: false };
    this.#durable = mark.index;
    this.#tail = [];
    this.#unwritten = mark.index + 1;
    for (const batch of this.#underWay) batch.durableTo = 0; // (L2)
  }

  hasWrites(): boolean {
    return this.#unwritten <= this.lastIndex() || this.#restart?.taken === false;
  }

  /** Everything that no batch has carried yet, as the next batch. */
  takeWrites(): { sequence: number; snapshot: SnapshotMark | null; entries: readonly Entry[] } {
    const sequence = ++this.#sequence;
    const entries = this.#tail.slice(this.#unwritten - this.#durable - 1);
    const snapshot = this.#restart?.taken === false ? this.#restart.mark : null;
    if (this.#restart !== null) this.#restart.taken = true;
    this.#unwritten = this.lastIndex() + 1;
    this.#underWay.push({ sequence, durableTo: this.lastIndex(), restarts: snapshot !== null });
    return { sequence, snapshot, entries };
  }

  /** The batch and all before it are durable. */
  persisted(sequence: number): void {
    invariant(
      sequence <= this.#sequence,
      `batch ${sequence} was never handed out; the last is ${this.#sequence}`,
    );
    let batch = this.#underWay[0];
    while (batch !== undefined && batch.sequence <= sequence) {
      this.#underWay.shift();
      if (batch.durableTo > this.#durable) {
        this.#tail.splice(0, batch.durableTo - this.#durable);
        this.#durable = batch.durableTo;
      }
      const settled = batch.restarts && !this.#underWay.some((later) => later.restarts);
      if (settled && this.#restart?.taken === true) this.#restart = null; // (L3)
      batch = this.#underWay[0];
    }
  }

  /** True while a batch is under way. */
  isWriting(): boolean {
    return this.#underWay.length > 0;
  }
}

/** What an entry counts against limits in bytes of data. */
export function dataBytes(entry: Entry): number {
  return entry.type === 'command' ? entry.data.length : 0;
}
