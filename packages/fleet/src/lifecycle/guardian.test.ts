import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterParameters } from '../cluster/cluster-parameters.ts';
import { MemoryGroup } from '../testing/memory-group.ts';
import { MemoryParameters } from '../testing/memory-parameters.ts';
import { type GuardedStore, Guardian } from './guardian.ts';
import type { ClusterNode } from './guardian-plan.ts';

interface Scene {
  readonly group: MemoryGroup;
  readonly store: { leads: boolean; whole: boolean; nodes: ClusterNode[]; mayGo: string[] };
  readonly parameters: ClusterParameters;
  readonly events: string[];
  round(): Promise<string[]>;
}

function scene(ids: readonly string[]): Scene {
  const group = new MemoryGroup();
  group.minSize = 2;
  for (const id of ids) group.add(id);
  const parameters = new ClusterParameters(new MemoryParameters(), '/crescendo/test');
  const store = {
    leads: true,
    whole: true,
    nodes: ids.map((instanceId): ClusterNode => ({ instanceId, state: 'up' })),
    mayGo: [] as string[],
  };
  const events: string[] = [];
  const guarded: GuardedStore = {
    leadsSystem: () => store.leads,
    cluster: async () => ({ nodes: store.nodes, isWhole: store.whole }),
    drainable: (accepts) => {
      const instance = store.mayGo.find(accepts);
      return instance === undefined ? { reason: 'nobody' } : { instance };
    },
  };
  const guardian = new Guardian({
    store: guarded,
    group,
    parameters,
    report: (_level, event) => events.push(event),
  });
  const round = async (): Promise<string[]> => {
    await guardian.round();
    return group.told.splice(0);
  };
  return { group, store, parameters, events, round };
}

function unprotected(group: MemoryGroup): string[] {
  return [...group.instances.values()]
    .filter((one) => !one.protectedFromScaleIn)
    .map((one) => one.instanceId);
}

test('[FG1] the one drainable instance is exposed, and protected again when it is not drainable any more', async () => {
  const { group, store, round } = scene(['i-1', 'i-2', 'i-3']);
  assert.deepEqual(await round(), []);
  store.mayGo = ['i-2'];
  assert.deepEqual(await round(), ['expose i-2']);
  assert.deepEqual(await round(), []);
  store.mayGo = [];
  assert.deepEqual(await round(), ['protect i-2']);
  assert.deepEqual(unprotected(group), []);
});

test('[FG1] never two at once: the old one is protected before the new one is exposed', async () => {
  const { store, round } = scene(['i-1', 'i-2', 'i-3']);
  store.mayGo = ['i-2'];
  await round();
  store.mayGo = ['i-3'];
  assert.deepEqual(await round(), ['protect i-2', 'expose i-3']);
});

test('[FG1] at the least size of the group none is exposed', async () => {
  const { group, store, round } = scene(['i-1', 'i-2', 'i-3']);
  group.minSize = 3;
  store.mayGo = ['i-2'];
  assert.deepEqual(await round(), []);
});

test('[FG2] the exposed one stays exposed while it may go, whoever else may go too', async () => {
  const { store, round } = scene(['i-1', 'i-2', 'i-3']);
  store.mayGo = ['i-2'];
  await round();
  store.mayGo = ['i-1', 'i-2'];
  assert.deepEqual(await round(), []);
});

test('[FG3] the hook of a dead instance is put off until its node is out and everything is whole', async () => {
  const { group, store, round } = scene(['i-1', 'i-2', 'i-3']);
  group.add('i-2', 'Terminating:Wait');
  store.nodes[1] = { instanceId: 'i-2', state: 'down' };
  store.whole = false;
  assert.deepEqual(await round(), ['put off drained i-2']);
  store.nodes[1] = { instanceId: 'i-2', state: 'out' };
  assert.deepEqual(await round(), ['put off drained i-2']);
  store.whole = true;
  assert.deepEqual(await round(), ['complete drained i-2']);
});

test('[FG3] an instance whose node never came into the cluster may go', async () => {
  const { group, round } = scene(['i-1', 'i-2']);
  group.add('i-9', 'Terminating:Wait');
  assert.deepEqual(await round(), ['complete drained i-9']);
});

test('[FG5] an instance that was retained is ended when its node is out and everything is whole', async () => {
  const { group, store, round } = scene(['i-1', 'i-2', 'i-3']);
  group.add('i-3', 'Terminating:Retained');
  store.nodes[2] = { instanceId: 'i-3', state: 'leaving' };
  assert.deepEqual(await round(), []);
  store.nodes[2] = { instanceId: 'i-3', state: 'out' };
  store.whole = false;
  assert.deepEqual(await round(), []);
  store.whole = true;
  assert.deepEqual(await round(), ['end retained i-3']);
});

test('[FG4] the hook of a node that lives is its own, also when an old identity of it is out', async () => {
  const { group, store, round } = scene(['i-1', 'i-2', 'i-3']);
  group.add('i-3', 'Terminating:Wait');
  store.nodes = [
    { instanceId: 'i-3', state: 'out' },
    { instanceId: 'i-3', state: 'leaving' },
  ];
  assert.deepEqual(await round(), []);
});

test('[FP4] addresses of nodes that are out on instances that are gone are removed', async () => {
  const { store, parameters, round } = scene(['i-1', 'i-2']);
  for (const id of ['i-1', 'i-7', 'i-8']) await parameters.announce(id, '127.0.0.9:7000');
  store.nodes.push({ instanceId: 'i-7', state: 'down' }, { instanceId: 'i-8', state: 'out' });
  await round();
  assert.deepEqual([...(await parameters.nodes()).keys()], ['i-1', 'i-7']);
});

test('[FL4] who does not lead does nothing, and a failed round is followed by another', async () => {
  const { group, store, events, round } = scene(['i-1', 'i-2', 'i-3']);
  store.mayGo = ['i-1'];
  store.leads = false;
  assert.deepEqual(await round(), []);
  store.leads = true;
  group.failure = new Error('throttled');
  assert.deepEqual(await round(), []);
  assert.ok(events.includes('guardian round failed'));
  assert.deepEqual(await round(), ['expose i-1']);
});
