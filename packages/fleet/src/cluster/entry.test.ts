import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@crescendo/base';
import { MemoryGroup } from '../testing/memory-group.ts';
import { MemoryParameters } from '../testing/memory-parameters.ts';
import { ClusterParameters } from './cluster-parameters.ts';
import { type ClusterEntry, findEntry, replacementFounders } from './entry.ts';

/** Time passes at once: each wait lets the others go on first. */
const instantClock: Clock = {
  nowMs: () => 0,
  wallMs: () => 0,
  setTimer: (_delayMs, callback) => {
    const timer = setImmediate(callback);
    return { cancel: () => clearImmediate(timer) };
  },
};

function scene() {
  const group = new MemoryGroup();
  const store = new MemoryParameters();
  const parameters = new ClusterParameters(store, '/crescendo/test');
  const stopping = new AbortController();
  const start = async (instanceId: string): Promise<ClusterEntry | undefined> => {
    group.add(instanceId, 'Pending:Wait');
    const self = { instanceId, address: `${instanceId}:7000` };
    await parameters.announce(instanceId, self.address);
    return await findEntry(parameters, group, {
      self,
      replicationFactor: 3,
      clock: instantClock,
      signal: stopping.signal,
      waiting: () => undefined,
    });
  };
  return { group, store, parameters, stopping, start };
}

function founderIds(entry: ClusterEntry | undefined): string[] | undefined {
  return entry?.how === 'found' ? entry.founders.map(({ instanceId }) => instanceId) : undefined;
}

test('[FP2] five instances that boot together: three found, two join, all by one record', async () => {
  const { group, start } = scene();
  group.desiredCapacity = 5;
  const ids = ['i-5', 'i-2', 'i-4', 'i-1', 'i-3'];
  const entries = new Map(
    await Promise.all(
      ids.map(async (id): Promise<[string, ClusterEntry | undefined]> => [id, await start(id)]),
    ),
  );
  const founding = [...entries].filter(([, entry]) => entry?.how === 'found');
  assert.equal(founding.length, 3);
  const [[, first]] = founding as [[string, ClusterEntry]];
  for (const [id, entry] of founding) {
    assert.deepEqual(founderIds(entry), founderIds(first));
    assert.ok(founderIds(entry)?.includes(id));
  }
  for (const [id, entry] of entries) {
    if (entry?.how !== 'join') continue;
    assert.ok(entry.contacts.length >= 3);
    assert.ok(!entry.contacts.includes(`${id}:7000`));
  }
});

test('[FP2] a single instance waits for the others of its group; it does not found alone', async () => {
  const { stopping, start } = scene();
  const waiting = start('i-1');
  setImmediate(() => setImmediate(() => stopping.abort()));
  assert.equal(await waiting, undefined);
});

test('[FP2] a group that is meant to have one instance founds with one', async () => {
  const { group, start } = scene();
  group.desiredCapacity = 1;
  assert.deepEqual(founderIds(await start('i-1')), ['i-1']);
});

test('[FP2] who comes when there is a record joins', async () => {
  const { start } = scene();
  await Promise.all(['i-1', 'i-2', 'i-3'].map(start));
  const late = await start('i-0');
  assert.deepEqual(late?.how === 'join' && [...late.contacts].sort(), ['i-1:7000', 'i-2:7000', 'i-3:7000']);
});

test('[FP3] a founder that is gone before the founding is replaced, and who replaces it stays named', async () => {
  const { group, parameters, start } = scene();
  await Promise.all(['i-1', 'i-2', 'i-3'].map(start));
  const record = (await parameters.founders())!;
  const self = { instanceId: 'i-2', address: 'i-2:7000' };
  assert.equal(await replacementFounders(record, parameters, group, self, 3), undefined);
  group.instances.delete('i-1');
  assert.equal(await replacementFounders(record, parameters, group, self, 3), undefined, 'nobody else yet');
  await start('i-7');
  const next = await replacementFounders(record, parameters, group, self, 3);
  assert.deepEqual(
    next?.map(({ instanceId }) => instanceId),
    ['i-2', 'i-3', 'i-7'],
  );
  group.add('i-2', 'Terminating:Wait');
  assert.equal(await replacementFounders(record, parameters, group, self, 3), undefined, 'it goes itself');
});

test('[FP1] secret and keys are made by the first and read by all others', async () => {
  const { store, parameters } = scene();
  let made = 0;
  const make = (): string => `secret ${++made}`;
  const all = await Promise.all([parameters.secret(make), parameters.secret(make), parameters.secret(make)]);
  assert.equal(new Set(all).size, 1);
  const pair = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
  assert.deepEqual(await parameters.keys(() => pair), pair);
  assert.deepEqual(await parameters.keys(() => ({ accessKeyId: 'other', secretAccessKey: 'y' })), pair);
  assert.deepEqual([...store.secrets].sort(), ['/crescendo/test/keys', '/crescendo/test/secret']);
});

test('what stands in a parameter and is wrong is named, and secrets are not', async () => {
  const { store, parameters } = scene();
  store.values.set('/crescendo/test/founders', '{"version":1,"founders":[]}');
  await assert.rejects(parameters.founders(), /\/crescendo\/test\/founders names no founders/);
  store.values.set('/crescendo/test/keys', '{"accessKeyId":"s3cret"');
  await assert.rejects(
    parameters.keys(() => ({ accessKeyId: '', secretAccessKey: '' })),
    (error: Error) => /holds no key pair/.test(error.message) && !error.message.includes('s3cret'),
  );
  for (const prefix of ['crescendo', '/crescendo/', '//x', '/a b'])
    assert.throws(() => new ClusterParameters(store, prefix), /is no prefix of parameters/);
});
