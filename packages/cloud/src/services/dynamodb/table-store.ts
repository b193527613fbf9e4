/**
 * Tables and their rows: finds tables, keeps items together with their entries in indexes, counts and streams.
 *
 * It does not know requests. Every change is one synchronous turn, so an item and what follows from it reach the disk together.
 *
 * (T1) An index has an entry for an item exactly if the item has the index's keys. An entry names its item and holds nothing of it.
 * (T2) Counts are rows of the database and change with the items, so they are right after a crash.
 * (T3) A table's number is never used again: rows of a table that is gone are nobody's and are swept.
 */
import type { Records, RecordTable } from '../../contract/records.ts';
import { type Item, itemBytes } from './attribute-values.ts';
import { noSuchTable } from './errors.ts';
import type { ItemDatabase, KeyRange } from './item-database.ts';
import { after, digest, indexPrefix, partitionKey, rowPrefix, sortKey, tablePrefix } from './sort-keys.ts';
import { attributeType, keyNames, namesOf, type RowCount, type TableRecord } from './table-record.ts';

/** What was changed, for a stream. */
export interface ItemChange {
  readonly table: TableRecord;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** The service deleted the item because it had expired. */
  readonly expired: boolean;
  readonly atMs: number;
}

/** A row of an index's or of a table's order. */
export interface FoundItem {
  /** In the order that was walked. */
  readonly position: string;
  readonly item: Item;
}

/** An order that items have beside the table's own: of an index, or without a hash that of their expiry. */
export interface OrderedBy {
  readonly number: number;
  readonly hash?: string;
  readonly range?: string;
}

interface Counts {
  items: number;
  bytes: number;
  indexes: Record<number, { items: number; bytes: number }>;
}

const NOTHING: RowCount = { items: 0, bytes: 0 };

export class TableStore {
  readonly #database: ItemDatabase;
  readonly #tables: RecordTable<TableRecord>;
  readonly #numbers: RecordTable<number>;
  readonly #changed: (change: ItemChange) => void;
  /** Rows of what is gone may be there. */
  #hasDead = true;

  /** `changed` is called for each change of an item of a table that has a stream, within the same turn. */
  constructor(records: Records, database: ItemDatabase, changed: (change: ItemChange) => void) {
    this.#database = database;
    this.#tables = records.table('dynamodb/tables');
    this.#numbers = records.table('dynamodb/numbers');
    this.#changed = changed;
  }

  get size(): number {
    return this.#tables.size;
  }

  find(name: string): TableRecord | undefined {
    return this.#tables.get(name);
  }

  /** Throws `ResourceNotFoundException` as operations on items do. */
  get(name: string): TableRecord {
    const table = this.#tables.get(name);
    if (table === undefined) throw noSuchTable();
    return table;
  }

  *all(): IterableIterator<TableRecord> {
    for (const [, table] of this.#tables.entries()) yield table;
  }

  nextNumber(): number {
    const number = (this.#numbers.get('table') ?? 0) + 1;
    this.#numbers.put('table', number);
    return number;
  }

  put(table: TableRecord): void {
    this.#tables.put(table.name, table);
  }

  delete(table: TableRecord): void {
    this.#tables.delete(table.name);
    this.#hasDead = true;
  }

  countOf(table: TableRecord, indexNumber?: number): RowCount {
    const counts = this.#counts(table);
    return indexNumber === undefined ? counts : (counts.indexes[indexNumber] ?? NOTHING);
  }

  item(table: TableRecord, key: Item): Item | undefined {
    return this.#read(itemKey(table, key));
  }

  #read(key: string): Item | undefined {
    const stored = this.#database.get(key);
    return stored === undefined ? undefined : JSON.parse(stored.toString('utf8'));
  }

  /** Puts, or with `undefined` deletes, the item with the key. `before` is what `item` gave in this turn. */
  change(
    table: TableRecord,
    key: Item,
    before: Item | undefined,
    next: Item | undefined,
    how: ChangeNotes,
  ): void {
    const row = itemKey(table, key);
    if (next === undefined) this.#database.delete(row);
    else this.#database.put(row, Buffer.from(JSON.stringify(next)));
    const counts = this.#counts(table);
    recount(counts, before, next);
    for (const order of ordersOf(table)) this.#reindex(table, order, before, next, counts);
    this.#putCounts(table, counts);
    if (table.stream !== undefined) {
      this.#changed({ table, before, after: next, expired: how.expired ?? false, atMs: how.atMs });
    }
  }

  /** (T1) */
  #reindex(
    table: TableRecord,
    order: OrderedBy,
    before: Item | undefined,
    next: Item | undefined,
    counts: Counts,
  ): void {
    const from = before === undefined ? undefined : entryKey(table, order, before);
    const to = next === undefined ? undefined : entryKey(table, order, next);
    if (from !== undefined && from !== to) this.#database.delete(from);
    if (to !== undefined && from !== to) this.#database.put(to, Buffer.from(itemKey(table, next!), 'latin1'));
    recount(
      indexCount(counts, order),
      from === undefined ? undefined : before,
      to === undefined ? undefined : next,
    );
  }

