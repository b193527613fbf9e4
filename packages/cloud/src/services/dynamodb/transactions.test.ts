import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateTableCommand,
  type TransactionCanceledException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ServiceCaller } from '../../contract/service.ts';
import { DynamoDbBench } from './testing/dynamodb-bench.ts';
import { tableOf } from './testing/tables.ts';

interface Datum {
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Value: string }[];
  readonly StatisticValues: { readonly Sum: number; readonly SampleCount: number };
}

let bench: DynamoDbBench;
const published: Datum[] = [];
const cloudWatch: ServiceCaller = {
  call: async <Output>(_service: string, _operation: string, input: object) => {
    published.push(...(input as { MetricData: Datum[] }).MetricData);
    return {} as Output;
  },
};

before(async () => {
  bench = await DynamoDbBench.open(undefined, cloudWatch);
  for (const name of ['accounts', 'log-book']) {
    await bench.client.send(new CreateTableCommand(tableOf(name, 'id:S')));
  }
});

after(() => bench.close());

const put = (TableName: string, Item: Record<string, unknown>) =>
  bench.documents.send(new PutCommand({ TableName, Item }));
const get = async (TableName: string, id: string) =>
  (await bench.documents.send(new GetCommand({ TableName, Key: { id } }))).Item;
const transact = (TransactItems: TransactWriteCommandInput['TransactItems'], more: object = {}) =>
  bench.documents.send(new TransactWriteCommand({ TransactItems, ...more }));
