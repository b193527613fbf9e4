import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScalingPolicy, SimplePolicy, StepPolicy, TrackingPolicy } from '../policies/scaling-policy.ts';
import { SimulatedGroup } from './testing/simulated-group.ts';

const step = (name: string, steps: StepPolicy['steps'], more: Partial<StepPolicy> = {}): StepPolicy => ({
  name,
  id: name,
  enabled: true,
  type: 'StepScaling',
  adjustmentType: 'PercentChangeInCapacity',
  steps,
  ...more,
});
const simple = (name: string, adjustment: number, more: Partial<SimplePolicy> = {}): SimplePolicy => ({
  name,
  id: name,
  enabled: true,
  type: 'SimpleScaling',
  adjustmentType: 'ChangeInCapacity',
  adjustment,
  ...more,
});
const tracking = (name: string, target: number, more: Partial<TrackingPolicy> = {}): TrackingPolicy => ({
  name,
  id: name,
  enabled: true,
  type: 'TargetTrackingScaling',
  target,
  disableScaleIn: false,
  warmupSeconds: 0,
  metric: {},
  alarmNames: { high: `${name}-high`, low: `${name}-low` },
  ...more,
});

/** A group of ten with room, and its policies. */
function groupOf(count: number, ...policies: ScalingPolicy[]): SimulatedGroup {
  const group = new SimulatedGroup({ max: 100, min: 1 }).begin(count);
  group.advance(3_600_000);
  for (const policy of policies) group.step({ type: 'policy-put', policy });
  return group;
}

function alarm(
  group: SimulatedGroup,
  policyName: string,
  metricValue?: number,
  threshold = 0,
  name = 'cpu',
): void {
  group.step({
    type: 'policy-triggered',
    policyName,
    alarm: { name, state: 'ALARM' },
    honorCooldown: true,
    threshold,
    ...(metricValue === undefined ? {} : { metricValue }),
  });
}

/** AWS's example: thresholds 60 and 40. */
const OUT = [
  { lowerBound: 0, upperBound: 10, adjustment: 10 },
  { lowerBound: 10, adjustment: 30 },
];
const IN = [
  { lowerBound: -10, upperBound: 0, adjustment: -10 },
  { upperBound: -10, adjustment: -30 },
];

test('[P7] the worked example without warm-up: 60 -> 11, 70 -> 14, 40 -> 13, 30 -> 10', () => {
  const group = groupOf(10, step('out', OUT, { warmupSeconds: 0 }), step('in', IN, { warmupSeconds: 0 }));
  const seen: number[] = [];
  for (const [policy, metric, threshold] of [
    ['out', 60, 60],
    ['out', 70, 60],
    ['in', 40, 40],
    ['in', 30, 40],
  ] as const) {
    alarm(group, policy, metric, threshold);
    group.advance(120_000);
    seen.push(group.desired);
  }
  assert.deepEqual(seen, [11, 14, 13, 10]);
  assert.equal(group.size, 10);
});

test('[P7] the worked example with warm-up: 60 -> 11, 62 -> 11, 70 -> 13 while it warms', () => {
  const group = groupOf(10, step('out', OUT, { warmupSeconds: 300 }), step('in', IN, { warmupSeconds: 300 }));
  const seen: number[] = [];
  for (const metric of [60, 62, 70]) {
    alarm(group, 'out', metric, 60);
    group.advance(60_000);
    seen.push(group.desired);
  }
  assert.deepEqual(seen, [11, 11, 13]);
  group.advance(60_000);
  alarm(group, 'in', 40, 40);
  group.advance(60_000);
  assert.equal(group.desired, 13, 'scaling in waits until warm-up ends');
  group.advance(300_000);
  alarm(group, 'in', 40, 40);
  group.advance(60_000);
  assert.equal(group.desired, 12);
});

test('[P7] repeated breaches while instances leave take away only once', () => {
  const group = groupOf(10, step('in', IN, { warmupSeconds: 0 }));
  group.endMs = 600_000;
  for (let minute = 0; minute < 5; minute++) {
    alarm(group, 'in', 40, 40);
    group.advance(60_000);
  }
  assert.equal(group.desired, 9);
});

