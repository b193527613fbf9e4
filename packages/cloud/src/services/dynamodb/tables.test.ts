import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDbBench } from './testing/dynamodb-bench.ts';
import { tableOf } from './testing/tables.ts';

let bench: DynamoDbBench;

before(async () => {
  bench = await DynamoDbBench.open();
});

after(() => bench.close());

test('[Y1] a table is created, described, listed and deleted; its name is free again, and its items are gone', async () => {
  const { client } = bench;
  const created = await client.send(new CreateTableCommand(tableOf('life', 'id:S at:N')));
  assert.equal(created.TableDescription?.TableStatus, 'CREATING');
  assert.equal(created.TableDescription?.TableArn, 'arn:aws:dynamodb:us-east-1:000000000000:table/life');
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: 'life' });
  await assert.rejects(client.send(new CreateTableCommand(tableOf('life', 'id:S'))), ResourceInUseException);
  const Item = { id: { S: 'a' }, at: { N: '1' } };
  await client.send(new PutItemCommand({ TableName: 'life', Item }));
  const { Table } = await client.send(
    new DescribeTableCommand({ TableName: created.TableDescription!.TableArn! }),
  );
  assert.deepEqual(
    [Table?.TableStatus, Table?.ItemCount, Table?.TableSizeBytes, Table?.BillingModeSummary?.BillingMode],
    ['ACTIVE', 1, 7, 'PAY_PER_REQUEST'],
  );
  assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, ['life']);
  const deleted = await client.send(new DeleteTableCommand({ TableName: 'life' }));
  assert.equal(deleted.TableDescription?.TableStatus, 'DELETING');
  await waitUntilTableNotExists({ client, maxWaitTime: 30 }, { TableName: 'life' });
  await assert.rejects(client.send(new ScanCommand({ TableName: 'life' })), ResourceNotFoundException);
  await client.send(new CreateTableCommand(tableOf('life', 'id:S at:N')));
  assert.equal((await client.send(new ScanCommand({ TableName: 'life' }))).Count, 0);
  await client.send(new DeleteTableCommand({ TableName: 'life' }));
});

test('[Y1] tables are listed in the order of their names, page by page', async () => {
  const { client } = bench;
  for (const name of ['page-b', 'page-c', 'page-a'])
    await client.send(new CreateTableCommand(tableOf(name, 'id:S')));
  const first = await client.send(new ListTablesCommand({ Limit: 2 }));
  assert.deepEqual([first.TableNames, first.LastEvaluatedTableName], [['page-a', 'page-b'], 'page-b']);
  const second = await client.send(new ListTablesCommand({ ExclusiveStartTableName: 'page-b' }));
  assert.deepEqual([second.TableNames, second.LastEvaluatedTableName], [['page-c'], undefined]);
  for (const TableName of ['page-b', 'page-c', 'page-a'])
    await client.send(new DeleteTableCommand({ TableName }));
});

test('[Y2] what a table can not be is refused in AWS’s words, and nothing of it is made', async () => {
  const { client } = bench;
  const refused = (changes: object, message: RegExp): Promise<void> =>
    assert.rejects(
      client.send(new CreateTableCommand({ ...tableOf('refused', 'id:S'), ...changes })),
      (error: Error) => {
        assert.equal(error.name, 'ValidationException');
        assert.match(error.message, message);
        return true;
      },
    );
  await refused({ TableName: 'a b' }, /regular expression pattern: \[a-zA-Z0-9_\.-\]\+/);
  await refused(
    { AttributeDefinitions: [{ AttributeName: 'other', AttributeType: 'S' }] },
    /not defined in AttributeDefinitions/,
  );
  await refused({ BillingMode: 'PROVISIONED' }, /must both be specified when BillingMode is PROVISIONED/);
  await refused({ LocalSecondaryIndexes: [] }, /List of LocalSecondaryIndexes is empty/);
  await refused({ StreamSpecification: { StreamEnabled: true } }, /StreamViewType must be one of/);
  await refused({ ResourcePolicy: '{}' }, /leave ResourcePolicy out/);
  assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
});

test('[Y3] an index that is added later finds the items of before; until it is filled it can not be read', async () => {
  const { client, clock } = bench;
  await client.send(new CreateTableCommand(tableOf('later', 'id:S')));
  for (const id of ['a', 'b', 'c']) {
    const Item = { id: { S: id }, ...(id === 'c' ? {} : { kind: { S: 'x' } }) };
    await client.send(new PutItemCommand({ TableName: 'later', Item }));
  }
  const KeySchema = [{ AttributeName: 'kind', KeyType: 'HASH' as const }];
  await client.send(
    new UpdateTableCommand({
      TableName: 'later',
      AttributeDefinitions: [{ AttributeName: 'kind', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [
        { Create: { IndexName: 'kinds', KeySchema, Projection: { ProjectionType: 'ALL' } } },
      ],
    }),
  );
  const query = () =>
    client.send(
      new QueryCommand({
        TableName: 'later',
        IndexName: 'kinds',
        KeyConditionExpression: 'kind = :k',
        ExpressionAttributeValues: { ':k': { S: 'x' } },
      }),
    );
  await assert.rejects(query(), /backfilling/);
  const status = async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'later' }));
    const [index] = Table!.GlobalSecondaryIndexes!;
    return [index?.IndexStatus, index?.ItemCount];
  };
  assert.deepEqual(await status(), ['CREATING', 0]);
  for (let tries = 0; (await status())[0] !== 'ACTIVE' && tries < 50; tries++) clock.advance(1_000);
  assert.deepEqual(await status(), ['ACTIVE', 2]);
  assert.equal((await query()).Count, 2);
  await client.send(
    new UpdateTableCommand({
      TableName: 'later',
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'kinds' } }],
    }),
  );
  await assert.rejects(query(), /does not have the specified index: kinds/);
  await client.send(new DeleteTableCommand({ TableName: 'later' }));
});

test('[Y4] billing mode, throughput, class and protection are changed; a protected table is not deleted', async () => {
  const { client } = bench;
  const TableName = 'settings';
  await client.send(new CreateTableCommand(tableOf(TableName, 'id:S')));
  const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 6 };
  const update = (changes: object) => client.send(new UpdateTableCommand({ TableName, ...changes }));
  await update({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput,
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
  });
  await assert.rejects(update({ ProvisionedThroughput }), /will not change/);
  await update({ DeletionProtectionEnabled: true });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [
      Table?.ProvisionedThroughput?.WriteCapacityUnits,
      Table?.TableClassSummary?.TableClass,
      Table?.DeletionProtectionEnabled,
    ],
    [6, 'STANDARD_INFREQUENT_ACCESS', true],
  );
  await assert.rejects(client.send(new DeleteTableCommand({ TableName })), /protected against deletion/);
  await update({ DeletionProtectionEnabled: false });
  await client.send(new DeleteTableCommand({ TableName }));
});

test('[Y5] tags are put, listed and taken away; a time to live is set and described', async () => {
  const { client } = bench;
  const TableName = 'tagged';
  const { TableDescription } = await client.send(
    new CreateTableCommand({ ...tableOf(TableName, 'id:S'), Tags: [{ Key: 'a', Value: '1' }] }),
  );
  const ResourceArn = TableDescription!.TableArn!;
  await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'b', Value: '2' }] }));
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }]);
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ends' };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  await assert.rejects(
    client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification })),
    /already enabled/,
  );
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'ends' });
  await client.send(new DeleteTableCommand({ TableName }));
});
