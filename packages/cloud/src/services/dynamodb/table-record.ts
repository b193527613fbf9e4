/** What is remembered of a table beside its items, and how AWS shows it. */
import type {
  AttributeDefinition,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  LocalSecondaryIndexDescription,
  Projection,
  ProvisionedThroughput,
  StreamViewType,
  TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './attribute-values.ts';

export interface IndexRecord {
  /** Never given twice within a table. */
  readonly number: number;
  readonly name: string;
  readonly scope: 'global' | 'local';
  readonly keySchema: readonly KeySchemaElement[];
  readonly projection: Projection;
  readonly throughput?: ProvisionedThroughput;
  /** Items of before the index are still being added. */
  readonly isFilling?: boolean;
}

/** Items expire by their value of an attribute; an index of the service's own finds them. */
export interface ExpiryRecord {
  readonly attribute: string;
  readonly indexNumber: number;
  readonly isFilling?: boolean;
}

export interface StreamRecord {
  readonly label: string;
  readonly view: StreamViewType;
}

export interface TableRecord {
  /** Never given twice: what lies under a number belongs to one table, also when another one gets its name. */
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly attributes: readonly AttributeDefinition[];
  readonly keySchema: readonly KeySchemaElement[];
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  /** When the table became PAY_PER_REQUEST. */
  readonly onDemandSinceMs?: number;
  readonly throughput: ProvisionedThroughput;
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  readonly deletionProtection: boolean;
  readonly isEncryptedWithKms?: boolean;
  readonly indexes: readonly IndexRecord[];
  /** Of the next index. */
  readonly nextIndexNumber: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly expiry?: ExpiryRecord;
  readonly stream?: StreamRecord;
  readonly pointInTimeRecovery?: boolean;
}

/** How many rows there are, and how large they are. */
export interface RowCount {
  readonly items: number;
  readonly bytes: number;
}

export interface KeyNames {
  readonly hash: string;
  readonly range?: string;
}

export function keyNames(schema: readonly KeySchemaElement[]): KeyNames {
  const [hash, range] = schema.map(({ AttributeName }) => AttributeName!);
  return { hash: hash!, ...(range === undefined ? {} : { range }) };
}

export function namesOf(schema: readonly KeySchemaElement[]): string[] {
  return schema.map(({ AttributeName }) => AttributeName!);
}

export function keyOf(table: TableRecord, item: Item): Item {
  return Object.fromEntries(namesOf(table.keySchema).map((name) => [name, item[name]!]));
}

/** As the table declares it; it declares keys only. */
export function attributeType(table: TableRecord, name: string): 'S' | 'N' | 'B' | undefined {
  return table.attributes.find(({ AttributeName }) => AttributeName === name)?.AttributeType as
    | 'S'
    | 'N'
    | 'B'
    | undefined;
}

export function streamArn(table: TableRecord): string | undefined {
  return table.stream === undefined ? undefined : `${table.arn}/stream/${table.stream.label}`;
}

export function isOnDemand({ billingMode }: Pick<TableRecord, 'billingMode'>): boolean {
  return billingMode === 'PAY_PER_REQUEST';
}

export type TableState = 'CREATING' | 'UPDATING' | 'ACTIVE' | 'DELETING';

/** As CreateTable, DescribeTable and their like answer. */
export function tableView(
  table: TableRecord,
  state: TableState,
  countOf: (indexNumber?: number) => RowCount,
): TableDescription {
  const { items, bytes } = countOf();
  const local = table.indexes.filter(({ scope }) => scope === 'local');
  const global = table.indexes.filter(({ scope }) => scope === 'global');
  return {
    TableName: table.name,
    TableArn: table.arn,
    TableId: table.id,
    TableStatus: state,
    CreationDateTime: new Date(table.createdMs),
    AttributeDefinitions: [...table.attributes],
    KeySchema: [...table.keySchema],
    ItemCount: items,
    TableSizeBytes: bytes,
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ...table.throughput },
    ...billingView(table),
    ...(local.length === 0
      ? {}
      : { LocalSecondaryIndexes: local.map((one) => indexView(table, one, countOf)) }),
    ...(global.length === 0
      ? {}
      : { GlobalSecondaryIndexes: global.map((one) => globalIndexView(table, one, state, countOf)) }),
    ...streamView(table),
    ...(table.isEncryptedWithKms === true
      ? { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: kmsKeyArn(table) } }
      : {}),
    ...(table.tableClass === undefined ? {} : { TableClassSummary: { TableClass: table.tableClass } }),
    DeletionProtectionEnabled: table.deletionProtection,
    WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
  };
}

function billingView(table: TableRecord): TableDescription {
  if (table.onDemandSinceMs === undefined) return {};
  return {
    BillingModeSummary: {
      BillingMode: table.billingMode,
      LastUpdateToPayPerRequestDateTime: new Date(table.onDemandSinceMs),
    },
    TableThroughputModeSummary: { TableThroughputMode: table.billingMode },
  } as TableDescription;
}

function streamView(table: TableRecord): TableDescription {
  const { stream } = table;
  if (stream === undefined) return {};
  return {
    StreamSpecification: { StreamEnabled: true, StreamViewType: stream.view },
    LatestStreamLabel: stream.label,
    LatestStreamArn: streamArn(table),
  };
}

/** There are no keys here: a name in AWS's form. */
function kmsKeyArn({ arn }: TableRecord): string {
  const [, , , region, account] = arn.split(':');
  return `arn:aws:kms:${region}:${account}:alias/aws/dynamodb`;
}

function indexView(
  table: TableRecord,
  index: IndexRecord,
  countOf: (indexNumber: number) => RowCount,
): LocalSecondaryIndexDescription {
  const { items, bytes } = countOf(index.number);
  return {
    IndexName: index.name,
    IndexArn: `${table.arn}/index/${index.name}`,
    KeySchema: [...index.keySchema],
    Projection: index.projection,
    ItemCount: items,
    IndexSizeBytes: bytes,
  };
}

function globalIndexView(
  table: TableRecord,
  index: IndexRecord,
  state: TableState,
  countOf: (indexNumber: number) => RowCount,
): GlobalSecondaryIndexDescription {
  const filling = index.isFilling === true || state === 'CREATING';
  return {
    ...indexView(table, index, countOf),
    IndexStatus: filling ? 'CREATING' : 'ACTIVE',
    ...(index.isFilling === true ? { Backfilling: true } : {}),
    ProvisionedThroughput: {
      NumberOfDecreasesToday: 0,
      ...(index.throughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }),
    },
  };
}