test('[P7] the cause names alarm, state and policy', () => {
  const group = groupOf(2, simple('more', 1));
  alarm(group, 'more');
  assert.match(
    group.causes().at(-1)!,
    /^a monitor alarm cpu in state ALARM triggered policy more changing the desired capacity from 2 to 3\. {2}an instance was started/,
  );
});

test('[P8] a simple policy waits for the activity and then for its cooldown', () => {
  const group = groupOf(2, simple('more', 1, { cooldownSeconds: 90 }));
  group.bootMs = 100_000;
  const changes: number[] = [];
  let last = group.desired;
  group.observe = () => {
    if (group.desired !== last) changes.push(group.nowMs);
    last = group.desired;
  };
  for (let tick = 0; tick < 40; tick++) {
    alarm(group, 'more');
    group.advance(10_000);
  }
  assert.deepEqual(
    changes.slice(1).map((ms, index) => (ms - changes[index]!) / 1000),
    [190, 190],
    '100 s for the launch, 90 s of cooldown',
  );
});

test('[P8] the cooldown holds back simple policies only', () => {
  const group = groupOf(
    2,
    simple('more', 1),
    step('out', [{ lowerBound: 0, adjustment: 50 }], { warmupSeconds: 0 }),
  );
  alarm(group, 'more');
  group.advance(60_000);
  alarm(group, 'more');
  assert.equal(group.desired, 3);
  alarm(group, 'out', 1, 0);
  assert.equal(group.desired, 4);
  group.step({ type: 'desired-set', desired: 5, honorCooldown: false });
  assert.equal(group.desired, 5);
  assert.throws(
    () => group.step({ type: 'desired-set', desired: 6, honorCooldown: true }),
    /blocks this action/,
  );
  assert.throws(
    () => group.step({ type: 'policy-triggered', policyName: 'more', honorCooldown: true }),
    /blocks this action/,
  );
  group.step({ type: 'policy-triggered', policyName: 'more', honorCooldown: false });
  assert.equal(group.desired, 6);
});

test('[P9] target tracking: ceil(current x metric / target), from the instances that are warm', () => {
  const group = groupOf(10, tracking('t', 100, { warmupSeconds: 300 }));
  alarm(group, 't', 150, 100, 't-high');
  assert.equal(group.desired, 15);
  group.advance(60_000);
  alarm(group, 't', 140, 100, 't-high');
  assert.equal(group.desired, 15, 'the five that warm up are the answer already');
  alarm(group, 't', undefined, 100, 't-high');
  group.advance(600_000);
  assert.equal(group.desired, 15, 'no data, no scaling');
  alarm(group, 't', 40, 90, 't-low');
  group.advance(60_000);
  assert.equal(group.desired, 6);
});

test('[P9] an alarm without data takes nothing away', () => {
  const group = groupOf(10, simple('less', -1), simple('more', 1));
  const silent = (policyName: string): void =>
    group.step({
      type: 'policy-triggered',
      policyName,
      alarm: { name: 'a', state: 'ALARM', silent: true },
      honorCooldown: true,
    });
  silent('less');
  group.advance(60_000);
  assert.equal(group.desired, 10);
  silent('more');
  assert.equal(group.desired, 11);
});

test('[P9] without scaling in it only grows', () => {
  const group = groupOf(10, tracking('t', 100, { disableScaleIn: true }));
  alarm(group, 't', 40, 90, 't-low');
  group.advance(60_000);
  assert.equal(group.desired, 10);
});

test('[P9] several: out if any asks, in only if all agree, to the largest', () => {
  const group = groupOf(10, tracking('a', 100), tracking('b', 100));
  alarm(group, 'a', 40, 90, 'a-low');
  group.advance(60_000);
  assert.equal(group.desired, 10);
  alarm(group, 'a', 40, 90, 'a-low');
  alarm(group, 'b', 60, 90, 'b-low');
  group.advance(10_000);
  assert.equal(group.desired, 6);
  alarm(group, 'a', 40, 90, 'a-low');
  alarm(group, 'b', 200, 90, 'b-high');
  group.advance(60_000);
  assert.equal(group.desired, 12);
});

