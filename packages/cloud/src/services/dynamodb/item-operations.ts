/** GetItem, PutItem, UpdateItem, DeleteItem. */
import { type Item, itemBytes } from './attribute-values.ts';
import { capacityView, meterUnits, readUnits, type Units } from './capacity.ts';
import { checkedRequest, checkKeyPaths, type Path, type ReadExpressions } from './checked-requests.ts';
import { checkKey } from './item-checks.ts';
import type { DynamoDbState } from './ports.ts';
import { projected } from './projections.ts';
import { namesOf, type TableRecord } from './table-record.ts';
import {
  applyWrite,
  type KeyRequest,
  type PreparedWrite,
  prepareDelete,
  preparePut,
  prepareUpdate,
  unitsOf,
} from './write-items.ts';

interface ReturnMembers {
  readonly ReturnValues?: string;
  readonly ReturnConsumedCapacity?: string;
  readonly ReturnItemCollectionMetrics?: string;
}

export interface GetRequest extends KeyRequest {
  readonly ConsistentRead?: boolean;
  readonly ReturnConsumedCapacity?: string;
}

export function getItem(state: DynamoDbState, input: object): object {
  const request = checkedRequest<GetRequest>('getItem', input);
  const { table, item, units } = readItem(state, request);
  meterUnits(state.meter, table, units);
  return {
    ...(item === undefined ? {} : { Item: shownPart(item, request) }),
    ConsumedCapacity: capacityView(table, units, request.ReturnConsumedCapacity),
  };
}

/** For a request that was checked. */
export function readItem(
  { tables }: DynamoDbState,
  request: GetRequest,
): { readonly table: TableRecord; readonly item: Item | undefined; readonly units: Units } {
  const table = tables.get(request.TableName);
  checkKey(table, request.Key);
  checkKeyPaths(request._projection, namesOf(table.keySchema));
  const item = tables.item(table, request.Key);
  const bytes = item === undefined ? 0 : itemBytes(item);
  return {
    table,
    item,
    units: { kind: 'read', table: readUnits(bytes, request.ConsistentRead), indexes: {} },
  };
}

/** What a projection, or the older list of attributes, leaves of an item. */
export function shownPart(item: Item, request: ReadExpressions): Item {
  const paths = request._projection?.paths ?? request.AttributesToGet?.map((name): Path => [name]);
  return paths === undefined ? item : projected(item, paths);
}

export function putItem(state: DynamoDbState, input: ReturnMembers, nowMs: number): object {
  return carryOut(state, preparePut(state, input), input, nowMs);
}

export function deleteItem(state: DynamoDbState, input: ReturnMembers, nowMs: number): object {
  return carryOut(state, prepareDelete(state, input), input, nowMs);
}

export function updateItem(state: DynamoDbState, input: ReturnMembers, nowMs: number): object {
  return carryOut(state, prepareUpdate(state, input), input, nowMs);
}

function carryOut(state: DynamoDbState, write: PreparedWrite, input: ReturnMembers, nowMs: number): object {
  const units = unitsOf(write);
  applyWrite(state, write, nowMs);
  meterUnits(state.meter, write.table, units);
  return {
    Attributes: returned(write, input.ReturnValues),
    ConsumedCapacity: capacityView(write.table, units, input.ReturnConsumedCapacity),
    ItemCollectionMetrics: collectionMetrics(state, write, input),
  };
}

function returned(
  { before, next, changedPaths }: PreparedWrite,
  asked: string | undefined,
): Item | undefined {
  const paths = changedPaths as readonly Path[];
  switch (asked) {
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return next;
    case 'UPDATED_OLD':
      return before === undefined ? undefined : nothingIsAbsent(projected(before, paths));
    case 'UPDATED_NEW':
      return nothingIsAbsent(projected(next!, paths));
    default:
      return undefined;
  }
}

function nothingIsAbsent(item: Item): Item | undefined {
  return Object.keys(item).length === 0 ? undefined : item;
}

/** Of tables with local indexes; how large a collection is, is not counted here: 0 to 1 GB. */
function collectionMetrics(
  _state: DynamoDbState,
  { table, key }: PreparedWrite,
  { ReturnItemCollectionMetrics: asked }: ReturnMembers,
): object | undefined {
  if (asked !== 'SIZE' || !table.indexes.some(({ scope }) => scope === 'local')) return undefined;
  const hash = table.keySchema[0]!.AttributeName!;
  return { ItemCollectionKey: { [hash]: key[hash]! }, SizeEstimateRangeGB: [0, 1] };
}