const move = (from: string, to: string, amount: number): TransactWriteCommandInput['TransactItems'] => [
  {
    Update: {
      TableName: 'accounts',
      Key: { id: from },
      UpdateExpression: 'SET amount = amount - :n',
      ConditionExpression: 'amount >= :n',
      ExpressionAttributeValues: { ':n': amount },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  },
  {
    Update: {
      TableName: 'accounts',
      Key: { id: to },
      UpdateExpression: 'SET amount = amount + :n',
      ExpressionAttributeValues: { ':n': amount },
    },
  },
  { Put: { TableName: 'log-book', Item: { id: `${from}-${to}`, amount } } },
];

test('[Y19] a transaction is done whole or not at all, over several tables, and says what was in its way', async () => {
  await put('accounts', { id: 'a', amount: 10 });
  await put('accounts', { id: 'b', amount: 0 });
  await transact(move('a', 'b', 7));
  assert.deepEqual(
    [(await get('accounts', 'a'))?.['amount'], (await get('accounts', 'b'))?.['amount']],
    [3, 7],
  );
  assert.deepEqual(await get('log-book', 'a-b'), { id: 'a-b', amount: 7 });
  await assert.rejects(
    transact([...move('a', 'b', 4)!.slice(0, 2), { Delete: { TableName: 'log-book', Key: { id: 'a-b' } } }]),
    (thrown) => {
      const error = thrown as TransactionCanceledException;
      assert.equal(error.name, 'TransactionCanceledException');
      assert.match(error.message, /\[ConditionalCheckFailed, None, None\]/);
      const [first, ...others] = error.CancellationReasons!;
      assert.deepEqual(
        [first?.Code, first?.Item],
        ['ConditionalCheckFailed', { id: { S: 'a' }, amount: { N: '3' } }],
      );
      assert.deepEqual(others, [{ Code: 'None' }, { Code: 'None' }]);
      return true;
    },
  );
  assert.deepEqual(
    [(await get('accounts', 'a'))?.['amount'], (await get('accounts', 'b'))?.['amount']],
    [3, 7],
  );
  assert.ok(await get('log-book', 'a-b'));
});

test('[Y19] transactions of many clients never see or leave half of one', async () => {
  const ids = ['t1', 't2', 't3', 't4'];
  for (const id of ids) await put('accounts', { id, amount: 25 });
  const moves = Array.from({ length: 40 }, (_, n) =>
    transact(
      move(
        ids[n % 4]!,
        ids[(n * 3 + 1) % 4] === ids[n % 4] ? ids[(n + 1) % 4]! : ids[(n * 3 + 1) % 4]!,
        1 + (n % 9),
      )!.slice(0, 2),
    ).catch((error: Error) => assert.equal(error.name, 'TransactionCanceledException')),
  );
  const sums = Array.from({ length: 10 }, async () => {
    const { Responses } = await bench.documents.send(
      new TransactGetCommand({
        TransactItems: ids.map((id) => ({ Get: { TableName: 'accounts', Key: { id } } })),
      }),
    );
    return Responses!.reduce((sum, { Item }) => sum + Number(Item!['amount']), 0);
  });
  await Promise.all(moves);
  assert.deepEqual(new Set(await Promise.all(sums)), new Set([100]));
});

test('[Y20] a transaction that is sent again with its token is answered and not done again, after a restart too', async () => {
  const ClientRequestToken = 'a-token';
  const count = [
    {
      Update: {
        TableName: 'accounts',
        Key: { id: 'counted' },
        UpdateExpression: 'ADD hits :one',
        ExpressionAttributeValues: { ':one': 1 },
      },
    },
  ];
  await transact(count, { ClientRequestToken });
  await transact(count, { ClientRequestToken });
  await assert.rejects(transact(move('a', 'b', 1), { ClientRequestToken }), {
    name: 'IdempotentParameterMismatchException',
  });
  assert.deepEqual(await get('accounts', 'counted'), { id: 'counted', hits: 1 });
  const { folder } = bench;
  await bench.stop();
  bench = await DynamoDbBench.open(folder, cloudWatch);
  await transact(count, { ClientRequestToken });
  assert.deepEqual(await get('accounts', 'counted'), { id: 'counted', hits: 1 });
});

test('[Y19] what no transaction can be is refused', async () => {
  const one = { Put: { TableName: 'accounts', Item: { id: 'x' } } };
  await assert.rejects(transact([one, one]), /cannot include multiple operations on one item/);
  await assert.rejects(transact(Array.from({ length: 101 }, () => one)), /less than or equal to 100/);
  await assert.rejects(transact([]), { name: 'ValidationException' });
  assert.equal(await get('accounts', 'x'), undefined);
});

test('[Y21] a stream has every change of its table in order, with the images it is to show, and goes on after a restart', async () => {
  const stream = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const };
  await bench.client.send(
    new CreateTableCommand(tableOf('watched', 'id:S', { StreamSpecification: stream })),
  );
  const { Streams } = await bench.streams.send(new ListStreamsCommand({ TableName: 'watched' }));
  const StreamArn = Streams![0]!.StreamArn!;
  const { StreamDescription } = await bench.streams.send(new DescribeStreamCommand({ StreamArn }));
  const { ShardId } = StreamDescription!.Shards![0]!;
  const latest = await bench.streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'LATEST' }),
  );
  await put('watched', { id: 'a', n: 1 });
  await put('watched', { id: 'a', n: 1 });
  await bench.documents.send(
    new UpdateCommand({
      TableName: 'watched',
      Key: { id: 'a' },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': 1 },
    }),
  );
  const { folder } = bench;
  await bench.stop();
  bench = await DynamoDbBench.open(folder, cloudWatch);
  await bench.documents.send(new DeleteCommand({ TableName: 'watched', Key: { id: 'a' } }));
  const first = await bench.streams.send(
    new GetRecordsCommand({ ShardIterator: latest.ShardIterator, Limit: 2 }),
  );
  const second = await bench.streams.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));
  const records = [...first.Records!, ...second.Records!];
  assert.deepEqual(
    records.map(({ eventName, dynamodb }) => [
      eventName,
      dynamodb?.OldImage?.['n']?.N,
      dynamodb?.NewImage?.['n']?.N,
    ]),
    [
      ['INSERT', undefined, '1'],
      ['MODIFY', '1', '2'],
      ['REMOVE', '2', undefined],
    ],
  );
  const numbers = records.map(({ dynamodb }) => BigInt(dynamodb!.SequenceNumber!));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  const after = { StreamArn, ShardId, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const };
  const SequenceNumber = records[1]!.dynamodb!.SequenceNumber!;
  const { ShardIterator } = await bench.streams.send(
    new GetShardIteratorCommand({ ...after, SequenceNumber }),
  );
  const rest = await bench.streams.send(new GetRecordsCommand({ ShardIterator }));
  assert.deepEqual(
    rest.Records?.map(({ eventName }) => eventName),
    ['REMOVE'],
  );
  await assert.rejects(bench.streams.send(new GetRecordsCommand({ ShardIterator: 'nothing' })), {
    name: 'ValidationException',
  });
});

