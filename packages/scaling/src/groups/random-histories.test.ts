import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGroupGone } from './group-step.ts';
import { letRest, runHistory } from './testing/random-history.ts';
import { SimulatedGroup } from './testing/simulated-group.ts';

const HISTORIES = 40;
const STEPS = 200;

test('[G21] random histories with restarts: bounds, causes, activities and instances hold, and nothing leaks', () => {
  let refused = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    try {
      const history = runHistory(seed, STEPS);
      refused += history.refused;
      letRest(history.group);
      history.checker.checkNothingLeaked(history.detached);
      const { state } = history.group;
      const isHeld = [...state.instances.values()].some(({ isProtected }) => isProtected);
      const settled = [...state.instances.values()].every(({ lifecycle }) =>
        ['InService', 'Standby', 'Terminating:Retained'].includes(lifecycle),
      );
      assert.ok(settled, `not at rest: ${[...state.instances.values()].map(({ lifecycle }) => lifecycle)}`);
      assert.ok(
        history.group.size >= state.vitals.desired,
        `${history.group.size} of ${state.vitals.desired}`,
      );
      if (!isHeld) assert.equal(history.group.size, state.vitals.desired);
      history.group.step({ type: 'deletion-requested', force: true });
      history.group.advance(3_600_000);
      assert.ok(isGroupGone(state));
      history.checker.checkNothingLeaked(history.detached);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  assert.ok(refused > HISTORIES, 'refusals happened too');
});

test('[G22] simple policies never act within a cooldown, whatever the alarms do', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const group = new SimulatedGroup({ max: 10 }, { seed }).begin(5);
    for (const [name, adjustment] of [
      ['up', 1],
      ['down', -1],
    ] as const) {
      const policy = {
        name,
        id: name,
        enabled: true,
        type: 'SimpleScaling',
        adjustmentType: 'ChangeInCapacity',
      } as const;
      group.step({ type: 'policy-put', policy: { ...policy, adjustment, cooldownSeconds: 120 } });
    }
    const changes: number[] = [];
    let last = group.desired;
    group.observe = () => {
      if (group.desired !== last) changes.push(group.nowMs);
      last = group.desired;
    };
    for (let i = 0; i < 100; i++) {
      const policyName = (i * seed) % 3 === 0 ? 'up' : 'down';
      if (i % 7 === seed % 7) group.restart();
      group.step({
        type: 'policy-triggered',
        policyName,
        alarm: { name: 'a', state: 'ALARM' },
        honorCooldown: true,
      });
      group.advance(7000 + seed * 13);
    }
    assert.ok(changes.length > 2);
    for (const [index, ms] of changes.entries()) {
      if (index > 0)
        assert.ok(ms - changes[index - 1]! >= 120_000, `seed ${seed}: ${ms - changes[index - 1]!} ms`);
    }
  }
});

test('[G23] a restart in the middle of anything changes nothing about how it ends', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const endings = [0, 1].map((chance) => {
      const { group } = runHistory(seed + 1000, 1, chance);
      letRest(group);
      return [group.size, group.desired];
    });
    assert.deepEqual(endings[1], endings[0]);
  }
});

test('[G24] a hundred instances and a day of minutes take well under a second', () => {
  const group = new SimulatedGroup({ max: 200 }).begin(100);
  group.step({
    type: 'policy-put',
    policy: {
      name: 't',
      id: 't',
      enabled: true,
      type: 'TargetTrackingScaling',
      target: 50,
      disableScaleIn: false,
      metric: {},
      alarmNames: { high: 'high', low: 'low' },
    },
  });
  const before = process.cpuUsage();
  for (let minute = 0; minute < 1440; minute++) {
    const metricValue = 50 + 15 * Math.sin(minute / 200);
    const name = metricValue > 50 ? 'high' : 'low';
    const threshold = name === 'high' ? 50 : 45;
    if (metricValue > 50 || metricValue < 45) {
      group.step({
        type: 'policy-triggered',
        policyName: 't',
        alarm: { name, state: 'ALARM' },
        honorCooldown: true,
        metricValue,
        threshold,
      });
    }
    group.advance(60_000);
  }
  const { user, system } = process.cpuUsage(before);
  assert.ok(group.machines.size > 120);
  assert.ok((user + system) / 1e6 < 1, `${(user + system) / 1e6} s`);
});
