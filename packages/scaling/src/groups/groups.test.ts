import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupRefusal } from './group-refusal.ts';
import type { LifecycleHook } from './lifecycle-hook.ts';
import { SimulatedGroup } from './testing/simulated-group.ts';

const hook = (more: Partial<LifecycleHook> = {}): LifecycleHook => ({
  name: 'h',
  transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  heartbeatSeconds: 300,
  defaultResult: 'ABANDON',
  ...more,
});
const ending = (more: Partial<LifecycleHook> = {}): LifecycleHook =>
  hook({ transition: 'autoscaling:EC2_INSTANCE_TERMINATING', ...more });

const statesOf = (group: SimulatedGroup): string[] =>
  [...group.state.instances.values()].map(({ lifecycle }) => lifecycle);

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

test('[G6] a process that is gone is replaced at once, even within the grace period', () => {
  const group = new SimulatedGroup({ healthCheckGraceSeconds: 3600 }).begin(2);
  const [victim] = group.instances();
  group.kill(victim!.id);
  assert.equal(group.state.launches.size, 1);
  group.advance(10_000);
  assert.equal(group.size, 2);
  assert.equal(
    group.instances().find(({ id }) => id === victim!.id),
    undefined,
  );
  assert.deepEqual(group.causes().slice(-2), [
    'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.',
    'an instance was launched in response to an unhealthy instance needing to be replaced.',
  ]);
  const added = [...group.state.instances.values()].find(({ id }) => id > victim!.id && id.endsWith('3'));
  assert.equal(added?.zone, victim!.zone, 'in the zone of the one that is gone');
});

test('[G6] a failing status check counts only after the grace period', () => {
  const group = new SimulatedGroup({ healthCheckGraceSeconds: 600 }).begin(1);
  group.impair(group.instances()[0]!.id);
  group.advance(300_000);
  assert.equal(group.machines.size, 1);
  group.advance(300_000);
  assert.equal(group.machines.size, 2);
  assert.match(group.causes().join('\n'), /status checks failure/);
});

test('[G6] the word of a user respects the grace period unless told not to', () => {
  const group = new SimulatedGroup({ healthCheckGraceSeconds: 600 }).begin(1);
  const { id } = group.instances()[0]!;
  group.step({ type: 'health-set', instanceId: id, health: 'Unhealthy', respectGracePeriod: true });
  group.advance(60_000);
  assert.equal(group.machines.size, 1);
  group.step({ type: 'health-set', instanceId: id, health: 'Unhealthy', respectGracePeriod: false });
  group.advance(60_000);
  assert.equal(group.machines.size, 2);
  assert.match(group.causes().join('\n'), /user health-check/);
});

test('[G6] with room above 100 % the replacement serves before the unhealthy one goes', () => {
  const maintenance = { minHealthyPercent: 100, maxHealthyPercent: 150 };
  const group = new SimulatedGroup({ maintenance }).begin(2);
  let least = 2;
  group.observe = () => {
    least = Math.min(least, group.size);
  };
  group.impair(group.instances()[0]!.id);
  group.advance(60_000);
  assert.equal(group.machines.size, 3);
  assert.equal(group.size, 2);
  assert.equal(least, 2);
});

test('[G7] protected instances stay: desired drops, nothing ends, and what is unprotected later goes then', () => {
  const group = new SimulatedGroup({ protectNewInstances: true }).begin(3);
  group.step({ type: 'desired-set', desired: 1, honorCooldown: false });
  group.advance(3_600_000);
  assert.deepEqual([group.desired, group.size], [1, 3]);
  const { id } = group.instances()[2]!;
  group.step({ type: 'protection-set', instanceIds: [id], isProtected: false });
  group.advance(60_000);
  assert.equal(group.size, 2);
  assert.equal(group.state.instances.has(id), false);
  assert.match(
    group.causes().at(-1)!,
    /explicitly set group desired capacity changing the desired capacity from 3 to 1/,
  );
});

