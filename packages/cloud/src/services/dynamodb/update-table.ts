/**
 * UpdateTable. Changes are there when the answer comes, but for a new index: items of before it are added in pieces, and until that is
 * done the index can't be read.
 */
import type {
  GlobalSecondaryIndexUpdate,
  ProvisionedThroughput,
  UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../contract/service.ts';
import { indexRecord } from './create-table.ts';
import { invalidValues, validation } from './errors.ts';
import type { DynamoDbState } from './ports.ts';
import { streamOf } from './stream-settings.ts';
import { tableNamed, viewOf } from './table-operations.ts';
import { type IndexRecord, isOnDemand, type TableRecord } from './table-record.ts';

const NO_THROUGHPUT = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
const MAX_GLOBAL_INDEXES = 20;
const NOT_DONE = [
  'ReplicaUpdates',
  'MultiRegionConsistency',
  'GlobalTableWitnessUpdates',
  'GlobalTableSettingsReplicationMode',
] as const;

export function updateTable(state: DynamoDbState, input: UpdateTableCommandInput, nowMs: number): object {
  const table = tableNamed(state, input.TableName!);
  for (const name of NOT_DONE) {
    if (input[name] !== undefined) throw invalidValues(`global tables are not done here: leave ${name} out`);
  }
  let next = withBilling(table, input, nowMs);
  next = withSettings(next, input, nowMs);
  if (input.AttributeDefinitions !== undefined) next = withAttributes(next, input.AttributeDefinitions);
  for (const change of input.GlobalSecondaryIndexUpdates ?? []) next = withIndexChange(state, next, change);
  next = withUsedAttributes(next);
  state.tables.put(next);
  return { TableDescription: viewOf(state, next, 'UPDATING') };
}

function withBilling(table: TableRecord, input: UpdateTableCommandInput, nowMs: number): TableRecord {
  const billingMode = input.BillingMode ?? table.billingMode;
  const { ProvisionedThroughput: asked } = input;
  if (billingMode === 'PAY_PER_REQUEST') {
    if (asked !== undefined) {
      throw invalidValues(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    }
    if (isOnDemand(table)) return table;
    return { ...table, billingMode, onDemandSinceMs: nowMs, throughput: NO_THROUGHPUT };
  }
  if (isOnDemand(table) && asked === undefined) {
    throw invalidValues(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  if (asked === undefined) return table;
  checkThroughput(asked);
  if (!isOnDemand(table) && isSame(asked, table.throughput)) throw unchanged(asked);
  return { ...table, billingMode, throughput: asked };
}

function checkThroughput({
  ReadCapacityUnits: read = 0,
  WriteCapacityUnits: write = 0,
}: ProvisionedThroughput): void {
  if (read >= 1 && write >= 1) return;
  throw validation(
    `1 validation error detected: ReadCapacityUnits and WriteCapacityUnits must have value greater than or equal to 1, not ${read} and ${write}`,
  );
}

function isSame(left: ProvisionedThroughput, right: ProvisionedThroughput): boolean {
  return (
    left.ReadCapacityUnits === right.ReadCapacityUnits && left.WriteCapacityUnits === right.WriteCapacityUnits
  );
}

function unchanged({ ReadCapacityUnits: read, WriteCapacityUnits: write }: ProvisionedThroughput): AwsError {
  return validation(
    `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${read}. Requested ReadCapacityUnits: ${read}. Current WriteCapacityUnits provisioned for the table: ${write}. Requested WriteCapacityUnits: ${write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
}

function withSettings(table: TableRecord, input: UpdateTableCommandInput, nowMs: number): TableRecord {
  const {
    DeletionProtectionEnabled: deletionProtection,
    TableClass: tableClass,
    SSESpecification: encryption,
  } = input;
  const next = {
    ...table,
    ...(deletionProtection === undefined ? {} : { deletionProtection }),
    ...(tableClass === undefined ? {} : { tableClass }),
    ...(encryption === undefined ? {} : { isEncryptedWithKms: encryption.Enabled === true }),
  };
  return input.StreamSpecification === undefined ? next : withStream(next, input, nowMs);
}

function withStream(table: TableRecord, input: UpdateTableCommandInput, nowMs: number): TableRecord {
  const stream = streamOf(input.StreamSpecification, nowMs);
  const { stream: before, ...rest } = table;
  if (stream === undefined) {
    if (before === undefined)
      throw validation('Table is not associated with a stream, or the stream is already disabled.');
    return rest;
  }
  if (before !== undefined) throw validation(`Table already has an enabled stream: TableName: ${table.name}`);
  return { ...table, stream };
}

function withAttributes(
  table: TableRecord,
  given: NonNullable<UpdateTableCommandInput['AttributeDefinitions']>,
): TableRecord {
  const names = new Set(given.map(({ AttributeName }) => AttributeName));
  const kept = table.attributes.filter(({ AttributeName }) => !names.has(AttributeName));
  return { ...table, attributes: [...kept, ...given] };
}

/** Definitions of attributes that are keys of nothing are left out, as AWS leaves them out. */
function withUsedAttributes(table: TableRecord): TableRecord {
  const keys = [...table.keySchema, ...table.indexes.flatMap(({ keySchema }) => keySchema)];
  const used = new Set(keys.map(({ AttributeName }) => AttributeName));
  return { ...table, attributes: table.attributes.filter(({ AttributeName }) => used.has(AttributeName)) };
}

function withIndexChange(
  state: DynamoDbState,
  table: TableRecord,
  change: GlobalSecondaryIndexUpdate,
): TableRecord {
  if (change.Create !== undefined) return withNewIndex(table, change.Create);
  if (change.Delete !== undefined) {
    const gone = globalIndex(table, change.Delete.IndexName!);
    state.tables.forgetIndex();
    return { ...table, indexes: table.indexes.filter((index) => index !== gone) };
  }
  if (change.Update === undefined) {
    throw invalidValues('each of GlobalSecondaryIndexUpdates must have Create, Update or Delete');
  }
  const { IndexName, ProvisionedThroughput: throughput } = change.Update;
  const index = globalIndex(table, IndexName!);
  if (throughput === undefined) return table;
  checkThroughput(throughput);
  return { ...table, indexes: table.indexes.map((one) => (one === index ? { ...one, throughput } : one)) };
}

function globalIndex(table: TableRecord, name: string): IndexRecord {
  const index = table.indexes.find((one) => one.scope === 'global' && one.name === name);
  if (index !== undefined) return index;
  throw new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: Index: ${name} of table: ${table.name}`,
  );
}

function withNewIndex(
  table: TableRecord,
  create: NonNullable<GlobalSecondaryIndexUpdate['Create']>,
): TableRecord {
  if (table.indexes.some(({ name }) => name === create.IndexName)) {
    throw invalidValues(`Duplicate index name: ${create.IndexName}`);
  }
  if (table.indexes.filter(({ scope }) => scope === 'global').length >= MAX_GLOBAL_INDEXES) {
    throw new AwsError(
      'LimitExceededException',
      `GlobalSecondaryIndex count exceeds the per-table limit of ${MAX_GLOBAL_INDEXES}`,
    );
  }
  checkKeySchema(table, create);
  const index: IndexRecord = { ...indexRecord(table.nextIndexNumber, 'global', create), isFilling: true };
  return { ...table, indexes: [...table.indexes, index], nextIndexNumber: table.nextIndexNumber + 1 };
}

function checkKeySchema(
  table: TableRecord,
  { KeySchema = [], Projection, IndexName }: NonNullable<GlobalSecondaryIndexUpdate['Create']>,
): void {
  const types = KeySchema.map(({ KeyType }) => KeyType).join();
  if (types !== 'HASH' && types !== 'HASH,RANGE') {
    throw invalidValues(`the key of index ${IndexName} must be HASH, or HASH and RANGE, not ${types}`);
  }
  const defined = table.attributes.map(({ AttributeName }) => AttributeName);
  const missing = KeySchema.find(({ AttributeName }) => !defined.includes(AttributeName));
  if (missing !== undefined) {
    throw invalidValues(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${KeySchema.map(({ AttributeName }) => AttributeName).join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
    );
  }
  if (Projection?.ProjectionType === undefined) throw invalidValues('Unknown ProjectionType: null');
}