test('[Y22] items go when their time has come, and a stream says that nobody took them away', async () => {
  const stream = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const };
  await bench.client.send(new CreateTableCommand(tableOf('ending', 'id:S', { StreamSpecification: stream })));
  const nowS = Math.floor(bench.clock.wallMs() / 1000);
  await put('ending', { id: 'before the setting', ends: nowS - 10 });
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ends' };
  await bench.client.send(new UpdateTimeToLiveCommand({ TableName: 'ending', TimeToLiveSpecification }));
  await put('ending', { id: 'soon', ends: nowS + 30 });
  await put('ending', { id: 'later', ends: nowS + 3_600 });
  await put('ending', { id: 'a text', ends: String(nowS - 10) });
  await put('ending', { id: 'years ago', ends: 1 });
  const ids = async () =>
    (await bench.documents.send(new ScanCommand({ TableName: 'ending' }))).Items!.map(({ id }) => id).sort();
  for (let tries = 0; (await ids()).includes('soon') && tries < 100; tries++) bench.clock.advance(1_000);
  assert.deepEqual(await ids(), ['a text', 'later', 'years ago']);
  const { Streams } = await bench.streams.send(new ListStreamsCommand({ TableName: 'ending' }));
  const StreamArn = Streams![0]!.StreamArn!;
  const { StreamDescription } = await bench.streams.send(new DescribeStreamCommand({ StreamArn }));
  const { ShardId } = StreamDescription!.Shards![0]!;
  const start = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { ShardIterator } = await bench.streams.send(start);
  const { Records } = await bench.streams.send(new GetRecordsCommand({ ShardIterator }));
  const removed = Records!.filter(({ eventName }) => eventName === 'REMOVE');
  assert.deepEqual(
    removed.map(({ dynamodb, userIdentity }) => [dynamodb?.Keys?.['id']?.S, userIdentity?.PrincipalId]),
    [
      ['before the setting', 'dynamodb.amazonaws.com'],
      ['soon', 'dynamodb.amazonaws.com'],
    ],
  );
});

test('[Y23] tables tell CloudWatch every minute what they consumed and how long it took', async () => {
  bench.clock.advance(60_000);
  published.length = 0;
  await put('accounts', { id: 'm', text: 'x'.repeat(3_000) });
  await get('accounts', 'm');
  await assert.rejects(get('nowhere', 'm'));
  bench.clock.advance(60_000);
  const sum = (name: string): number | undefined =>
    published.find(({ MetricName }) => MetricName === name)?.StatisticValues.Sum;
  assert.deepEqual(
    [sum('ConsumedWriteCapacityUnits'), sum('ConsumedReadCapacityUnits'), sum('UserErrors')],
    [3, 0.5, 1],
  );
  const latencies = published.filter(({ MetricName }) => MetricName === 'SuccessfulRequestLatency');
  assert.deepEqual(
    latencies.map(({ Dimensions }) => Dimensions.map(({ Value }) => Value)),
    [
      ['accounts', 'PutItem'],
      ['accounts', 'GetItem'],
    ],
  );
});
