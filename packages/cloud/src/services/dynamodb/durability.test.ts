import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DescribeTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { DynamoDbBench } from './testing/dynamodb-bench.ts';
import { schema, tableOf } from './testing/tables.ts';

const WRITER = fileURLToPath(new URL('testing/writer-process.ts', import.meta.url));

test('[Y17] tables, items and indexes are there after a restart', async () => {
  let bench = await DynamoDbBench.open();
  const index = { IndexName: 'kinds', ...schema('kind:S'), Projection: { ProjectionType: 'ALL' as const } };
  const { AttributeDefinitions: _, ...GlobalSecondaryIndex } = index;
  await bench.client.send(
    new CreateTableCommand(
      tableOf('kept', 'id:S', { keys: 'kind:S', GlobalSecondaryIndexes: [GlobalSecondaryIndex] }),
    ),
  );
  const item = { id: 'a', kind: 'x', bytes: Uint8Array.from([1, 2, 255]) };
  await bench.documents.send(new PutCommand({ TableName: 'kept', Item: item }));
  bench = await bench.reopened();
  const { Item } = await bench.documents.send(new GetCommand({ TableName: 'kept', Key: { id: 'a' } }));
  assert.deepEqual(Item, item);
  const found = await bench.documents.send(
    new QueryCommand({
      TableName: 'kept',
      IndexName: 'kinds',
      KeyConditionExpression: 'kind = :k',
      ExpressionAttributeValues: { ':k': 'x' },
    }),
  );
  assert.deepEqual(found.Items, [item]);
  await bench.close();
});

/** Kills the writer when it has acknowledged `rounds`, and gives what it acknowledged. */
async function killed(
  child: ChildProcess & { stdout: NodeJS.ReadableStream },
  rounds: number,
): Promise<string[]> {
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length >= rounds && !child.killed) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return acknowledged;
}

test('[Y17] after SIGKILL in the middle of writes all that was acknowledged is there, whole, and counts and indexes agree with it', async () => {
  const folder = temporaryFolder();
  for (const rounds of [3, 60]) {
    const child = spawn(process.execPath, [WRITER, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged = await killed(child as ChildProcess & { stdout: NodeJS.ReadableStream }, rounds);
    assert.ok(acknowledged.length >= rounds);
    const bench = await DynamoDbBench.open(folder);
    try {
      const { Items = [] } = await bench.client.send(new ScanCommand({ TableName: 'written' }));
      const found = new Map(Items.map((item) => [item['id']!.S, item]));
      for (const id of acknowledged) assert.ok(found.has(id), `${id} was acknowledged and is gone`);
      for (const { first, last } of Items) assert.deepEqual(first, last, 'half an item was found');
      const { Table } = await bench.client.send(new DescribeTableCommand({ TableName: 'written' }));
      assert.equal(Table?.ItemCount, Items.length);
      const indexed = await bench.client.send(new ScanCommand({ TableName: 'written', IndexName: 'rounds' }));
      assert.equal(indexed.Count, Items.length);
      assert.equal(Table?.GlobalSecondaryIndexes?.[0]?.ItemCount, Items.length);
    } finally {
      await bench.stop();
    }
  }
  folder.remove();
});
