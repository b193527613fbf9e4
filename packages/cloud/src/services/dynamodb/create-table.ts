/** CreateTable: the description becomes a record. The table can be used at once; the answer says CREATING, as AWS's does. */
import { randomUUID } from 'node:crypto';
import type {
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  LocalSecondaryIndex,
  TableDescription,
} from '@aws-sdk/client-dynamodb';
import { checkedRequest } from './checked-requests.ts';
import { inUse, invalidValues } from './errors.ts';
import type { DynamoDbState } from './ports.ts';
import { streamOf } from './stream-settings.ts';
import { type IndexRecord, type TableRecord, tableView } from './table-record.ts';
import { checkTags, tagRecord } from './tags.ts';

const MAX_TABLES = 2_500;
/** Accepted, and nothing here depends on it: named in docs/reference/dynamodb.md. */
const NO_THROUGHPUT = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };

export function createTable(
  state: DynamoDbState,
  input: CreateTableCommandInput,
  nowMs: number,
): { readonly TableDescription: TableDescription } {
  const checked = checkedRequest<CreateTableCommandInput>('createTable', input);
  refuseWhatIsNotDone(input);
  checkIndexKeys(checked);
  checkTags(input.Tags ?? []);
  const { tables } = state;
  const name = checked.TableName!;
  if (tables.find(name) !== undefined) throw inUse(`Table already exists: ${name}`);
  if (tables.size >= MAX_TABLES)
    throw inUse(`there are ${MAX_TABLES} tables, which is all that are kept here`);
  const table = tableRecord(state, checked, input, nowMs);
  tables.put(table);
  return { TableDescription: tableView(table, 'CREATING', (index) => tables.countOf(table, index)) };
}

function tableRecord(
  { tables, place }: DynamoDbState,
  checked: CreateTableCommandInput,
  input: CreateTableCommandInput,
  nowMs: number,
): TableRecord {
  const indexes = [
    ...(checked.LocalSecondaryIndexes ?? []).map((index, at) => indexRecord(at, 'local', index)),
    ...(checked.GlobalSecondaryIndexes ?? []).map((index, at) =>
      indexRecord((checked.LocalSecondaryIndexes?.length ?? 0) + at, 'global', index),
    ),
  ];
  const onDemand = checked.BillingMode === 'PAY_PER_REQUEST';
  const stream = streamOf(input.StreamSpecification, nowMs);
  return {
    number: tables.nextNumber(),
    id: randomUUID(),
    name: checked.TableName!,
    arn: `arn:aws:dynamodb:${place.region}:${place.accountId}:table/${checked.TableName}`,
    createdMs: nowMs,
    attributes: checked.AttributeDefinitions!,
    keySchema: checked.KeySchema!,
    billingMode: onDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...(onDemand ? { onDemandSinceMs: nowMs } : {}),
    throughput: checked.ProvisionedThroughput ?? NO_THROUGHPUT,
    ...(input.TableClass === undefined ? {} : { tableClass: input.TableClass }),
    deletionProtection: input.DeletionProtectionEnabled === true,
    ...(input.SSESpecification?.Enabled === true ? { isEncryptedWithKms: true } : {}),
    indexes,
    nextIndexNumber: indexes.length,
    tags: tagRecord(input.Tags ?? []),
    ...(stream === undefined ? {} : { stream }),
  };
}

export function indexRecord(
  number: number,
  scope: 'global' | 'local',
  index: GlobalSecondaryIndex | LocalSecondaryIndex,
): IndexRecord {
  const throughput = 'ProvisionedThroughput' in index ? index.ProvisionedThroughput : undefined;
  return {
    number,
    name: index.IndexName!,
    scope,
    keySchema: index.KeySchema!,
    projection: index.Projection!,
    ...(throughput === undefined ? {} : { throughput }),
  };
}

/** What would be accepted and then not done. */
function refuseWhatIsNotDone(input: CreateTableCommandInput): void {
  if (input.GlobalTableSourceArn !== undefined)
    throw invalidValues('global tables are not done here: leave GlobalTableSourceArn out');
  if (input.ResourcePolicy !== undefined)
    throw invalidValues('policies of resources are not done here: leave ResourcePolicy out');
}

/** Each definition must be a key of something, and each index's keys must be defined: the checks before see to the second. */
function checkIndexKeys(input: CreateTableCommandInput): void {
  const indexes = [...(input.LocalSecondaryIndexes ?? []), ...(input.GlobalSecondaryIndexes ?? [])];
  const used = new Set(
    [...input.KeySchema!, ...indexes.flatMap((index) => index.KeySchema!)].map(
      ({ AttributeName }) => AttributeName,
    ),
  );
  const defined = input.AttributeDefinitions!.map(({ AttributeName }) => AttributeName!);
  if (defined.every((name) => used.has(name))) return;
  throw invalidValues(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`,
  );
}
