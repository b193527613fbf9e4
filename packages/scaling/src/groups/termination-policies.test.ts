import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { emptyGroup, type GroupInstance, type GroupState } from './group-state.ts';
import type { LaunchOrigin } from './launch-source.ts';
import { chooseVictim, type TerminationPolicy } from './termination-policies.ts';
import { SETTINGS } from './testing/simulated-group.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const template = (version: string, launchTemplateId = 'lt-1'): LaunchOrigin => ({
  kind: 'template',
  launchTemplateId,
  launchTemplateName: launchTemplateId === 'lt-1' ? 'one' : 'other',
  version,
});

function instance(id: string, minutes: number, more: Partial<GroupInstance> = {}): GroupInstance {
  return {
    id,
    zone: 'us-east-1a',
    type: 't3.micro',
    imageId: 'ami',
    origin: template('1'),
    spot: false,
    launchedMs: NOW - minutes * MINUTE,
    lifecycle: 'InService',
    sinceMs: NOW,
    isProtected: false,
    health: 'Healthy',
    healthCause: '',
    compute: { state: 'running', healthy: true, reason: '' },
    generation: 0,
    actions: [],
    ...more,
  };
}

function groupOf(policies: readonly TerminationPolicy[], instances: readonly GroupInstance[]): GroupState {
  const state = emptyGroup({ ...SETTINGS, terminationPolicies: policies });
  for (const one of instances) state.instances.set(one.id, one);
  return state;
}

function victimOf(
  policies: readonly TerminationPolicy[],
  instances: readonly GroupInstance[],
  seed = 1,
): string {
  const state = groupOf(policies, instances);
  return chooseVictim(state, instances, { nowMs: NOW, random: seededRandom(seed) }).id;
}

/** The lecture's example: up for 6 minutes, for 1 h 56 min, for 30 minutes. */
const UPTIMES = [instance('six', 6), instance('long', 116), instance('thirty', 30)];

test('[G15] newest, oldest and closest to the next hour, of 6 min, 1 h 56 min and 30 min', () => {
  assert.equal(victimOf(['NewestInstance'], UPTIMES), 'six');
  assert.equal(victimOf(['OldestInstance'], UPTIMES), 'long');
  assert.equal(victimOf(['ClosestToNextInstanceHour'], UPTIMES), 'long');
});

test('[G15] the zones in balance come first, always', () => {
  const instances = [instance('a1', 10), instance('a2', 20), instance('b1', 90, { zone: 'us-east-1b' })];
  assert.equal(victimOf(['OldestInstance'], instances), 'a2');
});

test('[G15] of the zones with the most instances, one that has an unprotected instance', () => {
  const all = [
    instance('a1', 10, { isProtected: true }),
    instance('a2', 20, { isProtected: true }),
    instance('b1', 90, { zone: 'us-east-1b' }),
  ];
  const state = groupOf(['Default'], all);
  assert.equal(chooseVictim(state, [all[2]!], { nowMs: NOW, random: seededRandom(1) }).id, 'b1');
});

test('[G16] default: configurations, then other templates, then the oldest version, then the next hour', () => {
  const configured = instance('lc', 5, { origin: { kind: 'configuration', name: 'lc', createdMs: 0 } });
  const other = instance('other', 5, { origin: template('9', 'lt-2') });
  const old = instance('old', 5, { origin: template('1') });
  const ten = instance('ten', 5, { origin: template('10') });
  const two = instance('two', 5, { origin: template('2') });
  assert.equal(victimOf(['Default'], [ten, two, other, configured]), 'lc');
  assert.equal(victimOf(['Default'], [ten, two, other]), 'other');
  assert.equal(victimOf(['Default'], [ten, two, old]), 'old');
  assert.equal(victimOf(['Default'], [ten, two]), 'two', 'versions are numbers');
  assert.equal(victimOf(['Default'], UPTIMES), 'long');
});

test('[G16] policies apply in their order, and chance decides the rest', () => {
  const twins = [instance('x', 10), instance('y', 10), instance('old', 10, { origin: template('0') })];
  assert.equal(victimOf(['OldestLaunchTemplate', 'NewestInstance'], twins), 'old');
  const seen = new Set(
    Array.from({ length: 30 }, (_, seed) => victimOf(['NewestInstance'], twins.slice(0, 2), seed)),
  );
  assert.deepEqual([...seen].sort(), ['x', 'y']);
});

test('[G16] OldestLaunchConfiguration looks at configurations, AllocationStrategy at the shares', () => {
  const configured = (id: string, createdMs: number): GroupInstance =>
    instance(id, 5, { origin: { kind: 'configuration', name: id, createdMs } });
  assert.equal(victimOf(['OldestLaunchConfiguration'], [configured('new', 2), configured('old', 1)]), 'old');
  const mixed = [instance('demand', 5), instance('spot', 5, { spot: true })];
  const state = groupOf(['AllocationStrategy'], mixed);
  const shares = { onDemandBase: 0, onDemandStrategy: 'prioritized', spotStrategy: 'lowest-price' } as const;
  for (const [onDemandPercentAboveBase, victim] of [
    [100, 'spot'],
    [0, 'demand'],
  ] as const) {
    state.settings = {
      ...state.settings,
      source: { kind: 'mixed', template: {}, overrides: [], shares: { ...shares, onDemandPercentAboveBase } },
    };
    assert.equal(chooseVictim(state, mixed, { nowMs: NOW, random: seededRandom(1) }).id, victim);
  }
});