test('[G8] standby: out of the group with or without a smaller capacity, and back', () => {
  const group = new SimulatedGroup({ min: 1 }).begin(2);
  const { id } = group.instances()[0]!;
  group.step({ type: 'standby-entered', instanceIds: [id], decrement: true });
  assert.equal(group.instances('EnteringStandby').length, 1);
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size, group.instances('Standby').length], [1, 1, 1]);
  assert.equal(group.targets.get(id), 'Standby');
  const other = group.instances()[0]!.id;
  assert.throws(
    () => group.step({ type: 'standby-entered', instanceIds: [other], decrement: true }),
    /violate group's min size/,
  );
  group.kill(id);
  group.advance(60_000);
  assert.equal(group.instances('Standby').length, 1, 'standby is not checked');
  group.step({ type: 'standby-entered', instanceIds: [other], decrement: false });
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size], [1, 1]);
  group.step({ type: 'standby-exited', instanceIds: [other] });
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size], [2, 2]);
  assert.match(
    group.causes().at(-1)!,
    /was moved out of standby in response to a user request, increasing the capacity from 1 to 2\./,
  );
});

test('[G8] detached instances live on; attached ones count', () => {
  const group = new SimulatedGroup().begin(2);
  const [one, two] = group.instances();
  group.step({ type: 'instances-detached', instanceIds: [one!.id], decrement: true });
  assert.equal(group.targets.get(one!.id), 'Detached');
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size], [1, 1]);
  assert.equal(group.machines.get(one!.id)!.compute.state, 'running');
  group.step({ type: 'instances-detached', instanceIds: [two!.id], decrement: false });
  group.advance(60_000);
  assert.equal(group.size, 1);
  const machine = group.machines.get(one!.id)!;
  group.step({ type: 'instances-attached', instances: [{ ...machine.launched, compute: machine.compute }] });
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size], [2, 2]);
});

test('[G8] the owner ends an instance with or without replacing it', () => {
  const group = new SimulatedGroup({ min: 1 }).begin(2);
  group.step({ type: 'instance-terminated', instanceId: group.instances()[0]!.id, decrement: false });
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size, group.machines.size], [2, 2, 3]);
  group.step({ type: 'instance-terminated', instanceId: group.instances()[0]!.id, decrement: true });
  group.advance(60_000);
  assert.deepEqual([group.desired, group.size, group.machines.size], [1, 1, 3]);
  const { id } = group.instances()[0]!;
  assert.throws(
    () => group.step({ type: 'instance-terminated', instanceId: id, decrement: true }),
    GroupRefusal,
  );
  assert.equal(group.size, 1);
});

test('[G9] a failed launch says why, and the next ones wait 5, 10, 20 ... 300 seconds', () => {
  const group = new SimulatedGroup();
  group.launchError = "The image id '[ami-0]' does not exist";
  const attempts: number[] = [];
  group.observe = ({ type }) => {
    if (type === 'launch-failed') attempts.push(group.nowMs);
  };
  group.begin(1);
  group.advance(3_600_000);
  const waits = attempts.slice(1).map((ms, index) => (ms - attempts[index]!) / 1000);
  assert.deepEqual(waits.slice(0, 8), [5, 10, 20, 40, 80, 160, 300, 300]);
  const [failed] = [...group.state.activities.values()];
  assert.equal(failed?.status, 'Failed');
  assert.equal(failed?.statusMessage, "The image id '[ami-0]' does not exist Launching EC2 instance failed.");
  group.launchError = undefined;
  group.advance(300_000);
  assert.equal(group.size, 1);
});

test('[G9] an instance that dies while it boots fails with the last lines of its console', () => {
  const group = new SimulatedGroup();
  group.isDyingYoung = true;
  group.begin(1);
  const [failed] = [...group.state.activities.values()];
  assert.equal(failed?.status, 'Failed');
  assert.match(
    failed?.statusMessage ?? '',
    /Termination Reason: exit status 1\nThe last lines of its console:\nlast words/,
  );
  group.isDyingYoung = false;
  group.advance(300_000);
  assert.equal(group.size, 1);
});

test('[G9] a service that dies again and again right after its start is held back too', () => {
  const group = new SimulatedGroup();
  group.step({ type: 'created', desired: 1 });
  for (let i = 0; i < 3600; i++) {
    group.advance(1000);
    for (const { id } of group.instances()) group.kill(id);
  }
  assert.ok(group.machines.size < 25, `${group.machines.size} launches in an hour`);
});

