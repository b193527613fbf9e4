import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS, type TableServerKind } from './table-server-kind.ts';

/** A server of tables in a process of its own, with the SDK's client before it. */
export class TableServer {
  readonly client: DynamoDBClient;
  readonly pid: number;
  private readonly child: ChildProcess;

  static async start(kind: TableServerKind, folder: string): Promise<TableServer> {
    const child = fork(join(import.meta.dirname, 'table-server.ts'), [kind, folder], { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const server = new TableServer(child, port);
    await server.createTable();
    return server;
  }

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.pid = child.pid!;
    this.client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: TABLE_KEYS,
    });
  }

  private async createTable(): Promise<void> {
    const TableName = 'bench';
    await this.client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const status = async () =>
      (await this.client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
    while ((await status()) !== 'ACTIVE') await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async stop(): Promise<void> {
    this.client.destroy();
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
