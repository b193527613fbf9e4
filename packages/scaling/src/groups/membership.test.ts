import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupRefusal } from './group-refusal.ts';
import { SimulatedGroup } from './testing/simulated-group.ts';

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
