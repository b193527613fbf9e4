import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchInstanceEnd } from './instance-end.ts';
import { StopRequest } from './stop-request.ts';
import { FakeClock } from './testing/fake-clock.ts';

function scene() {
  const clock = new FakeClock();
  const stop = new StopRequest(clock);
  const metadata = new Map<string, string>([
    ['instance-id', 'i-1'],
    ['autoscaling/target-lifecycle-state', 'InService'],
  ]);
  const world = { answers: true, groupAnswers: true, told: [] as string[], finish: () => {} };
  const tell = async (what: string): Promise<void> => {
    if (!world.groupAnswers) throw new Error('throttled');
    world.told.push(what);
  };
  const idle = new Promise<void>((resolve) => {
    world.finish = resolve;
  });
  const watching = watchInstanceEnd(
    {
      metadata: {
        read: async (path) => {
          if (!world.answers) throw new Error('no answer');
          return metadata.get(path);
        },
      },
      hooks: (id) => ({ putOff: () => tell(`put off ${id}`), complete: () => tell(`complete ${id}`) }),
      clock,
      random: () => 0.5,
      log: () => {},
    },
    stop,
    idle,
  );
  return { clock, stop, metadata, world, watching };
}

test('[WK9] the group waits until nothing is in hand, however long that takes', async () => {
  const { clock, stop, metadata, world, watching } = scene();
  await clock.advance(10);
  assert.equal(stop.drain.aborted, false);
  metadata.set('autoscaling/target-lifecycle-state', 'Terminated');
  await clock.advance(70);
  assert.deepEqual([stop.drain.aborted, stop.giveBack.aborted], [true, false]);
  assert.deepEqual(world.told, ['put off i-1', 'put off i-1', 'put off i-1']);
  world.finish();
  await clock.advance(1);
  await watching;
  assert.equal(world.told.at(-1), 'complete i-1');
});

test('[WK9] a spot notice leaves time until shortly before the instance goes', async () => {
  const { clock, stop, metadata, world, watching } = scene();
  const time = new Date(clock.nowMs() + 120_000).toISOString();
  metadata.set('spot/instance-action', JSON.stringify({ action: 'terminate', time }));
  await clock.advance(100);
  assert.deepEqual([stop.drain.aborted, stop.giveBack.aborted], [true, false]);
  await clock.advance(6);
  assert.equal(stop.giveBack.aborted, true);
  world.finish();
  await clock.advance(1);
  await watching;
});

test('[WK9] metadata and a group that do not answer end nothing, and are asked again', async () => {
  const { clock, stop, metadata, world, watching } = scene();
  world.answers = false;
  await clock.advance(60);
  assert.equal(stop.drain.aborted, false);
  world.answers = true;
  world.groupAnswers = false;
  metadata.set('autoscaling/target-lifecycle-state', 'Terminated');
  await clock.advance(25);
  world.finish();
  await clock.advance(1);
  world.groupAnswers = true;
  await clock.advance(10);
  await watching;
  assert.deepEqual(world.told, ['complete i-1']);
});

test('[WK9] workers that stop by themselves end the watch', async () => {
  const { clock, world, watching } = scene();
  world.finish();
  await clock.advance(3);
  await watching;
  assert.deepEqual(world.told, []);
});
