import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SqsFixture } from './testing/sqs-fixture.ts';

interface Datum {
  readonly MetricName: string;
  readonly Value?: number;
  readonly StatisticValues?: object;
  readonly Timestamp: Date;
  readonly Dimensions: readonly { readonly Value: string }[];
}

function dataOf(sqs: SqsFixture): Datum[] {
  return sqs.calls.splice(0).flatMap(({ service, operation, input }) => {
    assert.equal(`${service} ${operation} ${input['Namespace']}`, 'monitoring PutMetricData AWS/SQS');
    return input['MetricData'] as Datum[];
  });
}

test('[SQS15] at the end of a minute a queue tells what it holds and what has happened', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs');
  for (const body of ['a', 'bb', 'ccc']) await sqs.send(url, body);
  await sqs.send(url, 'late', { DelaySeconds: 100 });
  const [first] = await sqs.receive(url, { MaxNumberOfMessages: 2, VisibilityTimeout: 100 });
  await sqs.delete(url, first!);
  await sqs.receive(url, { MaxNumberOfMessages: 1, VisibilityTimeout: 0 });
  await sqs.receive(await sqs.queue('empty'));
  await sqs.clock.run(59_000);
  const data = dataOf(sqs);
  const jobs = data.filter(({ Dimensions }) => Dimensions[0]!.Value === 'jobs');
  assert.deepEqual(
    Object.fromEntries(jobs.map((one) => [one.MetricName, one.Value ?? one.StatisticValues])),
    {
      ApproximateAgeOfOldestMessage: 59,
      ApproximateNumberOfMessagesDelayed: 1,
      ApproximateNumberOfMessagesNotVisible: 1,
      ApproximateNumberOfMessagesVisible: 1,
      NumberOfEmptyReceives: 0,
      NumberOfMessagesDeleted: 1,
      NumberOfMessagesReceived: 3,
      NumberOfMessagesSent: 4,
      SentMessageSize: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 },
    },
  );
  const empty = data.filter(({ Dimensions }) => Dimensions[0]!.Value === 'empty');
  assert.equal(empty.find(({ MetricName }) => MetricName === 'NumberOfEmptyReceives')?.Value, 1);
  assert.equal(data[0]!.Timestamp.getTime() % 60_000, 59_000);
  await sqs.clock.run(60_000);
  const next = dataOf(sqs).filter(({ Dimensions }) => Dimensions[0]!.Value === 'jobs');
  assert.equal(next.find(({ MetricName }) => MetricName === 'NumberOfMessagesSent')?.Value, 0);
  assert.equal(
    next.find(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesNotVisible')?.Value,
    0,
  );
});

test('[SQS15] a queue without messages that nobody has used for six hours tells nothing', async (t) => {
  const sqs = await SqsFixture.for(t);
  await sqs.queue('idle');
  const full = await sqs.queue('full', { MessageRetentionPeriod: '86400' });
  await sqs.send(full, 'a');
  sqs.clock.advance(6 * 3_600_000 + 60_000);
  dataOf(sqs);
  await sqs.clock.run(60_000);
  const names = new Set(dataOf(sqs).map(({ Dimensions }) => Dimensions[0]!.Value));
  assert.deepEqual([...names], ['full']);
});

test('[SQS15] what was received too often is not the oldest message', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs', { VisibilityTimeout: '0' });
  await sqs.send(url, 'poison');
  for (let i = 0; i < 4; i++) await sqs.receive(url);
  await sqs.clock.run(10_000);
  await sqs.send(url, 'good');
  await sqs.clock.run(49_000);
  const age = dataOf(sqs).find(({ MetricName }) => MetricName === 'ApproximateAgeOfOldestMessage');
  assert.equal(age?.Value, 49);
});
