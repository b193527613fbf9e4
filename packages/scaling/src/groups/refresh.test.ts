import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceRefresh, RefreshPreferences } from './instance-refresh.ts';
import type { LaunchOrigin, LaunchSource } from './launch-source.ts';
import { SimulatedGroup } from './testing/simulated-group.ts';

const PREFERENCES: RefreshPreferences = {
  minHealthyPercent: 90,
  maxHealthyPercent: 100,
  warmupSeconds: 60,
  checkpointPercents: [],
  checkpointDelaySeconds: 3600,
  bakeSeconds: 0,
  skipMatching: false,
  autoRollback: false,
  protectedInstances: 'Wait',
  standbyInstances: 'Wait',
};
const desired: LaunchSource = {
  kind: 'template',
  template: { launchTemplateId: 'lt-1', launchTemplateName: 'one', version: '2' },
};
const ORIGIN: LaunchOrigin = {
  kind: 'template',
  launchTemplateId: 'lt-1',
  launchTemplateName: 'one',
  version: '2',
};

function refreshing(
  group: SimulatedGroup,
  preferences: Partial<RefreshPreferences> = {},
): () => InstanceRefresh {
  const request = { id: 'r', preferences: { ...PREFERENCES, ...preferences }, desired, origin: ORIGIN };
  group.step({ type: 'refresh-started', request });
  return () => group.state.refreshes.get('r')!;
}

const versionsOf = (group: SimulatedGroup): string[] =>
  group.instances().map(({ origin }) => (origin.kind === 'template' ? origin.version : ''));

test('[G17] a refresh replaces all, never below the healthy minimum, and then the group launches the new', () => {
  const group = new SimulatedGroup().begin(10);
  let least = 10;
  group.observe = () => {
    least = Math.min(least, group.size);
  };
  const refresh = refreshing(group, { minHealthyPercent: 80 });
  group.advance(100_000);
  assert.equal(refresh().status, 'InProgress');
  assert.deepEqual([refresh().percentComplete, refresh().instancesToUpdate], [20, 8]);
  group.advance(3_600_000);
  assert.deepEqual([refresh().status, refresh().percentComplete], ['Successful', 100]);
  assert.equal(least, 8);
  assert.deepEqual(new Set(versionsOf(group)), new Set(['2']));
  assert.deepEqual(group.state.settings.source, desired);
  assert.match(group.causes().join('\n'), /taken out of service in response to an instance refresh/);
});

test('[G17] one at a time even at 100 %, and a group of one is replaced', () => {
  for (const size of [1, 3]) {
    const group = new SimulatedGroup().begin(size);
    let least = size;
    group.observe = () => {
      least = Math.min(least, group.size);
    };
    const refresh = refreshing(group, { minHealthyPercent: 100 });
    group.advance(3_600_000);
    assert.equal(refresh().status, 'Successful');
    assert.equal(least, size - 1);
  }
});

test('[G17] with room above 100 % the new one is warm before the old one goes', () => {
  const group = new SimulatedGroup({ max: 4 }).begin(4);
  let least = 4;
  let most = 4;
  group.observe = () => {
    least = Math.min(least, group.size);
    most = Math.max(most, group.size);
  };
  const refresh = refreshing(group, { minHealthyPercent: 100, maxHealthyPercent: 150 });
  group.advance(3_600_000);
  assert.deepEqual([refresh().status, least, most, group.size], ['Successful', 4, 6, 4]);
  assert.deepEqual(new Set(versionsOf(group)), new Set(['2']));
});

test('[G17] matching instances are skipped', () => {
  const group = new SimulatedGroup({ source: desired }).begin(3);
  const refresh = refreshing(group, { skipMatching: true });
  group.advance(1000);
  assert.equal(refresh().status, 'Successful');
  assert.equal(group.machines.size, 3);
});

test('[G18] checkpoints wait, bake time waits', () => {
  const group = new SimulatedGroup().begin(4);
  const refresh = refreshing(group, {
    minHealthyPercent: 50,
    checkpointPercents: [50, 100],
    bakeSeconds: 600,
  });
  group.advance(3_000_000);
  assert.deepEqual([refresh().percentComplete, refresh().status], [50, 'InProgress']);
  group.advance(1_000_000);
  assert.equal(refresh().status, 'Baking');
  group.advance(600_000);
  assert.equal(refresh().status, 'Successful');
});

test('[G18] protected instances: waited for an hour, ignored, or replaced', () => {
  const outcome = (protectedInstances: RefreshPreferences['protectedInstances']): string[] => {
    const group = new SimulatedGroup({ protectNewInstances: true }).begin(2);
    const refresh = refreshing(group, { protectedInstances });
    group.advance(4_000_000);
    return [refresh().status, ...versionsOf(group)];
  };
  assert.deepEqual(outcome('Wait'), ['Failed', '1', '1']);
  assert.deepEqual(outcome('Ignore'), ['Successful', '1', '1']);
  assert.deepEqual(outcome('Refresh'), ['Successful', '2', '2']);
});

test('[G19] a refresh that gets nowhere fails, and goes back when asked to', () => {
  const group = new SimulatedGroup().begin(3);
  const refresh = refreshing(group, { autoRollback: true });
  group.launchError = 'no such image';
  group.advance(3_700_000);
  assert.equal(refresh().status, 'RollbackInProgress');
  group.launchError = undefined;
  group.advance(3_600_000);
  assert.equal(refresh().status, 'RollbackSuccessful');
  assert.deepEqual(versionsOf(group), ['1', '1', '1']);
});

test('[G19] rolled back by hand: what was replaced is replaced again; cancelled: it stays', () => {
  const group = new SimulatedGroup().begin(4);
  const refresh = refreshing(group);
  group.advance(100_000);
  assert.ok(versionsOf(group).includes('2'));
  group.step({ type: 'refresh-rolled-back', reason: 'by hand' });
  group.advance(3_600_000);
  assert.equal(refresh().status, 'RollbackSuccessful');
  assert.deepEqual(new Set(versionsOf(group)), new Set(['1']));
  const other = new SimulatedGroup().begin(4);
  const cancelled = refreshing(other);
  other.advance(100_000);
  other.step({ type: 'refresh-cancelled' });
  other.advance(100_000);
  assert.equal(cancelled().status, 'Cancelled');
  assert.deepEqual(new Set(versionsOf(other)), new Set(['1', '2']));
  assert.throws(() => other.step({ type: 'refresh-cancelled' }), /No in progress/);
});

test('[G19] one refresh at a time', () => {
  const group = new SimulatedGroup().begin(4);
  refreshing(group);
  assert.throws(() => refreshing(group), /already in progress/);
});

test('[G20] mixed instances: on-demand base and share, first or cheapest type', () => {
  const source = (spotStrategy: string): LaunchSource => ({
    kind: 'mixed',
    template: { launchTemplateId: 'lt-1', version: '1' },
    overrides: [{ instanceType: 'm5.xlarge' }, { instanceType: 'm5.large' }],
    shares: {
      onDemandBase: 2,
      onDemandPercentAboveBase: 50,
      onDemandStrategy: 'prioritized',
      spotStrategy,
    },
  });
  const group = new SimulatedGroup({ source: source('lowest-price') }).begin(6);
  const spots = group.instances().filter(({ spot }) => spot);
  assert.equal(spots.length, 2);
  assert.deepEqual(new Set(spots.map(({ type }) => type)), new Set(['m5.large']));
  const demand = group.instances().filter(({ spot }) => !spot);
  assert.deepEqual(new Set(demand.map(({ type }) => type)), new Set(['m5.xlarge']));
});
