/**
 * TransactWriteItems and TransactGetItems. A transaction is one turn like every other operation: all of its conditions are looked at
 * before the first of its writes is made, and all of its writes reach the disk in one piece.
 *
 * (A1) A request token is remembered for ten minutes, on disk with the writes: the same request with it is answered and not done again.
 */
import { createHash } from 'node:crypto';
import type {
  CancellationReason,
  TransactGetItemsCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../contract/service.ts';
import { itemBytes, withText } from './attribute-values.ts';
import { Total } from './batches.ts';
import { times } from './capacity.ts';
import { checkedRequest } from './checked-requests.ts';
import { validation } from './errors.ts';
import { type GetRequest, readItem, shownPart } from './item-operations.ts';
import type { DynamoDbState } from './ports.ts';
import { withTableName } from './table-names.ts';
import { itemKey } from './table-store.ts';
import {
  applyWrite,
  type PreparedWrite,
  prepareCheck,
  prepareDelete,
  preparePut,
  prepareUpdate,
  unitsOf,
} from './write-items.ts';

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
/** What costs nothing in a transaction costs what it costs outside, twice: once to prepare, once to commit. */
const COST = 2;

type Prepare = (state: DynamoDbState, input: object) => PreparedWrite;

const PREPARE: Readonly<Record<keyof TransactWriteItem, Prepare>> = {
  ConditionCheck: prepareCheck,
  Delete: prepareDelete,
  Put: preparePut,
  Update: prepareUpdate,
};

export function transactWriteItems(
  state: DynamoDbState,
  input: TransactWriteItemsCommandInput,
  nowMs: number,
): object {
  checkCount(input.TransactItems!.length);
  const token = input.ClientRequestToken;
  const digest = digestOf(input);
  const isRepeated = token !== undefined && state.tokens.isKnown(token, digest, nowMs);
  const writes = isRepeated ? [] : prepared(state, input.TransactItems!);
  const total = new Total();
  for (const write of writes) {
    total.add(write.table, times(unitsOf(write), COST));
    if (write.next !== write.before) applyWrite(state, write, nowMs);
  }
  if (token !== undefined && !isRepeated) state.tokens.remember(token, digest, nowMs); // (A1)
  total.meter(state);
  return { ConsumedCapacity: total.view(input.ReturnConsumedCapacity) };
}

function prepared(state: DynamoDbState, actions: readonly TransactWriteItem[]): PreparedWrite[] {
  const reasons: CancellationReason[] = [];
  const writes: PreparedWrite[] = [];
  for (const action of actions) {
    const outcome = outcomeOf(state, action);
    if ('table' in outcome) writes.push(outcome);
    reasons.push('table' in outcome ? { Code: 'None' } : outcome);
  }
  checkDistinct(writes);
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  const bytes = writes.reduce((sum, { next }) => sum + (next === undefined ? 0 : itemBytes(next)), 0);
  if (bytes <= MAX_BYTES) return writes;
  throw validation(`Transaction request can't be larger than ${MAX_BYTES} bytes, and this is of ${bytes}`);
}

function outcomeOf(state: DynamoDbState, action: TransactWriteItem): PreparedWrite | CancellationReason {
  const kinds = Object.keys(action) as (keyof TransactWriteItem)[];
  if (kinds.length !== 1) {
    throw validation('TransactItems can only contain one of ConditionCheck, Put, Update or Delete');
  }
  const kind = kinds[0]!;
  const request = action[kind]!;
  if (kind === 'ConditionCheck' && request.ConditionExpression === undefined) {
    throw validation('The parameter ConditionExpression is required for a ConditionCheck');
  }
  try {
    return PREPARE[kind](state, withTableName(request));
  } catch (error) {
    return reasonOf(error);
  }
}

/** Failed conditions and items that cannot be cancel the transaction; a request that is wrong in itself is refused. */
function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === 'ConditionalCheckFailedException') {
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.members };
  }
  const isOfItem =
    /^(Item size|An operand|The document path|The provided expression refers|Type mismatch|Number (over|under)flow)/;
  if (error.code === 'ValidationException' && isOfItem.test(error.message)) {
    return { Code: 'ValidationError', Message: error.message };
  }
  throw error;
}

function checkDistinct(writes: readonly PreparedWrite[]): void {
  if (new Set(writes.map(({ table, key }) => itemKey(table, key))).size === writes.length) return;
  throw validation('Transaction request cannot include multiple operations on one item');
}

function cancelled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  // Under both names: clients look for one or the other.
  return new AwsError('TransactionCanceledException', message, 400, {
    Message: message,
    CancellationReasons: reasons,
  });
}

function checkCount(actions: number): void {
  if (actions >= 1 && actions <= MAX_ACTIONS) return;
  throw validation(
    `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ACTIONS} and greater than or equal to 1, and this has ${actions}`,
  );
}

function digestOf({ TransactItems }: TransactWriteItemsCommandInput): string {
  return createHash('sha256')
    .update(JSON.stringify(withText(TransactItems)))
    .digest('base64');
}

export function transactGetItems(state: DynamoDbState, input: TransactGetItemsCommandInput): object {
  checkCount(input.TransactItems!.length);
  const total = new Total();
  const Responses = input.TransactItems!.map(({ Get }) => {
    const request = checkedRequest<GetRequest>('getItem', withTableName(Get!));
    const { table, item, units } = readItem(state, { ...request, ConsistentRead: true });
    total.add(table, times(units, COST));
    return item === undefined ? {} : { Item: shownPart(item, request) };
  });
  total.meter(state);
  return { Responses, ConsumedCapacity: total.view(input.ReturnConsumedCapacity) };
}
