import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type GlobalSecondaryIndex,
  type LocalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { DynamoDbBench } from './testing/dynamodb-bench.ts';
import { schema, tableOf } from './testing/tables.ts';

let bench: DynamoDbBench;
const TableName = 'reads';
const NUMBERS = [-1e14, -100, -10, -1.5, -1, -0.001, 0, 1e-9, 0.5, 1, 2, 9, 10, 99, 100, 1e15];

before(async () => {
  bench = await DynamoDbBench.open();
  const index = (
    IndexName: string,
    key: string,
    projection: object,
  ): GlobalSecondaryIndex & LocalSecondaryIndex => ({
    IndexName,
    KeySchema: schema(key).KeySchema,
    Projection: { ProjectionType: 'ALL', ...projection },
  });
  await bench.client.send(
    new CreateTableCommand(
      tableOf(TableName, 'id:S pos:N', {
        keys: 'kind:S name:S',
        GlobalSecondaryIndexes: [
          index('kinds', 'kind:S', { ProjectionType: 'KEYS_ONLY' }),
          index('names', 'kind:S name:S', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['shown'] }),
        ],
        LocalSecondaryIndexes: [index('by-name', 'id:S name:S', { ProjectionType: 'KEYS_ONLY' })],
      }),
    ),
  );
  await bench.client.send(new CreateTableCommand(tableOf('texts', 'id:S text:S')));
  await bench.client.send(new CreateTableCommand(tableOf('many', 'id:S')));
  for (const pos of NUMBERS) {
    const name = `n${Math.abs(pos)}`;
    await put({ id: 'a', pos, kind: pos < 0 ? 'less' : 'more', name, shown: pos * 2, covered: 'h' });
  }
});

after(() => bench.close());

const put = (Item: Record<string, unknown>, table = TableName) =>
  bench.documents.send(new PutCommand({ TableName: table, Item }));
const query = async (
  KeyConditionExpression: string,
  values: Record<string, unknown>,
  more: Partial<QueryCommandInput> = {},
) =>
  await bench.documents.send(
    new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues: values, ...more }),
  );
const ats = async (...of: Parameters<typeof query>) => (await query(...of)).Items!.map(({ pos }) => pos);

test('[Y11] a partition is read in the order of its sort key, both ways, and by every condition on it', async () => {
  const id = { ':id': 'a' };
  assert.deepEqual(await ats('id = :id', id), NUMBERS);
  assert.deepEqual(await ats('id = :id', id, { ScanIndexForward: false }), NUMBERS.toReversed());
  const where = (condition: string, values: object, holds: (n: number) => boolean) =>
    ats(`id = :id AND ${condition}`, { ...id, ...values }).then((found) =>
      assert.deepEqual(found, NUMBERS.filter(holds), condition),
    );
  await where('pos = :n', { ':n': 1 }, (n) => n === 1);
  await where('pos < :n', { ':n': -1 }, (n) => n < -1);
  await where('pos <= :n', { ':n': -1 }, (n) => n <= -1);
  await where('pos > :n', { ':n': 0.5 }, (n) => n > 0.5);
  await where(':n <= pos', { ':n': 0.5 }, (n) => n >= 0.5);
  await where('pos BETWEEN :n AND :m', { ':n': -1.5, ':m': 10 }, (n) => n >= -1.5 && n <= 10);
  assert.deepEqual(await ats('id = :id', { ':id': 'nobody' }), []);
});

test('[Y11] texts come in the order of their bytes, and by how they begin', async () => {
  const texts = ['a', 'a\u0000', 'a\u0000b', 'ab', 'b', 'z', 'é', '\uffee', '😀'];
  for (const text of texts.toReversed()) await put({ id: 't', text }, 'texts');
  const found = async (condition: string, values: object) =>
    (
      await query(
        `id = :id${condition}`,
        { ':id': 't', ...values },
        { TableName: 'texts', ExpressionAttributeNames: { '#t': 'text' } },
      ).catch(
        async () => await query(`id = :id${condition}`, { ':id': 't', ...values }, { TableName: 'texts' }),
      )
    ).Items!.map(({ text }) => text);
  assert.deepEqual(await found('', {}), texts);
  assert.deepEqual(await found(' AND begins_with(#t, :p)', { ':p': 'a' }), [
    'a',
    'a\u0000',
    'a\u0000b',
    'ab',
  ]);
  assert.deepEqual(await found(' AND #t > :p', { ':p': 'a\u0000b' }), texts.slice(3));
});