test('[P10] of several policies the one that gives the largest capacity wins, whatever their order', () => {
  for (const order of [
    ['in', 'out'],
    ['out', 'in'],
  ]) {
    const group = groupOf(
      10,
      simple('in', -3),
      step('out', [{ lowerBound: 0, adjustment: 20 }], { warmupSeconds: 0 }),
    );
    for (const name of order) alarm(group, name, 1);
    group.advance(30_000);
    assert.equal(group.desired, 12, order.join());
    assert.equal(group.machines.size, 12, 'nobody was ended on the way');
  }
  const group = groupOf(
    10,
    simple('three', -3, { cooldownSeconds: 0 }),
    simple('one', -1, { cooldownSeconds: 0 }),
  );
  alarm(group, 'three');
  alarm(group, 'one');
  group.advance(30_000);
  assert.equal(group.desired, 9);
});

test('[P10] bounds hold; a policy that is off, and a suspended AlarmNotification, do nothing', () => {
  const group = groupOf(3, simple('more', 500), simple('off', 1, { enabled: false }), simple('less', -500));
  alarm(group, 'off');
  group.step({ type: 'processes-suspended', names: ['AlarmNotification'] });
  alarm(group, 'more');
  assert.equal(group.desired, 3);
  group.step({ type: 'policy-triggered', policyName: 'more', honorCooldown: false });
  assert.equal(group.desired, 100, 'a user may');
  group.step({ type: 'policy-triggered', policyName: 'less', honorCooldown: false });
  assert.equal(group.desired, 1);
});

test('[P10] by hand: a step policy needs a value, target tracking cannot be executed', () => {
  const group = groupOf(3, step('out', OUT), tracking('t', 1));
  const execute = (policyName: string, metricValue?: number): void =>
    group.step({
      type: 'policy-triggered',
      policyName,
      honorCooldown: false,
      ...(metricValue === undefined ? {} : { metricValue, threshold: 50 }),
    });
  assert.throws(() => execute('out'), /MetricValue and BreachThreshold are required/);
  assert.throws(() => execute('out', 40), /no step adjustment/);
  assert.throws(() => execute('t'), /not supported/);
  assert.throws(() => execute('x'), /not found/);
  execute('out', 59);
  assert.equal(group.desired, 4);
});

test('[P11] speed divides cooldowns and warm-ups', () => {
  const group = new SimulatedGroup({ max: 100 }, { speed: 60 }).begin(2);
  group.step({ type: 'policy-put', policy: simple('more', 1, { cooldownSeconds: 300 }) });
  alarm(group, 'more');
  group.advance(1000);
  assert.equal(group.desired, 3);
  group.advance(4900);
  alarm(group, 'more');
  assert.equal(group.desired, 3);
  group.advance(200);
  alarm(group, 'more');
  assert.equal(group.desired, 4);
});

test('[P12] scheduled actions set bounds and capacity, once or again and again; missed ones run once', () => {
  const group = new SimulatedGroup({ min: 0, max: 4 }).begin(1);
  group.step({
    type: 'scheduled-put',
    actions: [
      { name: 'once', id: '1', startMs: group.nowMs + 60_000, min: 2, max: 8, desired: 5 },
      { name: 'daily', id: '2', recurrence: '0 6 * * *', desired: 3 },
    ],
  });
  group.advance(120_000);
  assert.deepEqual([group.desired, group.state.settings.min, group.state.settings.max], [5, 2, 8]);
  assert.equal(group.state.scheduled.has('once'), false);
  assert.match(
    group.causes().at(-1)!,
    /^a scheduled action update of AutoScalingGroup constraints to min: 2, max: 8, desired: 5 changing the desired capacity from 1 to 5\./,
  );
  group.advance(6 * 3_600_000);
  assert.equal(group.desired, 3);
  group.step({ type: 'desired-set', desired: 7, honorCooldown: false });
  group.nowMs += 3 * 86_400_000;
  let runs = 0;
  group.observe = () => {
    if (group.desired === 3) runs++;
    group.state.vitals = { ...group.state.vitals, desired: 7 };
  };
  group.advance(1000);
  assert.equal(runs, 1);
});
