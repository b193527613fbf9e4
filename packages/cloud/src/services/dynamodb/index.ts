/**
 * DynamoDB: tables with items on disk.
 *
 * (V1) An operation is one synchronous turn: nothing comes between what it reads and what it writes.
 * (V2) No operation is answered before all that it read or wrote is on disk, refusals included.
 */
import type { Clock } from '@crescendo/base';
import {
  AwsError,
  type AwsService,
  type OperationHandler,
  type RequestContext,
} from '../../contract/service.ts';
import { withBytes } from './attribute-values.ts';
import { Housekeeping } from './housekeeping.ts';
import { ItemDatabase } from './item-database.ts';
import { openItemFile } from './item-file.ts';
import { Meter } from './meter.ts';
import { OPERATIONS, type Operation, STREAM_OPERATIONS } from './operations.ts';
import type { DynamoDbPorts, DynamoDbState } from './ports.ts';
import { RequestTokens } from './request-tokens.ts';
import { StreamStore } from './stream-store.ts';
import { TableMetrics } from './table-metrics.ts';
import { withTableName } from './table-names.ts';
import { TableStore } from './table-store.ts';

export interface DynamoDb {
  /** Tables and their items, and their streams. */
  readonly all: readonly AwsService[];
  start(): Promise<void>;
  /** Resolves when everything is on disk. */
  stop(): Promise<void>;
}

/** Of requests: the largest is a batch. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export function createDynamoDbService(ports: DynamoDbPorts): DynamoDb {
  const database = new ItemDatabase(openItemFile(ports.folder), ports.onFailure);
  const streams = new StreamStore(database);
  const tables = new TableStore(ports.records, database, (change) => streams.add(change));
  const { accountId, region } = ports;
  const state: DynamoDbState = {
    ...{ database, tables, streams },
    tokens: new RequestTokens(database),
    meter: new Meter(),
    place: { accountId, region },
  };
  const log = ports.log ?? (() => {});
  const upkeep = new Housekeeping(state, ports.time.clock, log);
  const metrics = new TableMetrics(state.meter, ports.time, ports.services, log);
  return {
    all: [
      {
        signingName: 'dynamodb',
        operations: handlers(state, OPERATIONS, ports.time.clock),
        maxBodyBytes: MAX_BODY_BYTES,
      },
      {
        signingName: 'streams.dynamodb',
        scope: 'dynamodb',
        operations: handlers(state, STREAM_OPERATIONS, ports.time.clock),
      },
    ],
    start: () => {
      upkeep.start();
      metrics.start();
      return Promise.resolve();
    },
    stop: () => {
      upkeep.stop();
      metrics.stop();
      return database.close();
    },
  };
}

function handlers(
  state: DynamoDbState,
  operations: Readonly<Record<string, Operation>>,
  clock: Clock,
): Record<string, OperationHandler> {
  const entries = Object.entries(operations).map(([name, operation]) => [
    name,
    async (given: object, context: RequestContext): Promise<unknown> => {
      const startedMs = clock.nowMs();
      const input: { readonly TableName?: string } = withTableName(given);
      try {
        const output = operation(state, input as never, context.nowMs); // (V1)
        await state.database.durable(); // (V2)
        if (input.TableName !== undefined)
          meterAnswer(state, name, input.TableName, output, clock.nowMs() - startedMs);
        return withBytes(output);
      } catch (error) {
        await state.database.durable(); // (V2)
        meterRefusal(state, input.TableName, error);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(entries);
}

/** Of operations on items; others are not measured by AWS either. */
function meterAnswer(
  { meter, tables }: DynamoDbState,
  operation: string,
  table: string,
  output: object,
  latencyMs: number,
): void {
  if (!/Item$|^Query$|^Scan$/.test(operation) || tables.find(table) === undefined) return;
  meter.succeed(table, operation, latencyMs);
  if ('Count' in output) meter.returnItems(table, operation, Number(output.Count));
}

function meterRefusal({ meter }: DynamoDbState, table: string | undefined, error: unknown): void {
  if (!(error instanceof AwsError)) return;
  if (error.code === 'ConditionalCheckFailedException') {
    if (table !== undefined) meter.failCondition(table);
  } else if (error.statusCode < 500) {
    meter.refuse();
  }
}