test('[Y12] pages of any size give each item once, and filters do not change where pages end', async () => {
  for (const Limit of [1, 3, 100]) {
    const seen: unknown[] = [];
    const input = {
      TableName,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': 'a' },
      Limit,
    };
    for await (const page of paginateQuery({ client: bench.documents }, input))
      seen.push(...page.Items!.map(({ pos }) => pos));
    assert.deepEqual(seen, NUMBERS);
  }
  const page = await query(
    'id = :id',
    { ':id': 'a', ':k': 'more' },
    { Limit: 7, FilterExpression: 'kind = :k' },
  );
  assert.deepEqual([page.Count, page.ScannedCount, page.LastEvaluatedKey], [1, 7, { id: 'a', pos: 0 }]);
  const back = await query(
    'id = :id',
    { ':id': 'a' },
    { Limit: 2, ScanIndexForward: false, ExclusiveStartKey: { id: 'a', pos: 0 } },
  );
  assert.deepEqual(
    back.Items!.map(({ pos }) => pos),
    [-0.001, -1],
  );
  const counted = await query('id = :id', { ':id': 'a' }, { Select: 'COUNT' });
  assert.deepEqual([counted.Count, counted.Items], [NUMBERS.length, undefined]);
});

test('[Y12] a page has a megabyte pos most', async () => {
  const text = 'x'.repeat(300 * 1024);
  for (let n = 0; n < 5; n++) await put({ id: `large${n}`, text }, 'many');
  const sizes: number[] = [];
  for await (const page of paginateScan({ client: bench.documents }, { TableName: 'many' }))
    sizes.push(page.Count!);
  assert.deepEqual(sizes, [4, 1]);
});

test('[Y13] indexes give what they project, follow every write, and need no attribute', async () => {
  const kind = { ':k': 'less' };
  const byKind = await query('kind = :k', kind, { IndexName: 'kinds' });
  assert.equal(byKind.Count, 6);
  assert.deepEqual(Object.keys(byKind.Items![0]!).sort(), ['id', 'kind', 'pos']);
  const byName = await query(
    'kind = :k AND begins_with(#n, :n)',
    { ':k': 'less', ':n': 'n1' },
    { IndexName: 'names', ExpressionAttributeNames: { '#n': 'name' } },
  );
  assert.deepEqual(
    byName.Items!.map(({ name, covered, shown }) => [name, covered, shown]),
    [
      ['n1', undefined, -2],
      ['n1.5', undefined, -3],
      ['n10', undefined, -20],
      ['n100', undefined, -200],
      ['n100000000000000', undefined, -2e14],
    ],
  );
  const whole = await query(
    'id = :id',
    { ':id': 'a' },
    { IndexName: 'by-name', Select: 'ALL_ATTRIBUTES', Limit: 1, ConsistentRead: true },
  );
  assert.equal(whole.Items![0]!['covered'], 'h');
  await put({ id: 'moves', pos: 1, kind: 'odd' });
  const odd = async () => (await query('kind = :k', { ':k': 'odd' }, { IndexName: 'kinds' })).Count;
  assert.equal(await odd(), 1);
  const Key = { id: 'moves', pos: 1 };
  await bench.documents.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'REMOVE kind' }));
  assert.equal(await odd(), 0);
  await put({ id: 'moves', pos: 1, kind: 'odd' });
  await bench.documents.send(new DeleteCommand({ TableName, Key }));
  assert.equal(await odd(), 0);
  const { Table } = await bench.client.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    Table?.GlobalSecondaryIndexes?.map(({ ItemCount }) => ItemCount),
    [NUMBERS.length, NUMBERS.length],
  );
});

test('[Y13] entries with the same key of an index are all found, page by page', async () => {
  for (let n = 0; n < 30; n++) await put({ id: `same${n}`, pos: n, kind: 'same', name: 'one' });
  const seen = new Set<unknown>();
  const input = {
    ...{ TableName, IndexName: 'names', Limit: 4, KeyConditionExpression: 'kind = :k AND #n = :n' },
    ExpressionAttributeNames: { '#n': 'name' },
    ExpressionAttributeValues: { ':k': 'same', ':n': 'one' },
  };
  for await (const page of paginateQuery({ client: bench.documents }, input))
    for (const { id } of page.Items!) seen.add(id);
  assert.equal(seen.size, 30);
});

