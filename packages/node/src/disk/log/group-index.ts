/**
 * What one group's log holds and where: the durable view that raft reads. Entries are in `segment files`; a bounded
 * number of the newest ones of all groups is kept decoded (`EntryCache`).
 *
 * (G1) Entries are the indices `snapshot.index + 1 .. lastIndex()`, without a gap.
 * (G2) Every record that is still needed is counted in the ledger of its segment, once.
 */
import { invariant } from '@crescendo/base';
import type { Entry, HardState, SnapshotMark } from '@crescendo/raft';
import type { GroupId, GroupLog } from '@crescendo/store';
import type { EntryCache } from './entry-cache.ts';

/** Where a record stands. */
export interface RecordPlace {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** Bytes of records that are still needed, per segment. */
export class SegmentLedger {
  readonly #live = new Map<number, number>();
  #total = 0;

  add(place: RecordPlace): void {
    this.#live.set(place.segment, this.live(place.segment) + place.length);
    this.#total += place.length;
  }

  drop(place: RecordPlace): void {
    this.#live.set(place.segment, this.live(place.segment) - place.length);
    this.#total -= place.length;
  }

  live(segment: number): number {
    return this.#live.get(segment) ?? 0;
  }

  get total(): number {
    return this.#total;
  }

  forget(segment: number): void {
    this.#live.delete(segment);
  }
}

export interface GroupIndexOptions {
  readonly id: GroupId;
  readonly ledger: SegmentLedger;
  readonly cache: EntryCache;
  /** Reads an entry's record back from its segment; throws when it is damaged. */
  readonly load: (place: RecordPlace) => Entry;
}

export const NO_HARD_STATE: HardState = { term: 0, vote: null, commit: 0 };
export const NO_SNAPSHOT: SnapshotMark = {
  index: 0,
  term: 0,
  membership: { epoch: 0, voters: [], learners: [] },
};

interface IndexedEntry {
  readonly term: number;
  place: RecordPlace;
  /** Present while the entry is in the cache. */
  entry: Entry | undefined;
}

export class GroupIndex implements GroupLog {
  readonly id: GroupId;
  readonly #options: GroupIndexOptions;
  #hardState = NO_HARD_STATE;
  #hardStatePlace: RecordPlace | undefined;
  #snapshot = NO_SNAPSHOT;
  #snapshotPlace: RecordPlace | undefined;
  /** (G1): the entry of index i stands at i - snapshot.index - 1. */
  #entries: IndexedEntry[] = [];

  constructor(options: GroupIndexOptions) {
    this.id = options.id;
    this.#options = options;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get snapshot(): SnapshotMark {
    return this.#snapshot;
  }

  firstIndex(): number {
    return this.#snapshot.index + 1;
  }

  lastIndex(): number {
    return this.#snapshot.index + this.#entries.length;
  }

  term(index: number): number | undefined {
    if (index === this.#snapshot.index) return this.#snapshot.term;
    return this.#at(index)?.term;
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    const found: Entry[] = [];
    let bytes = 0;
    for (let index = low; index < high; index++) {
      const slot = this.#at(index);
      if (slot === undefined) break;
      const entry = slot.entry ?? this.#options.load(slot.place);
      bytes += entry.type === 'command' ? entry.data.length : 0;
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(entry);
    }
    return found;
  }

  setHardState(hardState: HardState, place: RecordPlace): void {
    this.#hardState = hardState;
    this.#hardStatePlace = this.#replace(this.#hardStatePlace, place);
  }

  /** Puts an entry at the end, or in place of everything from its index on. */
  append(entry: Entry, place: RecordPlace): void {
    invariant(
      entry.index >= this.firstIndex() && entry.index <= this.lastIndex() + 1,
      `entry ${entry.index} of group ${this.id} does not follow ${this.firstIndex()}..${this.lastIndex()}`,
    );
    this.#truncateFrom(entry.index);
    this.restore(entry.index, entry.term, place);
    this.#options.cache.add(this, entry);
    this.#entries.at(-1)!.entry = entry;
  }

  /** As `append` at the end, for recovery: without a decoded entry. */
  restore(index: number, term: number, place: RecordPlace): void {
    invariant(index === this.lastIndex() + 1, `entry ${index} of group ${this.id} leaves a gap`);
    this.#options.ledger.add(place);
    this.#entries.push({ term, place, entry: undefined });
  }

  /** Moves the mark; without a place the record is still on its way to the disk. */
  setSnapshot(mark: SnapshotMark, keepLater: boolean, place?: RecordPlace): void {
    if (place !== undefined) this.#snapshotPlace = this.#replace(this.#snapshotPlace, place);
    if (keepLater && mark.index < this.firstIndex() && this.#snapshot !== NO_SNAPSHOT) return;
    const gone = keepLater
      ? Math.min(mark.index - this.#snapshot.index, this.#entries.length)
      : this.#entries.length;
    this.#forget(this.#entries.slice(0, gone));
    this.#entries = this.#entries.slice(gone);
    this.#snapshot = mark;
  }

  /** Nothing of this group is needed any more. */
  discard(): void {
    this.#truncateFrom(this.firstIndex());
    if (this.#hardStatePlace !== undefined) this.#options.ledger.drop(this.#hardStatePlace);
    if (this.#snapshotPlace !== undefined) this.#options.ledger.drop(this.#snapshotPlace);
    this.#hardStatePlace = undefined;
    this.#snapshotPlace = undefined;
  }

  /** What of this group's needed records stands in a segment. */
  *recordsIn(segment: number): Iterable<'hardState' | 'snapshot' | number> {
    if (this.#hardStatePlace?.segment === segment) yield 'hardState';
    if (this.#snapshotPlace?.segment === segment) yield 'snapshot';
    for (let at = 0; at < this.#entries.length; at++) {
      if (this.#entries[at]!.place.segment === segment) yield this.firstIndex() + at;
    }
  }

  /** A copy of an entry has become durable elsewhere: the old record is not needed any more. */
  move(index: number, term: number, place: RecordPlace): void {
    const slot = this.#at(index);
    if (slot === undefined || slot.term !== term) return;
    slot.place = this.#replace(slot.place, place);
  }

  uncache(entry: Entry): void {
    const slot = this.#at(entry.index);
    if (slot?.entry === entry) slot.entry = undefined;
  }

  #at(index: number): IndexedEntry | undefined {
    return this.#entries[index - this.#snapshot.index - 1];
  }

  #truncateFrom(index: number): void {
    const kept = index - this.firstIndex();
    if (kept >= this.#entries.length) return;
    this.#forget(this.#entries.splice(kept));
  }

  #forget(slots: readonly IndexedEntry[]): void {
    for (const slot of slots) this.#options.ledger.drop(slot.place);
  }

  #replace(old: RecordPlace | undefined, place: RecordPlace): RecordPlace {
    if (old !== undefined) this.#options.ledger.drop(old);
    this.#options.ledger.add(place);
    return place;
  }
}
