import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ending, hook, SimulatedGroup, statesOf } from './testing/simulated-group.ts';

test('[G1] a group launches its desired capacity, evenly over its zones', () => {
  const group = new SimulatedGroup({ zones: ['a', 'b', 'c'] }).begin(7);
  const zones = group.instances().map(({ zone }) => zone);
  assert.deepEqual(
    ['a', 'b', 'c'].map((zone) => zones.filter((one) => one === zone).length),
    [3, 2, 2],
  );
  assert.deepEqual(new Set(group.targets.values()), new Set(['InService']));
});

test('[G2] an instance goes Pending, Pending:Wait, Pending:Proceed, InService', () => {
  const group = new SimulatedGroup();
  const seen: string[] = [];
  group.observe = () => {
    const [state] = statesOf(group);
    if (state !== undefined && state !== seen.at(-1)) seen.push(state);
  };
  group.step({ type: 'hook-put', hook: hook() });
  group.begin(1);
  const [instance] = group.instances('Pending:Wait');
  assert.ok(instance);
  group.step({ type: 'lifecycle-completed', hookName: 'h', instanceId: instance.id, result: 'CONTINUE' });
  group.advance(1);
  assert.deepEqual(seen, ['Pending', 'Pending:Wait', 'Pending:Proceed', 'InService']);
});

test('[G2] and Terminating, Terminating:Wait, Terminating:Proceed, gone', () => {
  const group = new SimulatedGroup().begin(1);
  group.step({ type: 'hook-put', hook: ending() });
  group.step({ type: 'desired-set', desired: 0, honorCooldown: false });
  assert.deepEqual(statesOf(group), ['Terminating:Wait']);
  const [instance] = group.instances('Terminating:Wait');
  assert.equal(group.targets.get(instance!.id), 'Terminated');
  const { token } = instance!.actions[0]!;
  group.step({ type: 'lifecycle-completed', hookName: 'h', token, result: 'CONTINUE' });
  assert.deepEqual(statesOf(group), ['Terminating:Proceed']);
  group.advance(60_000);
  assert.deepEqual(statesOf(group), []);
});

test('[G2] an instance that waits for its launch hook is not chosen to end: it goes once it serves', () => {
  const group = new SimulatedGroup();
  group.step({ type: 'hook-put', hook: hook({ heartbeatSeconds: 600, defaultResult: 'CONTINUE' }) });
  group.begin(2);
  group.step({ type: 'desired-set', desired: 1, honorCooldown: false });
  group.advance(60_000);
  assert.deepEqual(statesOf(group), ['Pending:Wait', 'Pending:Wait']);
  group.advance(600_000);
  assert.deepEqual(statesOf(group), ['InService']);
});

test('[G3] causes are those of AWS', () => {
  const group = new SimulatedGroup({ zones: ['a'] }).begin(1);
  group.step({ type: 'desired-set', desired: 2, honorCooldown: false });
  group.advance(60_000);
  group.step({ type: 'desired-set', desired: 1, honorCooldown: false });
  group.advance(60_000);
  const ids = [...group.machines.keys()];
  const ended = [...group.state.activities.values()].at(-1)!.description.split(' ').at(-1);
  assert.ok(ids.includes(ended!));
  assert.deepEqual(group.causes(), [
    'a user request created an AutoScalingGroup changing the desired capacity from 0 to 1.  an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.',
    'a user request explicitly set group desired capacity changing the desired capacity from 1 to 2.  an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2.',
    `a user request explicitly set group desired capacity changing the desired capacity from 2 to 1.  an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 2 to 1.  instance ${ended} was selected for termination.`,
  ]);
  assert.ok(
    [...group.state.activities.values()].every(
      ({ status, progress }) => status === 'Successful' && progress === 100,
    ),
  );
});