  /** Adds an item that was there before the index; does nothing when it is in it. */
  addToIndex(table: TableRecord, order: OrderedBy, item: Item): void {
    const entry = entryKey(table, order, item);
    if (entry === undefined || this.#database.get(entry) !== undefined) return;
    this.#database.put(entry, Buffer.from(itemKey(table, item), 'latin1'));
    const counts = this.#counts(table);
    recount(indexCount(counts, order), undefined, item);
    this.#putCounts(table, counts);
  }

  /** An index is gone; its entries are swept. Its count stays behind: nobody asks for its number again. */
  forgetIndex(): void {
    this.#hasDead = true;
  }

  /** Items by the table's own order; must be walked within the turn. */
  *items(range: KeyRange): Generator<FoundItem> {
    for (const [position, stored] of this.#database.entries(range)) {
      yield { position, item: JSON.parse(stored.toString('utf8')) };
    }
  }

  /** Items by an index's order. */
  *indexed(range: KeyRange): Generator<FoundItem> {
    for (const [position, stored] of this.#database.entries(range)) {
      yield { position, item: this.#read(stored.toString('latin1'))! };
    }
  }

  /** (T2) */
  #counts(table: TableRecord): Counts {
    const stored = this.#database.get(rowPrefix(table.number, 'count'));
    return stored === undefined ? { ...NOTHING, indexes: {} } : JSON.parse(stored.toString('utf8'));
  }

  #putCounts(table: TableRecord, counts: Counts): void {
    this.#database.put(rowPrefix(table.number, 'count'), Buffer.from(JSON.stringify(counts)));
  }

  /** Deletes up to so many rows of tables (T3) and indexes that are gone; whether there may be more. */
  sweep(rows: number): boolean {
    if (!this.#hasDead) return false;
    const tables = new Map([...this.all()].map((table) => [table.number, table]));
    const last = this.#numbers.get('table') ?? 0;
    let left = rows;
    for (let number = 1; number <= last && left > 0; number++) {
      const table = tables.get(number);
      const ranges = table === undefined ? [wholeTable(number)] : deadIndexes(table);
      for (const range of ranges) left -= this.#deleteRange(range, left);
    }
    this.#hasDead = left <= 0;
    return this.#hasDead;
  }

  #deleteRange(range: KeyRange, most: number): number {
    const keys: string[] = [];
    for (const [key] of this.#database.entries(range)) {
      if (keys.length >= most) break;
      keys.push(key);
    }
    for (const key of keys) this.#database.delete(key);
    return keys.length;
  }
}

export interface ChangeNotes {
  readonly atMs: number;
  readonly expired?: boolean;
}

function indexCount(counts: Counts, { number }: OrderedBy): { items: number; bytes: number } {
  counts.indexes[number] ??= { items: 0, bytes: 0 };
  return counts.indexes[number];
}

function recount(
  count: { items: number; bytes: number },
  before: Item | undefined,
  next: Item | undefined,
): void {
  if (before !== undefined) {
    count.items -= 1;
    count.bytes -= itemBytes(before);
  }
  if (next === undefined) return;
  count.items += 1;
  count.bytes += itemBytes(next);
}

/** Everything that is ordered beside the table itself. */
export function ordersOf(table: TableRecord): OrderedBy[] {
  const indexes = table.indexes.map(({ number, keySchema }) => ({ number, ...keyNames(keySchema) }));
  const { expiry } = table;
  return expiry === undefined
    ? indexes
    : [...indexes, { number: expiry.indexNumber, range: expiry.attribute }];
}

export function itemKey(table: TableRecord, key: Item): string {
  const { hash, range } = keyNames(table.keySchema);
  const sort = range === undefined ? '' : sortKey(key[range]!);
  return rowPrefix(table.number, 'item') + partitionKey(key[hash]!) + sort;
}

/** undefined when the item lacks a key of the index. */
export function entryKey(table: TableRecord, order: OrderedBy, item: Item): string | undefined {
  const { hash, range } = order;
  for (const name of [hash, range])
    if (name !== undefined && !isKeyValue(table, name, item)) return undefined;
  return (
    indexPrefix(table.number, order.number) +
    (hash === undefined ? '' : partitionKey(item[hash]!)) +
    (range === undefined ? '' : sortKey(item[range]!)) +
    digest(itemKey(table, item))
  );
}

/** Items of before an index may have anything under its keys. Only numbers expire, whatever else stands there. */
function isKeyValue(table: TableRecord, name: string, item: Item): boolean {
  const type = attributeType(table, name) ?? 'N';
  return Object.hasOwn(item, name) && item[name]![type] !== undefined && item[name]![type] !== '';
}

/** Names that every entry of an index has. */
export function entryNames(table: TableRecord, keySchema: TableRecord['keySchema']): string[] {
  return [...new Set([...namesOf(keySchema), ...namesOf(table.keySchema)])];
}

function wholeTable(number: number): KeyRange {
  const prefix = tablePrefix(number);
  return { from: prefix, to: after(prefix) };
}

function deadIndexes(table: TableRecord): KeyRange[] {
  const alive = new Set(ordersOf(table).map(({ number }) => number));
  const numbers = Array.from({ length: table.nextIndexNumber }, (_, number) => number);
  return numbers
    .filter((number) => !alive.has(number))
    .map((number) => {
      const prefix = indexPrefix(table.number, number);
      return { from: prefix, to: after(prefix) };
    });
}
