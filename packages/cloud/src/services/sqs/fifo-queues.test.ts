import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import type { SqsLimits } from './index.ts';
import { SqsFixture } from './testing/sqs-fixture.ts';

async function fifo(t: TestContext, attributes: Record<string, string> = {}, limits: SqsLimits = {}) {
  const sqs = await SqsFixture.for(t, limits);
  const url = await sqs.queue('orders.fifo', { ContentBasedDeduplication: 'true', ...attributes });
  const send = (group: string, body: string, more: object = {}) =>
    sqs.send(url, body, { MessageGroupId: group, ...more });
  return { sqs, url, send };
}

test('[SQS8] a group comes in its order, one receive at a time; other groups are not held up', async (t) => {
  const { sqs, url, send } = await fifo(t);
  for (const body of ['a1', 'a2', 'a3']) await send('a', body);
  for (const body of ['b1', 'b2']) await send('b', body);
  const first = await sqs.receive(url, { MaxNumberOfMessages: 2 });
  assert.deepEqual(
    first.map(({ Body }) => Body),
    ['a1', 'a2'],
  );
  assert.deepEqual(await sqs.bodies(url), ['b1', 'b2']);
  assert.deepEqual(await sqs.bodies(url), []);
  await sqs.delete(url, first[1]!);
  assert.deepEqual(await sqs.bodies(url), [], 'a1 is in flight still');
  await sqs.delete(url, first[0]!);
  assert.deepEqual(await sqs.bodies(url), ['a3']);
});

test('[SQS8] what becomes visible again comes before what follows it', async (t) => {
  const { sqs, url, send } = await fifo(t);
  for (const body of ['a1', 'a2', 'a3']) await send('a', body);
  await sqs.bodies(url, { MaxNumberOfMessages: 2 });
  sqs.clock.advance(30_000);
  assert.deepEqual(await sqs.bodies(url), ['a1', 'a2', 'a3']);
});

test('[SQS8] who waits gets the next of a group when the one before is deleted', async (t) => {
  const { sqs, url, send } = await fifo(t);
  await send('a', 'a1');
  await send('a', 'a2');
  const [first] = await sqs.receive(url, { MaxNumberOfMessages: 1 });
  const waiting = sqs.bodies(url, { WaitTimeSeconds: 20 });
  await sqs.delete(url, first!);
  assert.deepEqual(await waiting, ['a2']);
});

test('[SQS8] [SQS4] order, blocking and numbers survive a crash', async (t) => {
  const { sqs, url, send } = await fifo(t);
  const before = await send('a', 'a1');
  for (const body of ['a2', 'a3']) await send('a', body);
  await sqs.bodies(url, { MaxNumberOfMessages: 1 });
  await sqs.crash();
  assert.deepEqual(await sqs.bodies(url), []);
  const after = await send('a', 'a4');
  assert.ok(after.SequenceNumber! > before.SequenceNumber!);
  assert.equal(after.SequenceNumber?.length, 20);
  sqs.clock.advance(30_000);
  assert.deepEqual(await sqs.bodies(url), ['a1', 'a2', 'a3', 'a4']);
});

test('[SQS9] the same content, or id, is delivered once within five minutes, across a crash too', async (t) => {
  const { sqs, url, send } = await fifo(t);
  const first = await send('a', 'same');
  assert.deepEqual(await send('b', 'same'), first);
  const named = await send('a', 'x', { MessageDeduplicationId: 'id' });
  await sqs.crash();
  const again = await send('a', 'y', { MessageDeduplicationId: 'id' });
  assert.equal(again.MessageId, named.MessageId);
  assert.equal(again.SequenceNumber, named.SequenceNumber);
  const messages = await sqs.receive(url);
  assert.deepEqual(
    messages.map(({ Body }) => Body),
    ['same', 'x'],
  );
  for (const message of messages) await sqs.delete(url, message);
  assert.deepEqual(await send('a', 'same'), first, 'deleted or not');
  sqs.clock.advance(5 * 60_000);
  assert.notEqual((await send('a', 'same')).MessageId, first.MessageId);
});

test('[SQS9] with DeduplicationScope messageGroup each group has its own ids', async (t) => {
  const { sqs, url, send } = await fifo(t, {
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  });
  await send('a', 'same');
  await send('a', 'same');
  await send('b', 'same');
  assert.equal(await sqs.counts(url), '2 0 0');
});

