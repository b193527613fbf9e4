/**
 * Changes of items in the order in which they were made, for a day: the streams of tables.
 *
 * It does not know requests. A stream has one shard, which is never closed: a table lies in one place here.
 *
 * (G1) A record is written in the turn of its change, so either both are on disk or neither.
 * (G2) Sequence numbers of a table grow, across restarts too: they begin at the time in units of a 1024th of a millisecond.
 */
import { areEqual, type Item, itemBytes } from './attribute-values.ts';
import type { ItemDatabase } from './item-database.ts';
import { after, bigEndian, rowPrefix } from './sort-keys.ts';
import { keyOf, type StreamRecord, type TableRecord } from './table-record.ts';
import type { ItemChange } from './table-store.ts';

export interface StreamRow {
  readonly sequence: number;
  readonly label: string;
  readonly view: StreamRecord['view'];
  readonly event: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly atMs: number;
  readonly keys: Item;
  readonly before?: Item;
  readonly after?: Item;
  readonly bytes: number;
  readonly expired?: true;
}

export const STREAM_LIFE_MS = 24 * 3_600_000;
const UNITS_A_MS = 1024;
const SEQUENCE_BYTES = 7;

export class StreamStore {
  readonly #database: ItemDatabase;
  /** The last one of a table, once it is known. */
  readonly #last = new Map<number, number>();

  constructor(database: ItemDatabase) {
    this.#database = database;
  }

  /** A change that leaves the item as it was is none. */
  add({ table, before, after: next, expired, atMs }: ItemChange): void {
    if (before !== undefined && next !== undefined && areEqual({ M: before }, { M: next })) return;
    const sequence = Math.max(this.lastSequence(table) + 1, atMs * UNITS_A_MS); // (G2)
    this.#last.set(table.number, sequence);
    const keys = keyOf(table, (next ?? before)!);
    const images = imagesFor(table.stream!, before, next);
    const row: StreamRow = {
      sequence,
      label: table.stream!.label,
      view: table.stream!.view,
      event: before === undefined ? 'INSERT' : next === undefined ? 'REMOVE' : 'MODIFY',
      atMs,
      keys,
      ...images,
      bytes: [keys, images.before, images.after].reduce((sum, item) => sum + itemBytes(item ?? {}), 0),
      ...(expired ? { expired } : {}),
    };
    this.#database.put(rowKey(table, sequence), Buffer.from(JSON.stringify(row)));
  }

  /** 0 when there is none. */
  lastSequence(table: TableRecord): number {
    const known = this.#last.get(table.number);
    if (known !== undefined) return known;
    const prefix = rowPrefix(table.number, 'stream');
    for (const [, stored] of this.#database.entries({ from: prefix, to: after(prefix), reverse: true })) {
      return read(stored).sequence;
    }
    return 0;
  }

  /** From a sequence number on; must be walked within the turn. */
  *from(table: TableRecord, sequence: number): Generator<StreamRow> {
    const prefix = rowPrefix(table.number, 'stream');
    for (const [, stored] of this.#database.entries({ from: rowKey(table, sequence), to: after(prefix) })) {
      const row = read(stored);
      if (row.label === table.stream?.label) yield row;
    }
  }

  /** Deletes up to so many records that are older than a day; whether there may be more. */
  trim(table: TableRecord, nowMs: number, most: number): boolean {
    const prefix = rowPrefix(table.number, 'stream');
    const keys: string[] = [];
    for (const [key, stored] of this.#database.entries({ from: prefix, to: after(prefix) })) {
      const { atMs, label } = read(stored);
      if (keys.length >= most || (atMs > nowMs - STREAM_LIFE_MS && label === table.stream?.label)) break;
      keys.push(key);
    }
    // Read before it may be gone (G2).
    this.#last.set(table.number, this.lastSequence(table));
    for (const key of keys) this.#database.delete(key);
    return keys.length >= most;
  }
}

function rowKey(table: TableRecord, sequence: number): string {
  return rowPrefix(table.number, 'stream') + bigEndian(sequence, SEQUENCE_BYTES);
}

function read(stored: Buffer): StreamRow {
  return JSON.parse(stored.toString('utf8'));
}

function imagesFor(
  { view }: StreamRecord,
  before: Item | undefined,
  next: Item | undefined,
): { before?: Item; after?: Item } {
  const old = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
  const fresh = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
  return {
    ...(old && before !== undefined ? { before } : {}),
    ...(fresh && next !== undefined ? { after: next } : {}),
  };
}
