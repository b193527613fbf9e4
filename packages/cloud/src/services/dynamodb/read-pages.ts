/** What Query and Scan have in common: they walk an order of items, a page at a time. */
import { type Item, itemBytes } from './attribute-values.ts';
import { capacityView, meterUnits, readUnits, type Units } from './capacity.ts';
import { type ComparedAttribute, checkKeyPaths, type ReadExpressions } from './checked-requests.ts';
import { meets, meetsFilter } from './conditions.ts';
import { invalidValues, validation } from './errors.ts';
import { KEY_MISMATCH } from './item-checks.ts';
import type { KeyRange } from './item-database.ts';
import { shownPart } from './item-operations.ts';
import type { DynamoDbState } from './ports.ts';
import { attributeType, type IndexRecord, namesOf, type TableRecord } from './table-record.ts';
import { entryKey, entryNames, type FoundItem, itemKey } from './table-store.ts';

export interface PageRequest extends ReadExpressions {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Limit?: number;
  readonly Select?: string;
  readonly ConsistentRead?: boolean;
  readonly ExclusiveStartKey?: Item;
  readonly QueryFilter?: Readonly<Record<string, ComparedAttribute>>;
  readonly ScanFilter?: Readonly<Record<string, ComparedAttribute>>;
  readonly ReturnConsumedCapacity?: string;
}

/** What is read: a table, or one of its indexes. */
export interface Source {
  readonly table: TableRecord;
  readonly index: IndexRecord | undefined;
  readonly keySchema: TableRecord['keySchema'];
}

const MAX_PAGE_BYTES = 1024 * 1024;

export function sourceOf({ tables }: DynamoDbState, request: PageRequest): Source {
  const table = tables.get(request.TableName);
  if (request.IndexName === undefined)
    return checkedSource({ table, index: undefined, keySchema: table.keySchema }, request);
  const index = table.indexes.find(({ name }) => name === request.IndexName);
  if (index === undefined) {
    throw validation(`The table does not have the specified index: ${request.IndexName}`);
  }
  if (index.isFilling === true) {
    throw validation(`Cannot read from backfilling global secondary index: ${index.name}`);
  }
  if (index.scope === 'global' && request.ConsistentRead === true) {
    throw validation('Consistent reads are not supported on global secondary indexes');
  }
  return checkedSource({ table, index, keySchema: index.keySchema }, request);
}

function checkedSource(source: Source, request: PageRequest): Source {
  checkSelect(source, request);
  const names = namesOf(source.keySchema);
  checkKeyPaths(request._projection, names);
  checkKeyPaths(request._filter, names);
  return source;
}

