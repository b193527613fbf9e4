import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seededRandom } from '../../packages/base/src/index.ts';
import { orphans } from '../soak/cloud/inventory.ts';
import { comeAndGo, reached, SIZE } from '../soak/cloud/scenes.ts';
import { lookLast } from '../soak/last-look.ts';
import { BUCKET, Load } from '../soak/load.ts';
import { type CloudDoor, CloudStore } from './testing/cloud-store.ts';
import { eventually } from './testing/wait.ts';

const LIMIT_MS = 60_000;

let cloud: CloudStore;

before(async () => {
  cloud = await CloudStore.start(['--partitions=8']);
});

after(async () => {
  await cloud?.end();
});

test('[LOC6] kill -9 while a launch hook waits and in a drain, under load: all goes on, and no file is lost', async () => {
  await cloud.client(cloud.serving[0]!).createBucket(BUCKET);
  await cloud.settled(SIZE, LIMIT_MS);
  const random = seededRandom(1);
  const load = new Load<CloudDoor>(cloud, random.fork('load'), 2, 20);
  await comeAndGo(
    { cloud, load, random, tell: () => undefined, number: 1 },
    () => reached(cloud, 'Pending:Wait'),
    () => reached(cloud, 'Terminating:Wait'),
  );
  await eventually('nothing left behind', LIMIT_MS, async () => {
    const found = await orphans(cloud);
    return found.length === 0 || Promise.reject(new Error(found.join('; ')));
  });
  const { lost, wrong } = await lookLast(load, cloud.client(cloud.serving[0]!));
  assert.deepEqual({ lost, wrong, failures: load.counts.failures }, { lost: [], wrong: [], failures: 0 });
  assert.ok(load.kept.size > 10, `${load.kept.size} files were written once`);
});
