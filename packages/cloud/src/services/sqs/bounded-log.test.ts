import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { SqsFixture } from './testing/sqs-fixture.ts';

const LIMITS = { segmentBytes: 8_192, spareBytes: 16_384 };

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

for (const seed of [1])
  test(`[SQS13] the log stays small, and what is alive stays, seed ${seed}`, async (t) => {
    const random = seededRandom(seed);
    const sqs = await SqsFixture.for(t, LIMITS);
    const url = await sqs.queue('q', { VisibilityTimeout: '1000' });
    const fifo = await sqs.queue('q.fifo');
    const alive = new Set<string>();
    const first = await sqs.send(fifo, 'x', { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
    for (let round = 0; round < 40; round++) {
      const bodies = Array.from({ length: 10 }, (_, i) => `${round}-${i}-${'x'.repeat(random.int(600))}`);
      const Entries = bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
      await sqs.call('SendMessageBatch', { QueueUrl: url, Entries });
      for (const body of bodies) alive.add(body);
      for (const message of await sqs.receive(url)) {
        if (random.chance(0.1)) continue;
        await sqs.delete(url, message);
        alive.delete(message.Body!);
      }
      if (random.chance(0.1)) await sqs.crash();
    }
    await sqs.settled();
    const aliveBytes = [...alive].reduce((sum, body) => sum + body.length + 300, 0);
    const bytes = bytesIn(sqs.messagesFolder);
    assert.ok(bytes < 2 * aliveBytes + 6 * LIMITS.segmentBytes, `${bytes} for ${aliveBytes} alive`);
    assert.ok(!readdirSync(sqs.messagesFolder).includes('0000000001.messages'), 'the oldest segment is gone');
    const again = await sqs.send(fifo, 'x', { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
    assert.equal(again.MessageId, first.MessageId, 'its deduplication id has moved on');
    await sqs.crash();
    sqs.clock.advance(1_000_000);
    const left = new Set<string>();
    for (let some = await sqs.bodies(url); some.length > 0; some = await sqs.bodies(url))
      for (const body of some) left.add(body!);
    assert.deepEqual([...left].sort(), [...alive].sort());
  });

test('[SQS13] more deduplication ids than garbage may be do not keep the collector at work for ever', async (t) => {
  const sqs = await SqsFixture.for(t, { segmentBytes: 2_048, spareBytes: 2_048 });
  const url = await sqs.queue('q.fifo', { ContentBasedDeduplication: 'true', VisibilityTimeout: '0' });
  for (let i = 0; i < 100; i++) {
    await sqs.send(url, String(i), { MessageGroupId: 'g' });
    const [message] = await sqs.receive(url, { VisibilityTimeout: 30 });
    await sqs.delete(url, message!);
  }
  await sqs.settled();
  const bytes = bytesIn(sqs.messagesFolder);
  assert.ok(bytes < 100 * 250 * 2 + 8 * 2_048, `${bytes} bytes`);
});
