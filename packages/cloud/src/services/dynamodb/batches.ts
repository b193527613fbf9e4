/** BatchGetItem and BatchWriteItem: single reads and writes together, each for itself. Writes are all on disk before the answer. */
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { type Item, itemBytes } from './attribute-values.ts';
import { capacityView, meterUnits, plus, type Units } from './capacity.ts';
import { checkedRequest, type ReadExpressions } from './checked-requests.ts';
import { validation } from './errors.ts';
import { readItem, shownPart } from './item-operations.ts';
import type { DynamoDbState } from './ports.ts';
import { tableNameOf } from './table-names.ts';
import type { TableRecord } from './table-record.ts';
import { itemKey } from './table-store.ts';
import { applyWrite, type PreparedWrite, preparedDelete, preparedPut, unitsOf } from './write-items.ts';

interface TableKeys extends ReadExpressions {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}

interface BatchGetRequest {
  readonly RequestItems: Readonly<Record<string, TableKeys>>;
  readonly ReturnConsumedCapacity?: string;
}

interface BatchWriteRequest {
  readonly RequestItems: Readonly<
    Record<
      string,
      readonly { readonly PutRequest?: { Item: Item }; readonly DeleteRequest?: { Key: Item } }[]
    >
  >;
  readonly ReturnConsumedCapacity?: string;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function batchGetItem(state: DynamoDbState, input: object): object {
  const request = checkedRequest<BatchGetRequest>('batchGetItem', withPlainNames(input));
  const given = (input as BatchGetRequest).RequestItems;
  const total = new Total();
  const Responses: Record<string, Item[]> = {};
  const UnprocessedKeys: Record<string, object> = {};
  let bytes = 0;
  for (const [name, wanted] of Object.entries(request.RequestItems)) {
    const left: Item[] = [];
    const found: Item[] = [];
    for (const key of distinct(state.tables.get(name), wanted.Keys)) {
      const { table, item, units } = readItem(state, { ...wanted, TableName: name, Key: key });
      bytes += item === undefined ? 0 : itemBytes(item);
      if (bytes > MAX_ANSWER_BYTES) {
        left.push(key);
        continue;
      }
      total.add(table, units);
      if (item !== undefined) found.push(shownPart(item, wanted));
    }
    Responses[name] = found;
    if (left.length > 0) UnprocessedKeys[name] = { ...given[name], Keys: left };
  }
  total.meter(state);
  return { Responses, UnprocessedKeys, ConsumedCapacity: total.view(request.ReturnConsumedCapacity) };
}

function distinct(table: TableRecord, keys: readonly Item[]): readonly Item[] {
  const names = table.keySchema.map(({ AttributeName }) => AttributeName!);
  const seen = new Set(keys.map((key) => JSON.stringify(names.map((name) => key[name]))));
  if (seen.size < keys.length) throw validation('Provided list of item keys contains duplicates');
  return keys;
}

export function batchWriteItem(state: DynamoDbState, input: object, nowMs: number): object {
  const request = checkedRequest<BatchWriteRequest>('batchWriteItem', withPlainNames(input));
  const writes = Object.entries(request.RequestItems).flatMap(([TableName, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }): PreparedWrite => {
      if (PutRequest !== undefined) return preparedPut(state, { TableName, Item: PutRequest.Item });
      return preparedDelete(state, { TableName, Key: DeleteRequest!.Key });
    }),
  );
  const keys = new Set(writes.map(({ table, key }) => itemKey(table, key)));
  if (keys.size < writes.length) throw validation('Provided list of item keys contains duplicates');
  const total = new Total();
  for (const write of writes) {
    total.add(write.table, unitsOf(write));
    applyWrite(state, write, nowMs);
  }
  total.meter(state);
  return { UnprocessedItems: {}, ConsumedCapacity: total.view(request.ReturnConsumedCapacity) };
}

/** Tables may be named by their ARN. */
function withPlainNames(input: object): object {
  const { RequestItems } = input as { RequestItems?: Readonly<Record<string, unknown>> };
  if (RequestItems === undefined) return input;
  const entries = Object.entries(RequestItems).map(([name, value]) => [tableNameOf(name), value]);
  return { ...input, RequestItems: Object.fromEntries(entries) };
}

/** What several operations consume of each table. */
export class Total {
  readonly #units = new Map<TableRecord, Units>();

  add(table: TableRecord, units: Units): void {
    const before = this.#units.get(table);
    this.#units.set(table, before === undefined ? units : plus(before, units));
  }

  meter({ meter }: DynamoDbState): void {
    for (const [table, units] of this.#units) meterUnits(meter, table, units);
  }

  /** undefined unless it was asked for. */
  view(asked: string | undefined): ConsumedCapacity[] | undefined {
    const views = [...this.#units].map(([table, units]) => capacityView(table, units, asked));
    return views.some((view) => view === undefined) || views.length === 0
      ? undefined
      : (views as ConsumedCapacity[]);
  }
}
