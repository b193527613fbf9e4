/** Records that live as long as their cloud: the contract of the durable ones, without a disk. */
import type { Records, RecordTable } from '../contract/records.ts';
import { SortedTable } from '../state/sorted-table.ts';

const nobody = (): void => undefined;

export class FleetingRecords implements Records {
  readonly #tables = new Map<string, SortedTable<unknown>>();

  table<Value>(name: string): RecordTable<Value> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new SortedTable<unknown>(nobody);
      this.#tables.set(name, table);
    }
    return table as SortedTable<unknown> as SortedTable<Value>;
  }

  async durable(): Promise<void> {}
}