test('[SQS4] an attempt to receive that is repeated gives the same messages, across a crash too', async (t) => {
  const { sqs, url, send } = await fifo(t);
  for (const body of ['a1', 'a2']) await send('a', body);
  const attempt = { ReceiveRequestAttemptId: 'try', MaxNumberOfMessages: 1 };
  const [first] = await sqs.receive(url, attempt);
  sqs.clock.advance(20_000);
  await sqs.crash();
  const [again] = await sqs.receive(url, attempt);
  assert.deepEqual(again, first);
  sqs.clock.advance(20_000);
  assert.equal(await sqs.counts(url), '1 1 0', 'the time counts from the repetition');
  await sqs.delete(url, first!);
  assert.deepEqual(await sqs.bodies(url, attempt), ['a2'], 'what was deleted is no attempt any more');
});

test('[SQS6] [SQS8] a dead letter makes way for the next of its group', async (t) => {
  const sqs = await SqsFixture.for(t);
  const dead = await sqs.queue('dead.fifo');
  const arn = 'arn:aws:sqs:us-east-1:000000000000:dead.fifo';
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 });
  const url = await sqs.queue('orders.fifo', { RedrivePolicy, ContentBasedDeduplication: 'true' });
  for (const body of ['a1', 'a2']) await sqs.send(url, body, { MessageGroupId: 'a' });
  assert.deepEqual(await sqs.bodies(url, { MaxNumberOfMessages: 1 }), ['a1']);
  sqs.clock.advance(30_000);
  assert.deepEqual(await sqs.bodies(url), ['a2']);
  const [letter] = await sqs.receive(dead);
  assert.equal(letter?.Body, 'a1');
  assert.equal(letter.Attributes?.MessageGroupId, 'a');
  assert.equal(letter.Attributes.SentTimestamp, String(sqs.clock.wallMs()));
});

/** So that garbage is collected all the time. */
const SMALL = { segmentBytes: 2_048, spareBytes: 2_048 };

/** Against a plain list of groups, over random histories with crashes. */
for (const seed of [1, 2, 3])
  test(`[SQS8] [SQS4] a random history keeps the order of every group, seed ${seed}`, async (t) => {
    const random = seededRandom(seed);
    const { sqs, url, send } = await fifo(t, { VisibilityTimeout: '10' }, SMALL);
    const expected = new Map<string, string[]>();
    const held: { message: NonNullable<Awaited<ReturnType<typeof sqs.receive>>[0]>; untilMs: number }[] = [];
    for (let step = 0; step < 300; step++) {
      const choice = random.int(10);
      if (choice < 4) {
        const group = `g${random.int(4)}`;
        const body = `${group}-${step}`;
        await send(group, body);
        expected.set(group, [...(expected.get(group) ?? []), body]);
      } else if (choice < 7) {
        const untilMs = sqs.clock.wallMs() + 10_000;
        const inFlight = new Set(
          held.filter((one) => one.untilMs > sqs.clock.wallMs()).map(({ message }) => groupOf(message)),
        );
        const taken = await sqs.receive(url, { MaxNumberOfMessages: 1 + random.int(4) });
        for (const message of taken) assert.ok(!inFlight.has(groupOf(message)), 'the group is blocked');
        for (const group of new Set(taken.map(groupOf))) {
          const bodies = taken.filter((one) => groupOf(one) === group).map(({ Body }) => Body);
          assert.deepEqual(bodies, expected.get(group)!.slice(0, bodies.length));
        }
        held.push(...taken.map((message) => ({ message, untilMs })));
      } else if (choice < 9) {
        const index = held.findIndex((one) => one.untilMs > sqs.clock.wallMs());
        const [one] = index < 0 ? [] : held.splice(index, 1);
        if (one === undefined) continue;
        await sqs.delete(url, one.message);
        const group = groupOf(one.message);
        expected.set(
          group,
          expected.get(group)!.filter((body) => body !== one.message.Body),
        );
      } else if (random.chance(0.5)) sqs.clock.advance(random.int(15_000));
      else await sqs.crash();
    }
    const left = [...expected.values()].reduce((sum, bodies) => sum + bodies.length, 0);
    const [visible, inFlight] = (await sqs.counts(url)).split(' ').map(Number);
    assert.equal(visible! + inFlight!, left);
  });

function groupOf(message: { readonly Attributes?: Partial<Record<string, string>> | undefined }): string {
  return message.Attributes?.['MessageGroupId'] ?? '';
}
