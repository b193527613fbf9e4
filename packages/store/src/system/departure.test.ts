import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configuration, details, foundedSystem, MIB, reportAllSettled, retarget } from './testing/cluster.ts';

test('[S6] a drain is refused below the replication factor, with the numbers', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const { result } = system.apply({ type: 'beginLeave', member: 'b' });
  assert.ok(!result.ok);
  assert.equal(result.code, 'NotEnoughRoom');
  assert.match(result.message, /Without b 2 nodes .* replication factor is 3\. Add 1 first/);
});

test('[S6] a drain is refused where the volumes of the rest are too small', () => {
  const room = { capacityBytes: 200 * MIB };
  const system = foundedSystem(['a', 'b', 'c', 'd'].map((id) => details(id, room)));
  reportAllSettled(system, 12 * MIB);
  const { result } = system.apply({ type: 'beginLeave', member: 'b' });
  assert.ok(!result.ok);
  assert.match(result.message, /would have to hold 201326592 bytes; its volume has 209715200/);
  reportAllSettled(system, 10 * MIB);
  assert.equal(system.code({ type: 'beginLeave', member: 'b' }), 'ok');
});

test('[S7] a drain ends only when every partition has reported under a target without the member', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.system = ['a', 'b', 'c'];
  system.must({ type: 'beginLeave', member: 'd' });
  const finish = { type: 'finishLeave', member: 'd' } as const;
  assert.equal(system.member('d').state, 'leaving');
  assert.equal(system.code(finish), 'StillHolds');
  retarget(system);
  const { partitions } = system.state();
  const report = (partition: number, more = {}) => ({
    partition,
    configuration: configuration(partitions[partition]!.target, { epoch: 2, generation: 2, ...more }),
  });
  system.must({
    type: 'reportConfigurations',
    reports: partitions.map((_, p) => report(p, { generation: 1 })),
  });
  assert.equal(system.code(finish), 'StillHolds', 'leaders may still act on the older target');
  system.must({ type: 'reportConfigurations', reports: partitions.map((_, p) => report(p)) });
  system.must({ type: 'reportConfigurations', reports: [report(3, { epoch: 3, learners: ['d'] })] });
  assert.equal(system.code(finish), 'StillHolds', 'a learner still');
  system.must({ type: 'reportConfigurations', reports: [report(3, { epoch: 4, complete: ['a'] })] });
  assert.equal(system.code(finish), 'StillHolds', 'not complete elsewhere');
  system.must({ type: 'reportConfigurations', reports: [report(3, { epoch: 4 })] });
  system.system = ['a', 'b', 'd'];
  assert.equal(system.code(finish), 'StillHolds', 'the system group');
  system.system = ['a', 'b', 'c'];
  assert.equal(system.code(finish), 'ok');
  assert.equal(system.member('d').outReason, 'left');
  assert.equal(system.code(finish), 'ok', 'said twice');
});

test('[S8] a drain can be taken back; a restart in the middle goes on with it', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.must({ type: 'beginLeave', member: 'd' });
  system.must({ type: 'declareDown', member: 'd', incarnation: 1 });
  assert.equal(system.member('d').state, 'down');
  system.must({ type: 'register', member: details('d', { incarnation: 2 }) });
  assert.equal(system.member('d').state, 'leaving');
  retarget(system);
  assert.ok(system.state().partitions.every(({ target }) => !target.includes('d')));
  system.must({ type: 'cancelLeave', member: 'd' });
  assert.equal(system.member('d').state, 'up');
  retarget(system);
  assert.ok(system.state().partitions.some(({ target }) => target.includes('d')));
});

test('[S8] a member that drains and is put out for its silence goes on draining when it comes back', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.system = ['a', 'b', 'c'];
  system.must({ type: 'beginLeave', member: 'd' });
  retarget(system);
  system.must({ type: 'declareDown', member: 'd', incarnation: 1 });
  system.must({ type: 'declareOut', member: 'd', incarnation: 1 });
  system.must({ type: 'register', member: details('d', { incarnation: 2 }) });
  assert.equal(system.member('d').state, 'leaving');
  retarget(system);
  assert.ok(system.state().partitions.every(({ target }) => !target.includes('d')));
  reportAllSettled(system);
  assert.equal(system.code({ type: 'finishLeave', member: 'd' }), 'ok');
});

test('[S8] a drain that ends while the node is away is told to its next start', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.system = ['a', 'b', 'c'];
  system.must({ type: 'beginLeave', member: 'd' });
  system.must({ type: 'declareDown', member: 'd', incarnation: 1 });
  system.must({ type: 'declareOut', member: 'd', incarnation: 1 });
  retarget(system);
  reportAllSettled(system);
  retarget(system); // Plans the end of the drain.
  assert.equal(system.member('d').outReason, 'left');
  system.must({ type: 'register', member: details('d', { incarnation: 2 }) });
  const { state, outReason, incarnation } = system.member('d');
  assert.deepEqual([state, outReason, incarnation], ['out', 'left', 2]);
  assert.equal(system.code({ type: 'cancelLeave', member: 'd' }), 'WrongState');
});

test('[S8] a drain can be taken back while the node is out: it comes back as one that stays', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.must({ type: 'beginLeave', member: 'd' });
  system.must({ type: 'declareDown', member: 'd', incarnation: 1 });
  system.must({ type: 'declareOut', member: 'd', incarnation: 1 });
  system.must({ type: 'cancelLeave', member: 'd' });
  system.must({ type: 'register', member: details('d', { incarnation: 2 }) });
  assert.equal(system.member('d').state, 'up');
});

test('[S9] only a member that is out and that nothing names is forgotten', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.system = ['a', 'b', 'c'];
  assert.equal(system.code({ type: 'forget', member: 'd' }), 'WrongState');
  system.must({ type: 'beginLeave', member: 'd' });
  retarget(system);
  reportAllSettled(system);
  system.must({ type: 'finishLeave', member: 'd' });
  system.system = ['a', 'b', 'd'];
  assert.equal(system.code({ type: 'forget', member: 'd' }), 'StillHolds');
  system.system = ['a', 'b', 'c'];
  assert.equal(system.code({ type: 'forget', member: 'd' }), 'ok');
  assert.equal(system.state().members.length, 3);
});