test('[G4] a hook that runs out abandons: the launch is cancelled, ended and replaced after a pause', () => {
  const group = new SimulatedGroup();
  group.step({ type: 'hook-put', hook: hook() });
  group.begin(1);
  const [first] = group.instances('Pending:Wait');
  group.advance(300_000);
  assert.equal(group.state.instances.has(first!.id), false);
  const [launch] = [...group.state.activities.values()];
  assert.equal(launch?.status, 'Cancelled');
  assert.equal(
    launch?.statusMessage,
    `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${first!.actions[0]!.token} was abandoned: Heartbeat Timeout`,
  );
  assert.equal(group.instances('Pending:Wait').length, 1, 'its successor waits for the hook');
});

test('[G4] heartbeats hold an instance until 100 of them or 48 hours', () => {
  const group = new SimulatedGroup();
  group.step({ type: 'hook-put', hook: hook({ heartbeatSeconds: 30, defaultResult: 'CONTINUE' }) });
  group.step({ type: 'created', desired: 1 });
  group.advance(2000);
  const [instance] = group.instances('Pending:Wait');
  let beats = 0;
  for (; group.instances('Pending:Wait').length === 1 && beats < 1000; beats++) {
    group.step({ type: 'lifecycle-heartbeat', hookName: 'h', instanceId: instance!.id });
    group.advance(20_000);
  }
  assert.equal(group.size, 1);
  const heldMs = group.instances()[0]!.inServiceMs! - instance!.sinceMs;
  assert.equal(heldMs, 100 * 30_000);
  assert.throws(
    () => group.step({ type: 'lifecycle-heartbeat', hookName: 'h', instanceId: instance!.id }),
    /No active Lifecycle Action found with instance ID/,
  );
});

test('[G4] several hooks run side by side, and the last one lets go', () => {
  const group = new SimulatedGroup();
  group.step({ type: 'hook-put', hook: hook({ name: 'one', notificationTarget: 'arn:t', metadata: 'm' }) });
  group.step({ type: 'hook-put', hook: hook({ name: 'two' }) });
  group.begin(1);
  const [instance] = group.instances('Pending:Wait');
  assert.equal(group.published[0]?.message['LifecycleHookName'], 'one');
  assert.equal(group.published[0]?.message['NotificationMetadata'], 'm');
  group.step({ type: 'lifecycle-completed', hookName: 'two', instanceId: instance!.id, result: 'CONTINUE' });
  assert.deepEqual(statesOf(group), ['Pending:Wait']);
  assert.deepEqual(
    group.instances('Pending:Wait')[0]?.actions.map(({ hookName }) => hookName),
    ['one'],
  );
  group.step({ type: 'lifecycle-completed', hookName: 'one', instanceId: instance!.id, result: 'CONTINUE' });
  assert.deepEqual(statesOf(group), ['Pending:Proceed']);
});

test('[G5] a termination hook cannot refuse: time-out and ABANDON still end the instance', () => {
  for (const result of ['ABANDON', undefined] as const) {
    const group = new SimulatedGroup().begin(1);
    group.step({ type: 'hook-put', hook: ending({ heartbeatSeconds: 30 }) });
    group.step({ type: 'desired-set', desired: 0, honorCooldown: false });
    const { id } = group.instances('Terminating:Wait')[0]!;
    if (result) group.step({ type: 'lifecycle-completed', hookName: 'h', instanceId: id, result });
    group.advance(60_000);
    assert.deepEqual(statesOf(group), []);
  }
});

test('[G5] unless the group retains abandoned ones, until their owner ends them', () => {
  const group = new SimulatedGroup({ onTerminateHookAbandon: 'retain' }).begin(2);
  group.step({ type: 'hook-put', hook: ending({ heartbeatSeconds: 30 }) });
  group.step({ type: 'desired-set', desired: 1, honorCooldown: false });
  group.advance(60_000);
  const [retained] = group.instances('Terminating:Retained');
  assert.ok(retained);
  assert.equal(group.size, 1, 'it does not count');
  group.advance(3_600_000);
  assert.equal(group.instances('Terminating:Retained').length, 1);
  group.step({ type: 'instance-terminated', instanceId: retained.id, decrement: false });
  group.advance(60_000);
  assert.deepEqual(statesOf(group), ['InService']);
  assert.equal(group.desired, 1);
});
