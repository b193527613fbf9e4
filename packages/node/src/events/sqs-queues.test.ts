import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ObjectEvent } from '@crescendo/store';
import { refusalOf, SqsQueues } from './sqs-queues.ts';
import { HttpQueue } from './testing/http-queue.ts';

const JOBS = 'arn:aws:sqs:eu-west-1:123456789012:jobs';

let service: HttpQueue;
let queues: SqsQueues;

before(async () => {
  service = await HttpQueue.open();
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  queues = new SqsQueues({ endpoint: () => service.endpoint, credentials });
});
after(async () => {
  queues.close();
  await service.stop();
});

function event(key: string, index: number): ObjectEvent {
  return {
    name: 's3:ObjectCreated:Put',
    ruleId: 'r',
    bucket: 'b',
    key,
    size: 1,
    etag: 'e',
    timeMs: 0,
    index,
  };
}

test('[EV1] events go in one signed call, and each is told of by itself', async () => {
  service.refuses = (body) => body.includes('"two"');
  const outcomes = await queues.deliver(JOBS, [event('one', 1), event('two', 2), event('three', 3)]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome?.startsWith('InternalError') ?? 'taken'),
    ['taken', true, 'taken'],
  );
  const keys = service.of('jobs').map((body) => JSON.parse(body).Records[0].s3.object.key);
  assert.deepEqual(keys, ['one', 'three']);
  const [call] = service.calls;
  assert.equal(call?.target, 'AmazonSQS.SendMessageBatch');
  assert.match(call.authorization, /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/sqs\/aws4_request/);
});

test('[EV2] a queue that is not there, and a service that does not answer, are told apart', async () => {
  service.missing.add('gone');
  const reason = (arn: string) => queues.send(arn, 'test').then(() => 'sent', refusalOf);
  assert.equal(await reason(JOBS), 'sent');
  assert.equal(service.of('jobs').at(-1), 'test');
  assert.equal(await reason(JOBS.replace('jobs', 'gone')), 'The destination queue does not exist');
  await assert.rejects(queues.deliver(JOBS.replace('jobs', 'gone'), [event('k', 1)]));
  await service.stop();
  assert.match(await reason(JOBS), /cannot be reached/);
  await service.start();
  assert.equal(await reason(JOBS), 'sent');
});
