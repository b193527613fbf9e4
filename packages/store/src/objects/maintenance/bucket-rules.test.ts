import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { type Fault, MemoryRouter, type RouterCall } from '../../testing/memory-router.ts';
import type { EventRule } from '../event-rule.ts';
import { createObjectStore } from '../gateway/create-object-store.ts';
import { readPartitionBucket } from '../state/bucket-record.ts';
import { resumeBucketRules } from './bucket-rules.ts';

const PARTITIONS = 5;
const FIRST: EventRule = { id: 'first', destination: 'arn:a', events: ['s3:ObjectCreated:*'] };
const SECOND: EventRule = { ...FIRST, id: 'second' };

function setUp() {
  const clock = new LeapingClock();
  const faults: { next: (call: RouterCall) => Fault } = { next: () => 'none' };
  const router = new MemoryRouter({
    ...{ nowMs: () => clock.wallMs(), partitionCount: PARTITIONS, twin: true },
    fault: (call) => faults.next(call),
  });
  const store = createObjectStore({ router, clock, random: seededRandom(7) });
  const resume = async (minimumAgeMs = 0): Promise<void> => {
    for (let home = 0; home < PARTITIONS; home++) {
      await resumeBucketRules(router, home, { limit: 10, minimumAgeMs }, clock.wallMs());
    }
  };
  const known = (): string[] =>
    router.partitions.map(({ kv }) => {
      return (
        readPartitionBucket(kv, 'b')
          ?.rules?.rules.map(({ id }) => id)
          .join() ?? 'none'
      );
    });
  const work = async (): Promise<number> => {
    const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const answers = await router.queryAll(all, { type: 'ruleWork', limit: 10 });
    return answers.reduce((sum, answer) => sum + (answer.ok ? answer.work.length : 0), 0);
  };
  return { clock, faults, router, store, resume, known, work };
}

for (const fault of ['notDone', 'doneButLost', 'doneLater'] as const) {
  test(`[O26] whoever puts rules may die at any step (${fault}): all partitions come to the same rules`, async () => {
    for (let step = 1; step <= PARTITIONS + 2; step++) {
      const { store, faults, resume, router, known, work } = setUp();
      await store.createBucket('b');
      await store.putEventRules('b', [FIRST]);
      let writes = 0;
      faults.next = ({ kind }) => {
        if (kind !== 'execute') return 'none';
        writes++;
        return writes === step ? fault : writes > step ? 'notDone' : 'none';
      };
      await assert.rejects(store.putEventRules('b', [SECOND]), { code: 'Unavailable' });
      faults.next = () => 'none';
      if (step % 2 === 0) router.settle();
      await resume();
      router.settle();
      await resume();
      const rules = (await store.getEventRules('b')).map(({ id }) => id).join();
      assert.equal(rules, step === 1 && fault === 'notDone' ? 'first' : 'second');
      assert.deepEqual(known(), Array(PARTITIONS).fill(rules), `step ${step}`);
      assert.equal(await work(), 0);
      router.assertTwinsEqual();
    }
  });
}

test('[O26] young work is left to who began it, and the work for a bucket that is gone is forgotten', async () => {
  const { store, faults, resume, known, work, clock } = setUp();
  await store.createBucket('b');
  faults.next = ({ what }) => (what === 'setBucketRules' ? 'notDone' : 'none');
  await assert.rejects(store.putEventRules('b', [FIRST]));
  faults.next = () => 'none';
  await resume(5_000);
  assert.deepEqual(known(), Array(PARTITIONS).fill('none'));
  await new Promise<void>((resolve) => clock.setTimer(6_000, resolve));
  await resume(5_000);
  assert.deepEqual(known(), Array(PARTITIONS).fill('first'));

  faults.next = ({ what }) => (what === 'setBucketRules' ? 'notDone' : 'none');
  await assert.rejects(store.putEventRules('b', [SECOND]));
  faults.next = () => 'none';
  await store.deleteBucket('b');
  await resume();
  assert.equal(await work(), 0);
});

test('[O26] of two who put rules at once the one that the home partition took last has its way everywhere', async () => {
  const { store, known } = setUp();
  await store.createBucket('b');
  await Promise.all([store.putEventRules('b', [FIRST]), store.putEventRules('b', [SECOND])]);
  const [rule] = await store.getEventRules('b');
  assert.deepEqual(known(), Array(PARTITIONS).fill(rule!.id));
});
