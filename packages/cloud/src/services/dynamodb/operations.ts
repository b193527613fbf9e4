/** The operations by AWS's names. Each is one synchronous turn. */
import { describeContinuousBackups, describeLimits, updateContinuousBackups } from './account-operations.ts';
import { batchGetItem, batchWriteItem } from './batches.ts';
import { createTable } from './create-table.ts';
import { describeTimeToLive, updateTimeToLive } from './expiry.ts';
import { deleteItem, getItem, putItem, updateItem } from './item-operations.ts';
import type { DynamoDbState } from './ports.ts';
import { query } from './query.ts';
import { scan } from './scan.ts';
import { describeStream, getRecords, getShardIterator, listStreams } from './stream-operations.ts';
import { deleteTable, describeTable, listTables } from './table-operations.ts';
import { listTags, tagResource, untagResource } from './tags.ts';
import { transactGetItems, transactWriteItems } from './transactions.ts';
import { updateTable } from './update-table.ts';

export type Operation = (state: DynamoDbState, input: never, nowMs: number) => object;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  CreateTable: createTable,
  DeleteItem: deleteItem,
  DeleteTable: deleteTable,
  DescribeContinuousBackups: describeContinuousBackups,
  DescribeLimits: describeLimits,
  DescribeTable: describeTable,
  DescribeTimeToLive: describeTimeToLive,
  GetItem: getItem,
  ListTables: listTables,
  ListTagsOfResource: listTags,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  TagResource: tagResource,
  TransactGetItems: transactGetItems,
  TransactWriteItems: transactWriteItems,
  UntagResource: untagResource,
  UpdateContinuousBackups: updateContinuousBackups,
  UpdateItem: updateItem,
  UpdateTable: updateTable,
  UpdateTimeToLive: updateTimeToLive,
};

export const STREAM_OPERATIONS: Readonly<Record<string, Operation>> = {
  DescribeStream: describeStream,
  GetRecords: getRecords,
  GetShardIterator: getShardIterator,
  ListStreams: listStreams,
};
