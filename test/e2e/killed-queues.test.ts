/** Queues while the cloud is killed: `npm run soak:queues` does the same for longer. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkQueues } from '../soak/queues/check-queues.ts';

test('[SQS4] [SQS8] [SQS9] under kill -9 no acknowledged message is lost, none comes early or again, groups keep their order', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-queues-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const check = { seed: 1, kills: 2, producers: 2, consumers: 2 };
  const { kills, standard, fifo } = await checkQueues({ folder: join(folder, 'cloud'), ...check });
  assert.deepEqual([...standard.violations, ...fifo.violations], []);
  // How much is done in so short a time is the machine's affair.
  assert.ok(standard.deleted > 5 && fifo.deleted > 0, JSON.stringify({ kills, standard, fifo }));
});
