/** Time to live: items whose attribute holds a time in the past are deleted. An index of the service's own finds them. */
import type { DescribeTimeToLiveCommandInput, UpdateTimeToLiveCommandInput } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import type { DynamoDbState } from './ports.ts';
import { indexPrefix, sortKey } from './sort-keys.ts';
import { tableNamed } from './table-operations.ts';
import { keyOf, type TableRecord } from './table-record.ts';

/** What is older stays: AWS takes such a time for a mistake. */
const OLDEST_MS = 5 * 365 * 24 * 3_600_000;

export function updateTimeToLive(
  state: DynamoDbState,
  { TableName, TimeToLiveSpecification }: UpdateTimeToLiveCommandInput,
): object {
  const table = tableNamed(state, TableName!);
  const { Enabled: enabled, AttributeName: attribute = '' } = TimeToLiveSpecification!;
  if (attribute.length < 1 || Buffer.byteLength(attribute) > 255) {
    throw validation('AttributeName of TimeToLiveSpecification must have 1 to 255 bytes');
  }
  const { expiry, ...rest } = table;
  if (enabled === (expiry !== undefined)) {
    throw validation(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
  }
  if (expiry !== undefined) {
    if (expiry.attribute !== attribute) {
      throw validation(
        `TimeToLive is active on a different AttributeName: current AttributeName is ${expiry.attribute}`,
      );
    }
    state.tables.forgetIndex();
    state.tables.put(rest);
  } else {
    const indexNumber = table.nextIndexNumber;
    state.tables.put({
      ...table,
      expiry: { attribute, indexNumber, isFilling: true },
      nextIndexNumber: indexNumber + 1,
    });
  }
  return { TimeToLiveSpecification };
}

export function describeTimeToLive(
  state: DynamoDbState,
  { TableName }: DescribeTimeToLiveCommandInput,
): object {
  const { expiry } = tableNamed(state, TableName!);
  return {
    TimeToLiveDescription:
      expiry === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: expiry.attribute },
  };
}

/** Deletes up to so many expired items of the table; how many it deleted. */
export function deleteExpired(
  { tables }: DynamoDbState,
  table: TableRecord,
  nowMs: number,
  most: number,
): number {
  if (table.expiry === undefined) return 0;
  const prefix = indexPrefix(table.number, table.expiry.indexNumber);
  const at = (ms: number): string => prefix + sortKey({ N: String(Math.floor(ms / 1000)) });
  const expired = [];
  for (const { item } of tables.indexed({ from: at(nowMs - OLDEST_MS), to: at(nowMs) })) {
    if (expired.length >= most) break;
    expired.push(item);
  }
  for (const item of expired) {
    tables.change(table, keyOf(table, item), item, undefined, { atMs: nowMs, expired: true });
  }
  return expired.length;
}
