/** The streams of tables as DynamoDB Streams shows them: one shard each, a day long, read by iterators that are positions. */
import type {
  DescribeStreamCommandInput,
  GetRecordsCommandInput,
  GetShardIteratorCommandInput,
  ListStreamsCommandInput,
} from '@aws-sdk/client-dynamodb-streams';
import { AwsError } from '../../contract/service.ts';
import { validation } from './errors.ts';
import type { DynamoDbState } from './ports.ts';
import { STREAM_LIFE_MS, type StreamRow } from './stream-store.ts';
import { tableNameOf } from './table-names.ts';
import { streamArn, type TableRecord } from './table-record.ts';

interface Position {
  readonly arn: string;
  /** The first sequence number that is read. */
  readonly from: number;
  readonly madeMs: number;
}

const ITERATOR_LIFE_MS = 15 * 60_000;
const MAX_RECORDS = 1_000;
const MAX_BYTES = 1024 * 1024;
/** Sequence numbers and names of shards have at least 21 and 28 characters. */
const SEQUENCE_DIGITS = 21;
const PAGE = 100;

export function listStreams({ tables }: DynamoDbState, input: ListStreamsCommandInput): object {
  const { TableName, ExclusiveStartStreamArn: start = '', Limit = PAGE } = input;
  const wanted = TableName === undefined ? undefined : tableNameOf(TableName);
  const streams = [...tables.all()]
    .filter((table) => table.stream !== undefined && (wanted === undefined || table.name === wanted))
    .map((table) => ({
      StreamArn: streamArn(table)!,
      TableName: table.name,
      StreamLabel: table.stream!.label,
    }))
    .filter(({ StreamArn }) => StreamArn > start);
  const page = streams.slice(0, Math.min(Limit, PAGE));
  return {
    Streams: page,
    ...(streams.length > page.length ? { LastEvaluatedStreamArn: page.at(-1)?.StreamArn } : {}),
  };
}

export function describeStream(state: DynamoDbState, input: DescribeStreamCommandInput): object {
  const table = tableOfStream(state, input.StreamArn!);
  const shard = {
    ShardId: shardId(table),
    SequenceNumberRange: { StartingSequenceNumber: sequenceText(1) },
  };
  return {
    StreamDescription: {
      StreamArn: streamArn(table),
      StreamLabel: table.stream!.label,
      StreamStatus: 'ENABLED',
      StreamViewType: table.stream!.view,
      CreationRequestDateTime: new Date(`${table.stream!.label}Z`),
      TableName: table.name,
      KeySchema: [...table.keySchema],
      Shards: input.ExclusiveStartShardId === shard.ShardId ? [] : [shard],
    },
  };
}

export function getShardIterator(
  state: DynamoDbState,
  input: GetShardIteratorCommandInput,
  nowMs: number,
): object {
  const table = tableOfStream(state, input.StreamArn!);
  if (input.ShardId !== shardId(table)) {
    throw notFound(`Requested resource not found: Shard does not exist: ${input.ShardId}`);
  }
  const position = { arn: input.StreamArn!, from: startOf(state, table, input), madeMs: nowMs };
  return { ShardIterator: iteratorText(position) };
}

function startOf(state: DynamoDbState, table: TableRecord, input: GetShardIteratorCommandInput): number {
  const { ShardIteratorType: type, SequenceNumber: text } = input;
  if (type === 'TRIM_HORIZON') return 0;
  if (type === 'LATEST') return state.streams.lastSequence(table) + 1;
  if (type !== 'AT_SEQUENCE_NUMBER' && type !== 'AFTER_SEQUENCE_NUMBER') {
    throw validation(
      `1 validation error detected: Value '${type}' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]`,
    );
  }
  const sequence = Number(text);
  if (text === undefined || !Number.isSafeInteger(sequence) || sequence < 0) {
    throw validation(`SequenceNumber must be a sequence number of the stream, not ${text}`);
  }
  return type === 'AT_SEQUENCE_NUMBER' ? sequence : sequence + 1;
}

export function getRecords(state: DynamoDbState, input: GetRecordsCommandInput, nowMs: number): object {
  const { Limit = MAX_RECORDS } = input;
  if (Limit < 1 || Limit > MAX_RECORDS) {
    throw validation(`Limit must be from 1 to ${MAX_RECORDS}, not ${Limit}`);
  }
  const position = readIterator(input.ShardIterator!, nowMs);
  const table = tableOfStream(state, position.arn);
  const rows: StreamRow[] = [];
  let bytes = 0;
  for (const row of state.streams.from(table, position.from)) {
    if (rows.length >= Limit || (rows.length > 0 && bytes + row.bytes > MAX_BYTES)) break;
    if (row.atMs <= nowMs - STREAM_LIFE_MS) continue;
    rows.push(row);
    bytes += row.bytes;
  }
  const from = (rows.at(-1)?.sequence ?? position.from - 1) + 1;
  return {
    Records: rows.map((row) => recordView(state, row)),
    NextShardIterator: iteratorText({ arn: position.arn, from, madeMs: nowMs }),
  };
}

function recordView({ place }: DynamoDbState, row: StreamRow): object {
  return {
    eventID: row.sequence.toString(16).padStart(32, '0'),
    eventName: row.event,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: place.region,
    dynamodb: {
      ApproximateCreationDateTime: new Date(Math.floor(row.atMs / 1000) * 1000),
      Keys: row.keys,
      NewImage: row.after,
      OldImage: row.before,
      SequenceNumber: sequenceText(row.sequence),
      SizeBytes: row.bytes,
      StreamViewType: row.view,
    },
    ...(row.expired === true
      ? { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } }
      : {}),
  };
}

function tableOfStream({ tables }: DynamoDbState, arn: string): TableRecord {
  const name = /^arn:aws:dynamodb:[^:]+:\d{12}:table\/([^/]+)\/stream\/.+$/.exec(arn)?.[1];
  if (name === undefined) throw validation(`Invalid StreamArn: ${arn}`);
  const table = tables.find(name);
  if (table !== undefined && streamArn(table) === arn) return table;
  throw notFound(`Requested resource not found: Stream: ${arn} not found`);
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

function shardId({ number, stream }: TableRecord): string {
  return `shardId-${String(Date.parse(`${stream!.label}Z`)).padStart(20, '0')}-${String(number).padStart(8, '0')}`;
}

function sequenceText(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

function iteratorText({ arn, from, madeMs }: Position): string {
  return `${arn}|1|${Buffer.from(JSON.stringify([from, madeMs])).toString('base64url')}`;
}

function readIterator(text: string, nowMs: number): Position {
  const [arn = '', , body = ''] = text.split('|');
  const [from, madeMs] = parsed(body);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(madeMs)) {
    throw validation('Invalid ShardIterator: it must be as GetShardIterator or GetRecords gave it');
  }
  if (madeMs! <= nowMs - ITERATOR_LIFE_MS) {
    throw new AwsError(
      'ExpiredIteratorException',
      'Iterator expired: it is older than 15 minutes; ask for another one',
    );
  }
  return { arn, from: from!, madeMs: madeMs! };
}

function parsed(body: string): readonly (number | undefined)[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
