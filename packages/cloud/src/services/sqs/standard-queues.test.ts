import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SqsFixture } from './testing/sqs-fixture.ts';

test('[SQS1] a message is received as it was sent, and is in flight for the visibility time', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs');
  assert.equal(url, 'http://127.0.0.1:4566/000000000000/jobs');
  const { MessageId } = await sqs.send(url, 'häagen');
  const [message] = await sqs.receive(url);
  assert.equal(message?.Body, 'häagen');
  assert.equal(message.MessageId, MessageId);
  assert.equal(message.MD5OfBody, createHash('md5').update('häagen').digest('hex'));
  assert.equal(message.Attributes?.ApproximateReceiveCount, '1');
  assert.equal(message.Attributes.SenderId, 'AKIATEST');
  assert.equal(message.Attributes.SentTimestamp, String(sqs.clock.wallMs()));
  assert.deepEqual(await sqs.receive(url), []);
  assert.equal(await sqs.counts(url), '0 1 0');
  sqs.clock.advance(30_000);
  const [again] = await sqs.receive(url);
  assert.equal(again?.Attributes?.ApproximateReceiveCount, '2');
  assert.notEqual(again?.ReceiptHandle, message.ReceiptHandle);
  await sqs.delete(url, again!);
  sqs.clock.advance(60_000);
  assert.deepEqual(await sqs.receive(url), []);
  assert.equal(await sqs.counts(url), '0 0 0');
});

test('[SQS3] messages come by their age, at most as many as are asked for', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs');
  for (const body of ['a', 'b', 'c', 'd']) await sqs.send(url, body);
  assert.deepEqual(await sqs.bodies(url, { MaxNumberOfMessages: 3 }), ['a', 'b', 'c']);
  assert.deepEqual(await sqs.bodies(url), ['d']);
});

test('[SQS4] acknowledged messages, deletions, visibility and counts survive a crash', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs', { VisibilityTimeout: '60' });
  for (const body of ['deleted', 'in flight', 'ready']) await sqs.send(url, body);
  await sqs.send(url, 'delayed', { DelaySeconds: 100 });
  const [first] = await sqs.receive(url, { MaxNumberOfMessages: 2 });
  await sqs.delete(url, first!);
  await sqs.crash();
  assert.equal(await sqs.counts(url), '1 1 1');
  assert.deepEqual(await sqs.bodies(url), ['ready']);
  sqs.clock.advance(60_000);
  const later = await sqs.receive(url);
  assert.deepEqual(
    later.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount]),
    [
      ['in flight', '2'],
      ['ready', '2'],
    ],
  );
  sqs.clock.advance(40_000);
  assert.deepEqual(await sqs.bodies(url), ['delayed']);
});

test('[SQS5] who waits gets a message as soon as it is there', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs');
  const waiting = sqs.bodies(url, { WaitTimeSeconds: 20 });
  await sqs.send(url, 'a');
  assert.deepEqual(await waiting, ['a']);
  const second = sqs.bodies(url, { WaitTimeSeconds: 20 });
  await sqs.clock.run(20_000);
  assert.deepEqual(await second, []);
  const third = sqs.bodies(url, { WaitTimeSeconds: 20 });
  await sqs.clock.run(10_000);
  assert.deepEqual(await third, ['a'], 'its visibility time is over');
  assert.equal(sqs.clock.pendingCount, 1, 'only the one for metrics');
});

test('[SQS5] a client that has gone takes nothing', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('jobs');
  let leave = (): void => {};
  const whenGone = (listener: () => void): void => {
    leave = listener;
  };
  const gone = sqs.call('ReceiveMessage', { QueueUrl: url, WaitTimeSeconds: 20 }, { whenGone });
  leave();
  assert.deepEqual(await gone, {});
  await sqs.send(url, 'a');
  assert.equal(await sqs.counts(url), '1 0 0');
});

test('[SQS6] what was received too often goes to the dead letters', async (t) => {
  const sqs = await SqsFixture.for(t);
  const dead = await sqs.queue('dead');
  const policy = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: '2' };
  const url = await sqs.queue('jobs', { RedrivePolicy: JSON.stringify(policy) });
  const { MessageId } = await sqs.send(url, 'poison');
  const sentMs = sqs.clock.wallMs();
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await sqs.bodies(url), ['poison']);
    sqs.clock.advance(30_000);
  }
  assert.deepEqual(await sqs.bodies(url), []);
  assert.equal(await sqs.counts(url), '0 0 0');
  await sqs.crash();
  const [letter] = await sqs.receive(dead);
  assert.equal(letter?.MessageId, MessageId);
  assert.equal(letter?.Attributes?.SentTimestamp, String(sentMs));
  assert.equal(letter.Attributes.DeadLetterQueueSourceArn, 'arn:aws:sqs:us-east-1:000000000000:jobs');
});
