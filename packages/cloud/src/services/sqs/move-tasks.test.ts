import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SqsFixture } from './testing/sqs-fixture.ts';

const ARN = 'arn:aws:sqs:us-east-1:000000000000:';

interface Tasks {
  readonly Results: readonly {
    readonly Status: string;
    readonly TaskHandle?: string;
    readonly ApproximateNumberOfMessagesMoved: number;
    readonly ApproximateNumberOfMessagesToMove: number;
    readonly FailureReason?: string;
  }[];
}

async function holds(sqs: SqsFixture, url: string, counts: string): Promise<void> {
  for (let i = 0; i < 1_000 && (await sqs.counts(url)) !== counts; i++)
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await sqs.counts(url), counts);
}

/** A dead-letter queue with so many letters from `jobs`. */
async function letters(t: TestContext, count: number) {
  const sqs = await SqsFixture.for(t);
  const dead = await sqs.queue('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 });
  const jobs = await sqs.queue('jobs', { RedrivePolicy, VisibilityTimeout: '0' });
  for (let i = 0; i < count; i++) await sqs.send(jobs, `m${i}`);
  while ((await sqs.receive(jobs)).length > 0);
  assert.equal(await sqs.counts(dead), `${count} 0 0`);
  const tasks = async () =>
    (await sqs.call<Tasks>('ListMessageMoveTasks', { SourceArn: `${ARN}dead`, MaxResults: 10 })).Results;
  const status = async (wanted: string): Promise<Awaited<ReturnType<typeof tasks>>[0]> => {
    for (let i = 0; i < 1_000; i++) {
      const [task] = await tasks();
      if (task?.Status === wanted) return task;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`the task is not ${wanted}: ${JSON.stringify(await tasks())}`);
  };
  const start = (more: object = {}) =>
    sqs.call<{ TaskHandle: string }>('StartMessageMoveTask', { SourceArn: `${ARN}dead`, ...more });
  return { sqs, dead, jobs, start, status };
}

test('[SQS16] dead letters go back to where they came from, as new messages', async (t) => {
  const { sqs, dead, jobs, start, status } = await letters(t, 3);
  await start();
  const task = await status('COMPLETED');
  assert.equal(task.ApproximateNumberOfMessagesMoved, 3);
  assert.equal(task.ApproximateNumberOfMessagesToMove, 3);
  assert.equal(await sqs.counts(dead), '0 0 0');
  const [message] = await sqs.receive(jobs, { VisibilityTimeout: 30, MaxNumberOfMessages: 1 });
  assert.equal(message?.Body, 'm0');
  assert.equal(message.Attributes?.ApproximateReceiveCount, '1');
  assert.equal(message.Attributes.DeadLetterQueueSourceArn, undefined);
  await sqs.crash();
  assert.equal(await sqs.counts(jobs), '2 1 0');
});

test('[SQS16] a task moves as fast as it is told, goes on after a restart, and can be cancelled', async (t) => {
  const { sqs, dead, start, status } = await letters(t, 10);
  const other = await sqs.queue('other');
  const { TaskHandle } = await start({ DestinationArn: `${ARN}other`, MaxNumberOfMessagesPerSecond: 2 });
  await holds(sqs, other, '2 0 0');
  assert.match(
    await sqs.refusal('StartMessageMoveTask', { SourceArn: `${ARN}dead` }),
    /already a task running/,
  );
  sqs.clock.advance(999);
  assert.equal(await sqs.counts(other), '2 0 0');
  sqs.clock.advance(1);
  await holds(sqs, other, '4 0 0');
  await sqs.crash();
  await holds(sqs, other, '6 0 0');
  const answer = await sqs.call<{ ApproximateNumberOfMessagesMoved: number }>('CancelMessageMoveTask', {
    TaskHandle,
  });
  assert.equal(answer.ApproximateNumberOfMessagesMoved, 6);
  await sqs.clock.run(10_000);
  assert.equal((await status('CANCELLED')).TaskHandle, undefined);
  assert.equal(await sqs.counts(dead), '4 0 0');
  assert.match(await sqs.refusal('CancelMessageMoveTask', { TaskHandle }), /Only active tasks/);
});

test('[SQS16] a task whose target is gone fails and says why', async (t) => {
  const { sqs, jobs, dead, start, status } = await letters(t, 1);
  await sqs.queue('second', {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 }),
  });
  await sqs.call('DeleteQueue', { QueueUrl: jobs });
  await start();
  assert.equal((await status('FAILED')).FailureReason, 'CouldNotDetermineMessageSource');
  assert.equal(await sqs.counts(dead), '1 0 0');
});

test('[SQS16] only from dead-letter queues, and only to queues that there are', async (t) => {
  const { sqs } = await letters(t, 0);
  const refusal = (input: object): Promise<string> => sqs.refusal('StartMessageMoveTask', input);
  assert.match(await refusal({ SourceArn: `${ARN}absent` }), /^ResourceNotFoundException: .*SourceArn/);
  assert.match(await refusal({ SourceArn: `${ARN}jobs` }), /must be configured as a Dead Letter Queue/);
  assert.match(
    await refusal({ SourceArn: `${ARN}dead`, DestinationArn: `${ARN}absent` }),
    /^ResourceNotFoundException: .*DestinationArn/,
  );
  assert.match(await refusal({ SourceArn: `${ARN}dead`, DestinationArn: `${ARN}dead` }), /another queue/);
  assert.match(
    await refusal({ SourceArn: `${ARN}dead`, MaxNumberOfMessagesPerSecond: 501 }),
    /between 1 and 500/,
  );
});
