import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LifecycleHook } from './lifecycle-hook.ts';
import { SimulatedGroup } from './testing/simulated-group.ts';

const DAY_MS = 24 * 3_600_000;
const HOOK: LifecycleHook = {
  name: 'joined',
  transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  heartbeatSeconds: 300,
  defaultResult: 'ABANDON',
};

/** The calendar is set, and the group is told so. */
function jump(group: SimulatedGroup, byMs: number): void {
  group.nowMs += byMs;
  group.step({ type: 'time-jumped', byMs });
}

for (const [name, byMs] of [
  ['forward', DAY_MS],
  ['back', -DAY_MS],
] as const) {
  test(`[G25] a clock that is set ${name} ends no hook and holds none`, () => {
    const group = new SimulatedGroup();
    group.step({ type: 'hook-put', hook: HOOK });
    group.begin(1);
    jump(group, byMs);
    group.advance(200_000);
    assert.equal(group.instances('Pending:Wait').length, 1);
    const [first] = group.instances('Pending:Wait');
    group.advance(60_000);
    assert.equal(group.state.instances.has(first!.id), false, 'the hook ran out after its 300 seconds');
  });

  test(`[G25] a clock that is set ${name} neither ends the waiting of failed launches nor prolongs it`, () => {
    const group = new SimulatedGroup();
    group.launchError = 'no';
    group.step({ type: 'created', desired: 1 });
    group.advance(3_600_000);
    const waitMs = group.state.vitals.launchFailures!.retryMs - group.nowMs;
    jump(group, byMs);
    assert.equal(group.state.vitals.launchFailures!.retryMs - group.nowMs, waitMs);
    assert.equal(group.state.suspended.has('Launch'), false);
    group.launchError = undefined;
    group.advance(300_000);
    assert.equal(group.size, 1);
  });
}

test('[G25] what has happened stays where it was in the calendar', () => {
  const group = new SimulatedGroup().begin(2);
  const before = [...group.state.activities.values()];
  jump(group, DAY_MS);
  assert.deepEqual([...group.state.activities.values()], before);
});

test('[G26] after an absence a hook that waits holds its instance for a minute', () => {
  const group = new SimulatedGroup();
  group.step({ type: 'hook-put', hook: HOOK });
  group.begin(1);
  group.nowMs += DAY_MS; // Nobody was there.
  group.step({ type: 'came-back' });
  group.advance(59_000);
  const [held] = group.instances('Pending:Wait');
  assert.ok(held);
  group.step({ type: 'lifecycle-heartbeat', hookName: 'joined', instanceId: held.id });
  group.advance(200_000);
  assert.ok(group.state.instances.has(held.id));
});

test('[G26] a calendar that was set back during an absence holds nothing for so long', () => {
  const group = new SimulatedGroup();
  group.launchError = 'no';
  group.begin(1);
  group.launchError = undefined;
  group.nowMs -= DAY_MS;
  group.step({ type: 'came-back' });
  group.advance(300_000);
  assert.equal(group.size, 1);
});