function checkSelect({ index, table }: Source, { Select, _projection, AttributesToGet }: PageRequest): void {
  const asked = _projection !== undefined || AttributesToGet !== undefined;
  if (asked && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES') {
    throw validation(
      `Cannot specify the AttributesToGet or ProjectionExpression when choosing to get ${Select === 'COUNT' ? 'only the Count' : Select}`,
    );
  }
  if (!asked && Select === 'SPECIFIC_ATTRIBUTES') {
    throw validation(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined) {
    throw invalidValues('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (index?.scope !== 'global') return;
  const visible = projectedNames(table, index);
  if (visible === undefined) return;
  if (Select === 'ALL_ATTRIBUTES') {
    throw invalidValues(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  const wanted = _projection?.paths.map(([name]) => name) ?? AttributesToGet ?? [];
  const hidden = wanted.filter((name) => !visible.includes(name));
  if (hidden.length > 0) {
    throw invalidValues(`Global secondary index ${index.name} does not project [${hidden.join(', ')}]`);
  }
}

/** undefined: all of them. */
function projectedNames(table: TableRecord, index: IndexRecord | undefined): readonly string[] | undefined {
  if (index === undefined || index.projection.ProjectionType === 'ALL') return undefined;
  return [...entryNames(table, index.keySchema), ...(index.projection.NonKeyAttributes ?? [])];
}

/** Where the page begins that comes after the key, which must be as an earlier page gave it. */
export function positionOf({ table, index, keySchema }: Source, start: Item): string {
  const names = entryNames(table, keySchema);
  const isKey =
    Object.keys(start).length === names.length &&
    names.every((name) => {
      const value = Object.hasOwn(start, name) ? start[name]![attributeType(table, name)!] : undefined;
      return value !== undefined && value !== '';
    });
  if (!isKey) {
    const reason = index === undefined ? `: ${KEY_MISMATCH}` : '';
    throw validation(`The provided starting key is invalid${reason}`);
  }
  if (index === undefined) return itemKey(table, start);
  return entryKey(table, { number: index.number, ...orderNames(keySchema) }, start)!;
}

function orderNames([hash, range]: TableRecord['keySchema']): { hash: string; range?: string } {
  return { hash: hash!.AttributeName!, ...(range === undefined ? {} : { range: range.AttributeName! }) };
}

interface Page {
  readonly items: Item[];
  readonly scanned: number;
  readonly bytes: number;
  readonly last: Item | undefined;
}

/** Reads a page of the range and answers as both operations do. */
export function answerPage(
  state: DynamoDbState,
  source: Source,
  request: PageRequest,
  range: KeyRange,
): object {
  const { tables } = state;
  const walk = source.index === undefined ? tables.items(range) : tables.indexed(range);
  const page = readPage(walk, source, request);
  const units = pageUnits(source, page.bytes, request.ConsistentRead);
  meterUnits(state.meter, source.table, units);
  const { table, keySchema } = source;
  const lastKey = page.last;
  return {
    ...(request.Select === 'COUNT'
      ? {}
      : { Items: page.items.map((item) => shownItem(item, source, request)) }),
    Count: page.items.length,
    ScannedCount: page.scanned,
    ...(lastKey === undefined
      ? {}
      : {
          LastEvaluatedKey: Object.fromEntries(
            entryNames(table, keySchema).map((name) => [name, lastKey[name]!]),
          ),
        }),
    ConsumedCapacity: capacityView(table, units, request.ReturnConsumedCapacity),
  };
}

function readPage(walk: Iterable<FoundItem>, source: Source, request: PageRequest): Page {
  const items: Item[] = [];
  let [scanned, bytes] = [0, 0];
  const visible = projectedNames(source.table, source.index);
  for (const { item } of walk) {
    scanned += 1;
    bytes += itemBytes(item);
    // A filter of an index sees what the index projects.
    if (passes(source.index?.scope === 'global' ? only(item, visible) : item, request)) items.push(item);
    if (scanned === request.Limit || bytes >= MAX_PAGE_BYTES) return { items, scanned, bytes, last: item };
  }
  return { items, scanned, bytes, last: undefined };
}

function passes(item: Item, request: PageRequest): boolean {
  if (request._filter !== undefined) return meets(item, request._filter.expression);
  return meetsFilter(item, request.QueryFilter ?? request.ScanFilter, request.ConditionalOperator);
}

/** A local index gives what it does not project too, when it is asked for by name or by ALL_ATTRIBUTES. */
function shownItem(item: Item, { table, index }: Source, request: PageRequest): Item {
  const asked = request._projection !== undefined || request.AttributesToGet !== undefined;
  if (asked || request.Select === 'ALL_ATTRIBUTES') return shownPart(item, request);
  return only(item, projectedNames(table, index));
}

function only(item: Item, names: readonly string[] | undefined): Item {
  if (names === undefined) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

function pageUnits({ index }: Source, bytes: number, consistent: boolean | undefined): Units {
  const units = readUnits(bytes, consistent);
  if (index === undefined) return { kind: 'read', table: units, indexes: {} };
  return { kind: 'read', table: 0, indexes: { [index.name]: units } };
}
