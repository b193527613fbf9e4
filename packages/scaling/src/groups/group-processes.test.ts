import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ending, SimulatedGroup } from './testing/simulated-group.ts';

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

test('[G11] zones are left as they are while nobody there may go', () => {
  const group = new SimulatedGroup({ zones: ['a'], protectNewInstances: true }).begin(4);
  group.step({ type: 'settings-changed', settings: { ...group.state.settings, zones: ['a', 'b'] } });
  group.advance(3_600_000);
  assert.equal(group.machines.size, 4);
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

test('[G12] nothing else of a group on its way out has a time', () => {
  const group = new SimulatedGroup().begin(1);
  group.endMs = 600_000;
  const desired = 1;
  group.step({
    type: 'scheduled-put',
    actions: [{ name: 's', id: 's', startMs: group.nowMs + 1000, desired }],
  });
  group.step({ type: 'desired-set', desired: 2, honorCooldown: true });
  group.advance(500);
  group.step({ type: 'deletion-requested', force: true });
  let ticks = 0;
  group.observe = ({ type }) => {
    if (type === 'tick') ticks++;
  };
  group.advance(500_000);
  assert.equal(ticks, 0);
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
