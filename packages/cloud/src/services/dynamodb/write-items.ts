/**
 * Writes of single items, in two steps: `prepare` reads, checks and decides and changes nothing, `apply` changes. Both happen within one
 * turn, so what was decided on is what is changed; a transaction prepares all of its writes before it applies the first.
 */
import { AwsError } from '../../contract/service.ts';
import { type Item, itemBytes } from './attribute-values.ts';
import { type Units, writeUnits } from './capacity.ts';
import { checkedRequest, checkKeyPaths, type ReadExpressions } from './checked-requests.ts';
import { meetsWriteCondition } from './conditions.ts';
import { invalidValues, validation } from './errors.ts';
import { checkItem, checkKey, checkStored } from './item-checks.ts';
import type { DynamoDbState } from './ports.ts';
import { keyOf, namesOf, type TableRecord } from './table-record.ts';
import { entryKey } from './table-store.ts';
import { type AttributeUpdate, applyAttributeUpdates, applyUpdate } from './updates.ts';

export interface PreparedWrite {
  readonly table: TableRecord;
  readonly key: Item;
  readonly before: Item | undefined;
  /** undefined: there will be none. */
  readonly next: Item | undefined;
  /** Of what UpdateItem was told to change, for what it returns. */
  readonly changedPaths: readonly (readonly (string | number)[])[];
}

export interface PutRequest extends ReadExpressions {
  readonly TableName: string;
  readonly Item: Item;
}

export interface KeyRequest extends ReadExpressions {
  readonly TableName: string;
  readonly Key: Item;
}

export interface UpdateRequest extends KeyRequest {
  readonly AttributeUpdates?: Readonly<Record<string, AttributeUpdate>>;
}

type OnFailure = string | undefined;

export function preparePut(state: DynamoDbState, input: object): PreparedWrite {
  const request = checkedRequest<PutRequest>('putItem', input);
  return preparedPut(state, request, onFailure(input));
}

/** For a request that was checked. */
export function preparedPut(
  { tables }: DynamoDbState,
  request: PutRequest,
  failure?: OnFailure,
): PreparedWrite {
  const table = tables.get(request.TableName);
  checkPaths(table, request);
  checkItem(table, request.Item);
  const key = keyOf(table, request.Item);
  const before = tables.item(table, key);
  checkCondition(before, request, failure);
  return { table, key, before, next: request.Item, changedPaths: [] };
}

export function prepareDelete(state: DynamoDbState, input: object): PreparedWrite {
  const request = checkedRequest<KeyRequest>('deleteItem', input);
  return preparedDelete(state, request, onFailure(input));
}

/** For a request that was checked. */
export function preparedDelete(
  { tables }: DynamoDbState,
  request: KeyRequest,
  failure?: OnFailure,
): PreparedWrite {
  const table = tables.get(request.TableName);
  checkPaths(table, request);
  checkKey(table, request.Key);
  const before = tables.item(table, request.Key);
  checkCondition(before, request, failure);
  return { table, key: request.Key, before, next: undefined, changedPaths: [] };
}

export function prepareUpdate(state: DynamoDbState, input: object): PreparedWrite {
  const request = checkedRequest<UpdateRequest>('updateItem', input);
  const table = state.tables.get(request.TableName);
  checkPaths(table, request);
  checkKey(table, request.Key);
  checkLeavesKey(table, request);
  const before = state.tables.item(table, request.Key);
  checkCondition(before, request, onFailure(input));
  const next = before === undefined ? { ...request.Key } : structuredClone(before);
  if (request._updates !== undefined) applyUpdate(next, before ?? request.Key, request._updates.sections);
  else applyAttributeUpdates(next, request.AttributeUpdates ?? {});
  checkStored(table, next, 'Item size to update has exceeded the maximum allowed size');
  const changedPaths =
    request._updates?.paths ?? Object.keys(request.AttributeUpdates ?? {}).map((name) => [name] as const);
  return { table, key: request.Key, before, next, changedPaths };
}

/** Only the condition counts. */
export function prepareCheck(state: DynamoDbState, input: object): PreparedWrite {
  const prepared = prepareDelete(state, input);
  return { ...prepared, next: prepared.before };
}

function onFailure(input: object): OnFailure {
  const { ReturnValuesOnConditionCheckFailure: asked } = input as {
    ReturnValuesOnConditionCheckFailure?: string;
  };
  if (asked === undefined || asked === 'NONE' || asked === 'ALL_OLD') return asked;
  throw validation(
    `1 validation error detected: Value '${asked}' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]`,
  );
}

function checkPaths(table: TableRecord, request: ReadExpressions): void {
  const names = namesOf(table.keySchema);
  checkKeyPaths(request._condition, names);
  checkKeyPaths(request._updates, names);
}

function checkLeavesKey(table: TableRecord, request: UpdateRequest): void {
  const changed = new Set([
    ...(request._updates?.paths ?? []).map(([name]) => name),
    ...Object.keys(request.AttributeUpdates ?? {}),
  ]);
  const name = namesOf(table.keySchema).find((one) => changed.has(one));
  if (name !== undefined) {
    throw invalidValues(`Cannot update attribute ${name}. This attribute is part of the key`);
  }
}

function checkCondition(before: Item | undefined, request: ReadExpressions, failure: OnFailure): void {
  if (meetsWriteCondition(before ?? {}, request)) return;
  const members = failure === 'ALL_OLD' && before !== undefined ? { Item: before } : {};
  throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', 400, members);
}

export function applyWrite({ tables }: DynamoDbState, write: PreparedWrite, nowMs: number): void {
  const { table, key, before, next } = write;
  if (before === undefined && next === undefined) return;
  tables.change(table, key, before, next, { atMs: nowMs });
}

export function unitsOf({ table, before, next }: PreparedWrite): Units {
  const bytes = Math.max(
    before === undefined ? 0 : itemBytes(before),
    next === undefined ? 0 : itemBytes(next),
  );
  const units = writeUnits(bytes);
  const indexes: Record<string, number> = {};
  for (const index of table.indexes) {
    const order = {
      number: index.number,
      hash: index.keySchema[0]!.AttributeName!,
      ...rangeOf(index.keySchema),
    };
    const from = before === undefined ? undefined : entryKey(table, order, before);
    const to = next === undefined ? undefined : entryKey(table, order, next);
    // An entry that moves is deleted and put.
    const writes =
      from === to ? (from === undefined ? 0 : 1) : [from, to].filter((key) => key !== undefined).length;
    if (writes > 0) indexes[index.name] = writes * units;
  }
  return { kind: 'write', table: units, indexes };
}

function rangeOf([, range]: TableRecord['keySchema']): { range?: string } {
  return range === undefined ? {} : { range: range.AttributeName! };
}