test('[G9] after a day of failures launching is suspended, and resuming it starts anew', () => {
  const group = new SimulatedGroup();
  group.launchError = 'no';
  group.begin(1);
  group.advance(25 * 3_600_000);
  assert.match(group.state.suspended.get('Launch') ?? '', /Administratively/);
  group.launchError = undefined;
  group.advance(3_600_000);
  assert.equal(group.size, 0);
  group.step({ type: 'processes-resumed', names: ['Launch'] });
  group.advance(10_000);
  assert.equal(group.size, 1);
});

test('[G10] suspended processes: nothing is launched, ended, replaced or checked', () => {
  const group = new SimulatedGroup().begin(2);
  group.step({ type: 'processes-suspended', names: ['Launch', 'Terminate'] });
  group.step({ type: 'desired-set', desired: 5, honorCooldown: false });
  group.advance(60_000);
  assert.equal(group.machines.size, 2);
  group.step({ type: 'desired-set', desired: 1, honorCooldown: false });
  group.advance(60_000);
  assert.equal(group.size, 2);
  group.step({ type: 'processes-resumed', names: ['Launch', 'Terminate'] });
  group.advance(60_000);
  assert.equal(group.size, 1);
  for (const name of ['ReplaceUnhealthy', 'HealthCheck'] as const) {
    const other = new SimulatedGroup().begin(1);
    other.step({ type: 'processes-suspended', names: [name] });
    other.kill(other.instances()[0]!.id);
    other.advance(60_000);
    assert.equal(other.machines.size, 1, name);
    assert.equal(other.instances()[0]!.health, name === 'HealthCheck' ? 'Healthy' : 'Unhealthy');
    other.step({ type: 'processes-resumed', names: [name] });
    other.advance(60_000);
    assert.equal(other.machines.size, 2, name);
  }
});

test('[G11] zones are balanced again: one launched first, beyond the maximum if need be, then one ended', () => {
  const group = new SimulatedGroup({ zones: ['a'], max: 4 }).begin(4);
  let most = 0;
  group.observe = () => {
    most = Math.max(most, group.state.launches.size + group.state.instances.size);
  };
  group.step({ type: 'settings-changed', settings: { ...group.state.settings, zones: ['a', 'b'] } });
  group.advance(600_000);
  assert.equal(most, 5);
  const zones = group
    .instances()
    .map(({ zone }) => zone)
    .sort();
  assert.deepEqual(zones, ['a', 'a', 'b', 'b']);
  group.step({ type: 'settings-changed', settings: { ...group.state.settings, zones: ['b', 'c'] } });
  group.advance(600_000);
  assert.deepEqual(
    group
      .instances()
      .map(({ zone }) => zone)
      .sort(),
    ['b', 'b', 'c', 'c'],
  );
});

test('[G12] a group that is deleted by force ends everything without hooks, and then is gone', () => {
  const group = new SimulatedGroup({ protectNewInstances: true }).begin(2);
  assert.throws(() => group.step({ type: 'deletion-requested', force: false }), /while there are instances/);
  group.step({ type: 'hook-put', hook: ending() });
  group.step({ type: 'desired-set', desired: 3, honorCooldown: false });
  group.step({ type: 'deletion-requested', force: true });
  group.advance(60_000);
  assert.deepEqual([group.state.instances.size, group.state.launches.size], [0, 0]);
  assert.ok([...group.machines.values()].every(({ compute }) => compute.state === 'terminated'));
  assert.throws(() => group.step({ type: 'desired-set', desired: 0, honorCooldown: false }), /being deleted/);
});

test('[G13] an instance that reached its maximum lifetime is replaced, one at a time', () => {
  const group = new SimulatedGroup({ maxInstanceLifetimeSeconds: 86_400 }).begin(3);
  let least = 3;
  group.observe = () => {
    least = Math.min(least, group.size);
  };
  group.advance(86_400_000);
  assert.equal(group.machines.size, 6);
  assert.equal(least, 2);
});

test('[G14] topics hear of launches and terminations', () => {
  const group = new SimulatedGroup();
  const types = ['autoscaling:EC2_INSTANCE_LAUNCH', 'autoscaling:EC2_INSTANCE_TERMINATE'];
  group.step({ type: 'notifications-put', topicArn: 'arn:topic', types });
  group.begin(1);
  group.step({ type: 'desired-set', desired: 0, honorCooldown: false });
  group.advance(60_000);
  assert.deepEqual(
    group.published.map(({ message }) => message['Event']),
    ['autoscaling:TEST_NOTIFICATION', ...types],
  );
});
