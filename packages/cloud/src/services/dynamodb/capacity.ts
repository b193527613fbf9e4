/**
 * Capacity that requests consume: a unit is 4 KiB read consistently, 8 KiB read otherwise, or 1 KiB written; twice that in a transaction.
 * What indexes consume is an approximation: whole items count, whatever the index projects.
 */
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { Meter } from './meter.ts';
import type { TableRecord } from './table-record.ts';

export interface Units {
  readonly kind: 'read' | 'write';
  readonly table: number;
  /** By the index's name. */
  readonly indexes: Readonly<Record<string, number>>;
}

export function readUnits(bytes: number, consistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(bytes / 4096)) / (consistent === true ? 1 : 2);
}

export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

export function times(units: Units, factor: number): Units {
  const indexes = Object.entries(units.indexes).map(([name, value]) => [name, value * factor]);
  return { kind: units.kind, table: units.table * factor, indexes: Object.fromEntries(indexes) };
}

export function plus(left: Units, right: Units): Units {
  const indexes = { ...left.indexes };
  for (const [name, value] of Object.entries(right.indexes)) indexes[name] = (indexes[name] ?? 0) + value;
  return { kind: left.kind, table: left.table + right.table, indexes };
}

/** For CloudWatch, whatever the client wants to be told. */
export function meterUnits(meter: Meter, table: TableRecord, units: Units): void {
  meter.consume(table.name, undefined, units.kind, units.table);
  for (const { name, scope } of table.indexes) {
    const index = units.indexes[name];
    if (index !== undefined && index > 0) {
      meter.consume(table.name, scope === 'global' ? name : undefined, units.kind, index);
    }
  }
}

/** undefined unless it was asked for. */
export function capacityView(
  table: TableRecord,
  units: Units,
  asked: string | undefined,
): ConsumedCapacity | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const inIndexes = Object.values(units.indexes).reduce((sum, one) => sum + one, 0);
  const total = { TableName: table.name, CapacityUnits: units.table + inIndexes };
  if (asked === 'TOTAL') return total;
  return { ...total, Table: { CapacityUnits: units.table }, ...indexViews(table, units) };
}

function indexViews(table: TableRecord, units: Units): ConsumedCapacity {
  const view: ConsumedCapacity = {};
  for (const { name, scope } of table.indexes) {
    const CapacityUnits = units.indexes[name];
    if (CapacityUnits === undefined) continue;
    const member = scope === 'global' ? 'GlobalSecondaryIndexes' : 'LocalSecondaryIndexes';
    view[member] = { ...view[member], [name]: { CapacityUnits } };
  }
  return view;
}
