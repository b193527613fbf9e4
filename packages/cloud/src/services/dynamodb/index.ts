/**
 * DynamoDB: tables with items on disk.
 *
 * (V1) An operation is one synchronous turn: nothing comes between what it reads and what it writes.
 * (V2) No operation is answered before all that it read or wrote is on disk, refusals included.
 */
import type { AwsService, OperationHandler, RequestContext } from '../../contract/service.ts';
import { withBytes } from './attribute-values.ts';
import { Housekeeping } from './housekeeping.ts';
import { ItemDatabase } from './item-database.ts';
import { Meter } from './meter.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import type { DynamoDbPorts, DynamoDbState } from './ports.ts';
import { StreamStore } from './stream-store.ts';
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
  const database = new ItemDatabase(ports.folder);
  const streams = new StreamStore(database);
  const tables = new TableStore(ports.records, database, (change) => streams.add(change));
  const { accountId, region } = ports;
  const state: DynamoDbState = {
    database,
    tables,
    streams,
    meter: new Meter(),
    place: { accountId, region },
  };
  const upkeep = new Housekeeping(state, ports.clock, ports.log ?? (() => {}));
  return {
    all: [
      {
        signingName: 'dynamodb',
        operations: handlers(state, OPERATIONS),
        maxBodyBytes: MAX_BODY_BYTES,
      },
    ],
    start: () => {
      upkeep.start();
      return Promise.resolve();
    },
    stop: () => {
      upkeep.stop();
      return database.close();
    },
  };
}

function handlers(
  state: DynamoDbState,
  operations: Readonly<Record<string, Operation>>,
): Record<string, OperationHandler> {
  const entries = Object.entries(operations).map(([name, operation]) => [
    name,
    async (input: object, context: RequestContext): Promise<unknown> => {
      try {
        return withBytes(operation(state, withTableName(input) as never, context.nowMs)); // (V1)
      } finally {
        await state.database.durable(); // (V2)
      }
    },
  ]);
  return Object.fromEntries(entries);
}
