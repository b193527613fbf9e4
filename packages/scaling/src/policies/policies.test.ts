import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjustCapacity, clampCapacity } from './adjustment.ts';
import { predefinedMetric } from './predefined-metrics.ts';
import { decideScaleIn, type Proposal } from './proposal.ts';
import type { ScalingPolicy, TrackingPolicy } from './scaling-policy.ts';
import { findStep, stepsProblem } from './step-adjustments.ts';
import { capacityForTarget, trackingAlarms } from './target-tracking.ts';

const percent = (capacity: number, value: number, minMagnitude = 0): number =>
  adjustCapacity(capacity, { type: 'PercentChangeInCapacity', value, minMagnitude });

test('[P1] percentages: above 1 down, (0,1) to 1, (-1,0) to -1, below -1 toward zero', () => {
  assert.equal(percent(10, 25), 12, '2.5 becomes 2');
  assert.equal(percent(4, 10), 5, '0.4 becomes 1');
  assert.equal(percent(4, -10), 3, '-0.4 becomes -1');
  assert.equal(percent(10, -25), 8, '-2.5 becomes -2');
  assert.equal(percent(10, 0), 10);
  assert.equal(percent(0, 50), 0);
});

test('[P1] a percentage changes at least by its magnitude', () => {
  assert.equal(percent(10, 10, 3), 13);
  assert.equal(percent(10, -10, 3), 7);
  assert.equal(percent(100, 10, 3), 110);
});

test('[P1] exact and relative changes, held between the bounds', () => {
  assert.equal(adjustCapacity(7, { type: 'ExactCapacity', value: 3 }), 3);
  assert.equal(adjustCapacity(7, { type: 'ChangeInCapacity', value: -9 }), -2);
  assert.equal(clampCapacity(-2, { min: 1, max: 5 }), 1);
  assert.equal(clampCapacity(9, { min: 1, max: 5 }), 5);
});

const OUT = [
  { lowerBound: 0, upperBound: 10, adjustment: 0 },
  { lowerBound: 10, upperBound: 20, adjustment: 10 },
  { lowerBound: 20, adjustment: 30 },
];
const IN = [
  { lowerBound: -10, upperBound: 0, adjustment: 0 },
  { lowerBound: -20, upperBound: -10, adjustment: -10 },
  { upperBound: -20, adjustment: -30 },
];

test('[P2] above the threshold the lower bound is in and the upper one out', () => {
  assert.deepEqual(
    [0, 9.99, 10, 19.99, 20, 500].map((distance) => findStep(OUT, distance)?.adjustment),
    [0, 0, 10, 10, 30, 30],
  );
  assert.equal(findStep(OUT, -1), undefined);
});

test('[P2] below the threshold the lower bound is out and the upper one in', () => {
  assert.deepEqual(
    [0, -9.99, -10, -19.99, -20, -500].map((distance) => findStep(IN, distance)?.adjustment),
    [0, 0, -10, -10, -30, -30],
  );
  assert.equal(findStep(IN, 1), undefined);
});

test('[P2] steps have no gap, no overlap, no empty interval and open ends', () => {
  assert.equal(stepsProblem(OUT), undefined);
  assert.equal(stepsProblem([...IN].reverse()), undefined);
  assert.match(stepsProblem([])!, /At least one/);
  assert.match(stepsProblem([OUT[0]!, OUT[2]!])!, /gap/);
  assert.match(stepsProblem([OUT[0]!, { lowerBound: 5, adjustment: 1 }])!, /overlap/);
  assert.match(stepsProblem([{ lowerBound: 5, upperBound: 5, adjustment: 1 }])!, /less than/);
  assert.match(stepsProblem([OUT[0]!])!, /no upper bound/);
  assert.match(stepsProblem([IN[0]!])!, /no lower bound/);
});

test('[P3] the capacity of a target is current x metric / target, rounded up', () => {
  assert.equal(capacityForTarget(10, 150, 100), 15, "AWS's example of 1500 messages on 10 instances");
  assert.equal(capacityForTarget(3, 61, 60), 4);
  assert.equal(capacityForTarget(3, 0.3, 0.1), 9, 'no hair of floating point');
  assert.equal(capacityForTarget(4, 20, 50), 2);
  assert.equal(capacityForTarget(0, 5, 1), 1);
  assert.equal(capacityForTarget(0, 1, 5), 0);
});

test('[P3] two alarms: high 3 of 3 over the target, low 15 of 15 under 0.9 of it', () => {
  const [high, low] = trackingAlarms(50, false);
  assert.deepEqual(
    [high?.threshold, high?.evaluationPeriods, high?.comparison],
    [50, 3, 'GreaterThanThreshold'],
  );
  assert.deepEqual([low?.threshold, low?.evaluationPeriods, low?.comparison], [45, 15, 'LessThanThreshold']);
  assert.equal(trackingAlarms(50, true).length, 1);
});

test('[P3] predefined metrics are those of the group or of its target group', () => {
  assert.deepEqual(predefinedMetric('ASGAverageCPUUtilization', 'g', undefined), {
    namespace: 'AWS/EC2',
    name: 'CPUUtilization',
    dimensions: { AutoScalingGroupName: 'g' },
    statistic: 'Average',
  });
  const requests = predefinedMetric('ALBRequestCountPerTarget', 'g', 'app/lb/1/targetgroup/tg/2');
  assert.deepEqual(requests?.dimensions, { LoadBalancer: 'app/lb/1', TargetGroup: 'targetgroup/tg/2' });
  assert.equal(predefinedMetric('ALBRequestCountPerTarget', 'g', undefined), undefined);
  assert.equal(predefinedMetric('Nothing', 'g', undefined), undefined);
});

const tracking = (name: string, disableScaleIn = false): [string, TrackingPolicy] => [
  name,
  {
    name,
    id: name,
    type: 'TargetTrackingScaling',
    enabled: true,
    target: 1,
    disableScaleIn,
    metric: {},
    alarmNames: { high: 'h' },
  },
];
const step = (name: string): [string, ScalingPolicy] => [
  name,
  { name, id: name, type: 'StepScaling', enabled: true, adjustmentType: 'ChangeInCapacity', steps: [] },
];
const ask = (policyName: string, direction: 'in' | 'out', capacity: number): Proposal => ({
  policyName,
  direction,
  capacity,
  atMs: 0,
  cause: policyName,
});

test('[P4] the largest capacity wins', () => {
  const policies = new Map([step('a'), step('b'), step('c')]);
  assert.equal(decideScaleIn([ask('a', 'in', 4), ask('b', 'in', 6)], policies, 10)?.capacity, 6);
  assert.equal(decideScaleIn([ask('a', 'in', 4), ask('b', 'in', 6)], policies, 10)?.cause, 'b');
  assert.equal(decideScaleIn([ask('a', 'in', 4), ask('c', 'out', 11)], policies, 11), undefined);
  assert.equal(decideScaleIn([ask('a', 'in', 4), ask('c', 'out', 8)], policies, 10)?.capacity, 8);
});

test('[P4] target tracking scales in only when all of its kind agree, but those that never do', () => {
  const policies = new Map([tracking('a'), tracking('b'), tracking('c', true)]);
  assert.equal(decideScaleIn([ask('a', 'in', 4)], policies, 10), undefined);
  assert.equal(decideScaleIn([ask('a', 'in', 4), ask('b', 'in', 7)], policies, 10)?.capacity, 7);
});