test('[Y14] segments of a scan share the table: together they give each item once', async () => {
  const TotalSegments = 7;
  const seen: unknown[] = [];
  for (let Segment = 0; Segment < TotalSegments; Segment++) {
    for await (const page of paginateScan(
      { client: bench.documents },
      { TableName, Segment, TotalSegments, Limit: 5 },
    )) {
      seen.push(...page.Items!.map(({ id, pos }) => `${id}/${pos}`));
    }
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(
    seen.length,
    (await bench.documents.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count,
  );
});

test('[Y15] batches write and read up to 25 and 100 items, over several tables', async () => {
  const requests = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { id: `b${n}` } } }));
  const written = await bench.documents.send(
    new BatchWriteCommand({ RequestItems: { many: requests }, ReturnConsumedCapacity: 'TOTAL' }),
  );
  assert.deepEqual(
    [written.UnprocessedItems, written.ConsumedCapacity],
    [{}, [{ TableName: 'many', CapacityUnits: 25 }]],
  );
  const Keys = Array.from({ length: 30 }, (_, n) => ({ id: `b${n}` }));
  const { Responses, UnprocessedKeys } = await bench.documents.send(
    new BatchGetCommand({
      RequestItems: {
        many: { Keys },
        [TableName]: { Keys: [{ id: 'a', pos: 1 }], ProjectionExpression: 'pos' },
      },
    }),
  );
  assert.deepEqual(
    [Responses!['many']!.length, Responses![TableName], UnprocessedKeys],
    [25, [{ pos: 1 }], {}],
  );
  const deletes = Array.from({ length: 25 }, (_, n) => ({ DeleteRequest: { Key: { id: `b${n}` } } }));
  await bench.documents.send(new BatchWriteCommand({ RequestItems: { many: deletes } }));
  const after = await bench.documents.send(new BatchGetCommand({ RequestItems: { many: { Keys } } }));
  assert.deepEqual(after.Responses, { many: [] });
  const refused = (RequestItems: Record<string, never[]>, message: RegExp) =>
    assert.rejects(bench.documents.send(new BatchWriteCommand({ RequestItems })), message);
  await refused({ many: [...requests, ...requests] as never[] }, /less than or equal to 25|Too many items/);
  await refused({ many: [requests[0], requests[0]] as never[] }, /contains duplicates/);
  await refused({ nowhere: requests as never[] }, /Requested resource not found/);
});

test('[Y16] queries that can not be are refused in AWS’s words', async () => {
  const refused = (condition: string, values: Record<string, unknown>, message: RegExp, more = {}) =>
    assert.rejects(query(condition, values, more), (error: Error) => {
      assert.equal(error.name, 'ValidationException');
      assert.match(error.message, message);
      return true;
    });
  await refused('pos = :n', { ':n': 1 }, /missed key schema element: id/);
  await refused('id > :n', { ':n': 'a' }, /Query key condition not supported/);
  await refused('id = :n AND shown = :n', { ':n': 'a' }, /missed key schema element: pos/);
  await refused('id = :n', { ':n': 1 }, /type does not match schema type/);
  await refused('id = :n', { ':n': 'a' }, /does not have the specified index: none/, { IndexName: 'none' });
  await refused('kind = :n', { ':n': 'a' }, /Consistent reads are not supported/, {
    IndexName: 'kinds',
    ConsistentRead: true,
  });
  await refused('kind = :n', { ':n': 'a' }, /does not project \[covered\]/, {
    IndexName: 'kinds',
    ProjectionExpression: 'covered',
  });
  await refused('id = :n', { ':n': 'a' }, /non-primary key attributes: Primary key attribute: id/, {
    FilterExpression: 'id = :n',
  });
  await refused('id = :n', { ':n': 'a' }, /starting key is invalid/, { ExclusiveStartKey: { id: 'a' } });
  await refused('id = :n', { ':n': 'a' }, /outside query boundaries/, {
    ExclusiveStartKey: { id: 'b', pos: 1 },
  });
});
