import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusLines } from './status.ts';

const node = (id: string, state: string) => ({
  id: id.padEnd(32, '0'),
  address: '127.0.0.1',
  pid: state === 'up' ? 7 : 0,
  state,
  ringId: 'f'.repeat(40),
  partitions: 4,
  bytes: 1_024,
});

const told = (nodes: readonly ReturnType<typeof node>[], underReplicatedPartitions = 0): string =>
  statusLines({
    endpoint: 'http://127.0.0.1:4566',
    nodes,
    replication: { factor: 3, underReplicatedPartitions },
    groups: [],
  } as Parameters<typeof statusLines>[0]).join('\n');

test('[SHOW4] status lists the members of the store and counts who has left', () => {
  const text = told([node('aa', 'up'), node('bb', 'leaving'), node('cc', 'out'), node('dd', 'out')]);
  assert.match(text, /^aa0+ {2}.* up /m);
  assert.match(text, /^bb0+ {2}.* leaving /m);
  assert.doesNotMatch(text, /^(cc|dd)/m);
  assert.match(text, /^and 2 that have left \(state out\)$/m);
  assert.doesNotMatch(told([node('aa', 'up')]), /left/);
});

test('[SHOW4] who has left holds no replicas', () => {
  assert.match(
    told([node('aa', 'up'), node('bb', 'up'), node('cc', 'out')], 4),
    /4 partitions short of replicas \(2 nodes cannot hold 3 replicas\)/,
  );
});
