/**
 * Records for tests: the same contract as the ones on disk, and what a crash would leave can be looked at.
 *
 * Values are frozen when they are put, so that a service that changes a record in place fails in its own tests.
 */
import { deserialize, serialize } from 'node:v8';
import type { Records, RecordTable } from '../contract/records.ts';
import { SortedTable } from '../state/sorted-table.ts';

export class MemoryRecords implements Records {
  readonly #tables = new Map<string, SortedTable<unknown>>();
  /** Table -> key -> the value's bytes. */
  readonly #disk: Map<string, Map<string, Uint8Array>>;
  #pending: { readonly table: string; readonly key: string; readonly value: unknown }[] = [];
  #failure: Error | undefined;

  constructor(disk: Map<string, Map<string, Uint8Array>> = new Map()) {
    this.#disk = disk;
  }

  table<Value>(name: string): RecordTable<Value> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      const onChange = (key: string, value: unknown) => this.#changed(name, key, value);
      table = new SortedTable<unknown>(onChange, this.#load(name));
      this.#tables.set(name, table);
    }
    return table as SortedTable<unknown> as SortedTable<Value>;
  }

  async durable(): Promise<void> {
    // What comes later in the caller's turn belongs to the same write (D1).
    await undefined;
    if (this.#failure !== undefined) throw this.#failure;
    const pending = this.#pending;
    this.#pending = [];
    for (const { table, key, value } of pending) {
      const rows = this.#disk.get(table) ?? new Map<string, Uint8Array>();
      this.#disk.set(table, rows);
      if (value === undefined) rows.delete(key);
      else rows.set(key, serialize(value));
    }
  }

  /** From now on the disk refuses: `durable()` rejects with this and no write is accepted. */
  failWith(failure: Error): void {
    this.#failure = failure;
  }

  /** What a process that starts after a crash at this moment finds: only what `durable()` has promised. */
  afterCrash(): MemoryRecords {
    return new MemoryRecords(new Map([...this.#disk].map(([name, rows]) => [name, new Map(rows)] as const)));
  }

  #load(name: string): Map<string, unknown> {
    return new Map(
      [...(this.#disk.get(name) ?? [])].map(([key, bytes]) => [key, frozen(deserialize(bytes))]),
    );
  }

  #changed(table: string, key: string, value: unknown): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#pending.push({ table, key, value: frozen(value) });
  }
}

/** Freezes plain objects and arrays all the way down; bytes, dates and maps can't be. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}
