import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StackBench, startedBench } from './testing/stack-bench.ts';

const JOBS = 'arn:aws:sqs:us-east-1:000000000000:jobs';

function template(notifications?: object): string {
  const Properties = {
    BucketName: 'incoming',
    ...(notifications === undefined ? {} : { NotificationConfiguration: notifications }),
  };
  return JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties } } });
}

function toQueue(Queue: string): object {
  const Filter = { S3Key: { Rules: [{ Name: 'suffix', Value: '.txt' }] } };
  return { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue, Filter }] };
}

function configured(bench: StackBench): readonly { readonly Queue: string }[] {
  return (bench.cloud.kind('notifications').get('incoming')?.['queues'] ?? []) as { Queue: string }[];
}

test('[X25] a bucket gets its notifications, and an update changes or clears them', async () => {
  const bench = await startedBench();
  await bench.created('a', template(toQueue(JOBS)));
  const [queue] = configured(bench);
  assert.deepEqual(queue, {
    ...{ Event: 's3:ObjectCreated:*', Queue: JOBS },
    Filter: { S3Key: { Rules: [{ Name: 'suffix', Value: '.txt' }] } },
  });
  await bench.update('a', template(toQueue(`${JOBS}-2`)));
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE');
  assert.deepEqual(
    configured(bench).map(({ Queue }) => Queue),
    [`${JOBS}-2`],
  );
  await bench.update('a', template());
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE');
  assert.deepEqual(configured(bench), []);
});

test('[X25] a queue that is not there fails the bucket, with the reason, and what there was comes back', async () => {
  const bench = await startedBench();
  const missing = template(toQueue(`arn:aws:sqs:us-east-1:000000000000:missing`));
  const { StackId } = await bench.call<{ StackId: string }>('CreateStack', {
    StackName: 'b',
    TemplateBody: missing,
  });
  assert.equal(await bench.settle(StackId), 'ROLLBACK_COMPLETE');
  assert.match(await bench.reasons('b'), /the destination queue does not exist/);
  assert.ok(!bench.cloud.buckets.has('incoming'));

  await bench.created('a', template(toQueue(JOBS)));
  await bench.update('a', missing);
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual(
    configured(bench).map(({ Queue }) => Queue),
    [JOBS],
  );
});

test('[X25] other destinations than queues are refused before anything is made', async () => {
  const bench = await startedBench();
  for (const other of ['TopicConfigurations', 'LambdaConfigurations', 'EventBridgeConfiguration']) {
    const refused = bench.call('CreateStack', { StackName: 'c', TemplateBody: template({ [other]: [] }) });
    await assert.rejects(refused, /refused here: events go to SQS queues only/);
  }
  assert.equal(bench.cloud.buckets.size, 0);
});
