/** DynamoDB behind an endpoint, with the SDK's clients before it, in a folder of its own. */

import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AwsError, type ServiceCaller } from '../../../contract/service.ts';
import { openRecords } from '../../../state/open-records.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../testing/temporary-folder.ts';
import { openWire, type WireFixture } from '../../../wire/testing/wire-fixture.ts';
import { createDynamoDbService, type DynamoDb } from '../index.ts';

const NOBODY: ServiceCaller = {
  call: () => Promise.reject(new AwsError('ServiceUnavailable', 'there is nobody here')),
};

export class DynamoDbBench {
  readonly folder: TemporaryFolder;
  readonly clock: ManualClock;
  readonly wire: WireFixture;
  readonly dynamoDb: DynamoDb;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  readonly streams: DynamoDBStreamsClient;
  readonly #close: () => Promise<void>;

  private constructor(
    folder: TemporaryFolder,
    clock: ManualClock,
    wire: WireFixture,
    dynamoDb: DynamoDb,
    close: () => Promise<void>,
  ) {
    this.folder = folder;
    this.clock = clock;
    this.wire = wire;
    this.dynamoDb = dynamoDb;
    this.client = new DynamoDBClient({ ...wire.client, maxAttempts: 1 });
    this.documents = DynamoDBDocumentClient.from(this.client);
    this.streams = new DynamoDBStreamsClient({ ...wire.client, maxAttempts: 1 });
    this.#close = close;
  }

  /** In the folder of an earlier bench, to go on from what it left. */
  static async open(
    folder: TemporaryFolder = temporaryFolder(),
    services: ServiceCaller = NOBODY,
  ): Promise<DynamoDbBench> {
    const clock = new ManualClock(Date.now());
    const records = await openRecords(join(folder.path, 'records'));
    const dynamoDb = createDynamoDbService({
      records,
      folder: join(folder.path, 'tables'),
      time: { clock, speed: 1 },
      services,
      accountId: '000000000000',
      region: 'us-east-1',
    });
    await dynamoDb.start();
    const wire = await openWire(dynamoDb.all, { durable: () => records.durable() });
    return new DynamoDbBench(folder, clock, wire, dynamoDb, async () => {
      await dynamoDb.stop();
      await records.close();
    });
  }

  /** What was written stays in the folder. */
  async stop(): Promise<void> {
    this.client.destroy();
    this.streams.destroy();
    await this.wire.close();
    await this.#close();
  }

  async close(): Promise<void> {
    await this.stop();
    this.folder.remove();
  }

  async reopened(): Promise<DynamoDbBench> {
    await this.stop();
    return DynamoDbBench.open(this.folder);
  }
}
