import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everything, MemoryKv } from '../testing/memory-kv.ts';
import type { SystemCommand } from './command.ts';
import { foundCommand } from './founding.ts';
import { applySystemCommand } from './machine.ts';
import {
  configuration,
  details,
  foundedSystem,
  MIB,
  reportAllSettled,
  retarget,
  unfoundedSystem,
} from './testing/cluster.ts';

test('[S1] a cluster is founded once and knows its founders for ever', () => {
  const system = unfoundedSystem();
  assert.equal(system.code({ type: 'register', member: details('a') }), 'NotFounded');
  const found = foundCommand({
    clusterId: 'c1',
    partitionCount: 8,
    replicationFactor: 3,
    founders: ['a', 'b', 'c', 'd'].map((id) => details(id)),
  });
  system.must(found);
  const before = system.state();
  assert.equal(before.version, 1);
  assert.equal(before.partitions.length, 8);
  for (const { founders, target } of before.partitions) {
    assert.equal(new Set(founders).size, 3);
    assert.deepEqual(founders, target);
  }
  assert.equal(system.code(found), 'ok');
  assert.equal(system.code({ ...found, clusterId: 'c2' }), 'AlreadyFounded');
  assert.deepEqual(system.state(), before);
});

test('[S1] a founding that makes no sense is refused and writes nothing', () => {
  const good = foundCommand({
    clusterId: 'c',
    partitionCount: 4,
    replicationFactor: 3,
    founders: [details('a')],
  });
  const bad: SystemCommand[] = [
    { ...good, partitionCount: 3 },
    { ...good, replicationFactor: 0 },
    { ...good, founders: [] },
    { ...good, founders: [...good.founders, ...good.founders] },
    { ...good, placement: good.placement.slice(1) },
    { ...good, placement: good.placement.map(() => [7]) },
    { ...good, founders: good.founders.map((founder) => ({ ...founder, position: 'xyz' })) },
  ];
  for (const command of bad) {
    const system = unfoundedSystem();
    assert.equal(system.code(command), 'Invalid');
    assert.equal([...everything(system.kv)].length, 0);
  }
});

test('[S2] an identity that registers again is the same member at a new address', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  system.must({ type: 'register', member: details('b', { incarnation: 2, address: 'b2:7000' }) });
  assert.equal(system.state().members.length, 3);
  assert.equal(system.member('b').address, 'b2:7000');
  assert.equal(system.state().placementVersion, 1);
  const before = system.state().version;
  system.must({ type: 'register', member: details('b', { incarnation: 2, address: 'b2:7000' }) });
  assert.equal(system.state().version, before);
});

test('[S2] doors that open after the registration are told by the same start', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const start = details('a', { incarnation: 2 });
  system.must({ type: 'register', member: start });
  const advertised = { s3: '127.0.0.1:80', classic: '127.0.0.1:5057' };
  system.must({ type: 'register', member: { ...start, advertised } });
  const { version } = system.state();
  assert.deepEqual(system.state().members[0]!.advertised, advertised);
  system.must({ type: 'register', member: { ...start, advertised } });
  assert.equal(system.state().version, version, 'the same again is no news');
});

test('[S2] two nodes with one identity: the older start, and the same start elsewhere, are refused', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  system.must({ type: 'register', member: details('b', { incarnation: 5 }) });
  assert.equal(system.code({ type: 'register', member: details('b', { incarnation: 4 }) }), 'IdentityInUse');
  const elsewhere = details('b', { incarnation: 5, address: 'x:1' });
  assert.equal(system.code({ type: 'register', member: elsewhere }), 'IdentityInUse');
  assert.equal(system.member('b').address, 'b:7000');
});

test('[S3] a new member halves the most loaded arc', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  const reports = system.state().partitions.map(({ target }, partition) => ({
    partition,
    configuration: configuration(target, { bytes: partition >= 9 && partition <= 12 ? 900 * MIB : MIB }),
  }));
  system.must({ type: 'reportConfigurations', reports });
  system.must({ type: 'register', member: details('e') });
  assert.equal(system.member('e').position, 'a'.padEnd(40, '0'));
  assert.equal(system.state().placementVersion, system.state().version);
});

test('[S3] where each copy has a zone of its own, a new member stands opposite to the one of its zone', () => {
  const founders = ['a', 'b', 'c'].map((id) => details(id, { zone: id }));
  const system = foundedSystem(founders);
  for (const id of ['d', 'e', 'f']) {
    const zone = { d: 'a', e: 'b', f: 'c' }[id]!;
    system.must({ type: 'register', member: details(id, { zone }), arcsOf: 'zone' });
    const opposite = BigInt(`0x${system.member(zone).position}`) + 2n ** 159n;
    assert.equal(BigInt(`0x${system.member(id).position}`), opposite % 2n ** 160n);
  }
  // Another zone's member may stand there already.
  system.must({ type: 'register', member: details('g', { zone: 'a' }), arcsOf: 'zone' });
  system.must({ type: 'register', member: details('h', { zone: 'd' }), arcsOf: 'zone' });
  assert.equal(new Set(system.state().members.map(({ position }) => position)).size, 8);
});

test('[S3] who comes for one that is down or drains gets its place', () => {
  for (const going of ['declareDown', 'beginLeave'] as const) {
    const zones = { a: 'x', b: 'x', c: 'y', d: 'z' };
    const system = foundedSystem(Object.entries(zones).map(([id, zone]) => details(id, { zone })));
    const { incarnation } = system.member('b');
    system.must(
      going === 'declareDown' ? { type: going, member: 'b', incarnation } : { type: going, member: 'b' },
    );
    system.must({ type: 'register', member: details('n', { zone: 'x' }), arcsOf: 'zone' });
    const opposite = BigInt(`0x${system.member('a').position}`) + 2n ** 159n;
    const distance = BigInt(`0x${system.member('n').position}`) - (opposite % 2n ** 160n);
    assert.ok(distance === 0n || distance === 1n, `${going}: ${system.member('n').position}`);
  }
});

test('[S3] entries of before, and members without zones, go by the arcs between all', () => {
  const founders = ['a', 'b', 'c'].map((id) => details(id, { zone: id }));
  const before = foundedSystem(founders);
  before.must({ type: 'register', member: details('d', { zone: 'a' }) });
  const without = foundedSystem(['a', 'b', 'c']);
  without.must({ type: 'register', member: details('d'), arcsOf: 'zone' });
  assert.equal(before.member('d').position, without.member('d').position);
});

test('[S1] founders of one zone stand apart on the ring', () => {
  const zones = { a: 'x', b: 'x', c: 'y', d: 'y', e: 'z', f: 'z' };
  const system = foundedSystem(Object.entries(zones).map(([id, zone]) => details(id, { zone })));
  for (const [one, other] of [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ] as const) {
    const distance =
      BigInt(`0x${system.member(other).position}`) - BigInt(`0x${system.member(one).position}`);
    assert.ok(distance - 2n ** 159n < 2n ** 16n && distance >= 2n ** 159n - 2n ** 16n, `${one}, ${other}`);
  }
});

test('[S3] a fixed position is kept, and refused when it is taken', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const position = '42'.padEnd(40, '7');
  system.must({ type: 'register', member: details('e'), position });
  assert.equal(system.member('e').position, position);
  assert.equal(system.code({ type: 'register', member: details('f'), position }), 'PositionTaken');
  assert.equal(system.code({ type: 'register', member: details('f'), position: 'zz' }), 'Invalid');
});

test('[S3] weight gives as many positions, all different', () => {
  const system = foundedSystem([details('a', { weight: 2 }), 'b', 'c']);
  system.must({ type: 'register', member: details('e', { weight: 3 }) });
  assert.equal(system.member('a').morePositions.length, 1);
  assert.equal(system.member('e').morePositions.length, 2);
  const points = system.state().members.flatMap((m) => [m.position, ...m.morePositions]);
  assert.equal(new Set(points).size, 7);
  assert.equal(system.code({ type: 'register', member: details('f', { weight: 0 }) }), 'Invalid');
});

test('[S4] who replaces takes the place of the old identity, which is out at once', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const place = system.member('c').position;
  const { effects } = system.must({ type: 'register', member: details('n'), replaces: 'c' });
  assert.deepEqual(effects[0], { effect: 'memberOut', member: 'c' });
  assert.equal(system.member('c').outReason, 'replaced');
  assert.equal(system.member('n').position, place);
  assert.equal(system.code({ type: 'register', member: details('m'), replaces: 'forgotten' }), 'ok');
  retarget(system);
  assert.ok(system.state().partitions.every(({ target }) => !target.includes('c')));
  assert.ok(system.state().partitions.some(({ target }) => target.includes('n')));
});

test('[S4] a member that was out comes back as up, at a position of its own, and is used', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.must({ type: 'declareDown', member: 'd', incarnation: 1 });
  system.must({ type: 'declareOut', member: 'd', incarnation: 1 });
  system.must({ type: 'register', member: details('e'), position: system.member('d').position });
  retarget(system);
  assert.equal(system.member('d').excludedSince, 2);
  system.must({ type: 'register', member: details('d', { incarnation: 2 }) });
  const back = system.member('d');
  assert.equal(back.state, 'up');
  assert.equal(back.outReason, undefined);
  assert.equal(back.excludedSince, undefined);
  assert.notEqual(back.position, system.member('e').position);
  retarget(system);
  assert.ok(system.state().partitions.some(({ target }) => target.includes('d')));
});

test('[S5] a verdict on an earlier start is stale; out needs down first; up takes down back', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  assert.equal(system.code({ type: 'declareOut', member: 'b', incarnation: 1 }), 'WrongState');
  assert.equal(system.code({ type: 'declareDown', member: 'b', incarnation: 0 }), 'Stale');
  system.must({ type: 'declareDown', member: 'b', incarnation: 1 });
  assert.equal(system.member('b').state, 'down');
  assert.equal(system.state().placementVersion, 1);
  system.must({ type: 'declareUp', member: 'b', incarnation: 1 });
  assert.equal(system.member('b').state, 'up');
  system.must({ type: 'declareDown', member: 'b', incarnation: 1 });
  system.must({ type: 'declareOut', member: 'b', incarnation: 1 });
  assert.equal(system.state().placementVersion, system.state().version);
  assert.equal(system.code({ type: 'declareUp', member: 'b', incarnation: 1 }), 'WrongState');
});

test('[S10] a report of an older epoch, or of an older term within it, never replaces a newer one', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const say = (epoch: number, term: number, leader: string) =>
    system.must({
      type: 'reportConfigurations',
      reports: [{ partition: 2, configuration: configuration(['a', 'b', 'c'], { epoch, term, leader }) }],
    });
  say(4, 7, 'a');
  say(3, 9, 'b');
  assert.equal(system.partition(2).reported?.leader, 'a');
  say(4, 6, 'b');
  assert.equal(system.partition(2).reported?.leader, 'a');
  say(4, 8, 'c');
  assert.equal(system.partition(2).reported?.leader, 'c');
  const strange = { partition: 99, configuration: configuration(['a']) };
  assert.equal(system.code({ type: 'reportConfigurations', reports: [strange] }), 'ok');
});

test('[S11] loads are kept without a new version, configurations make one', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const loads = [{ id: 'b', usedBytes: 5, capacityBytes: 9 }];
  system.must({ type: 'reportLoads', loads });
  assert.equal(system.state().version, 1);
  assert.equal(system.member('b').usedBytes, 5);
  reportAllSettled(system, MIB);
  const { version } = system.state();
  assert.equal(version, 2);
  const grown = configuration(system.partition(0).target, { bytes: 9 * MIB });
  system.must({ type: 'reportConfigurations', reports: [{ partition: 0, configuration: grown }] });
  assert.equal(system.state().version, version);
  assert.equal(system.partition(0).reported?.bytes, 9 * MIB);
});

test('[S12] a target is refused when it skips a number, is older than the members, or names who may hold nothing', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  const target = (more: object): SystemCommand => ({
    type: 'setTarget',
    generation: 2,
    basedOnVersion: system.state().version,
    system: ['a', 'b', 'c'],
    partitions: [{ partition: 0, members: ['a', 'b', 'd'] }],
    ...more,
  });
  assert.equal(system.code(target({ generation: 3 })), 'Stale');
  assert.equal(system.code(target({ partitions: [{ partition: 0, members: ['a', 'a'] }] })), 'Invalid');
  assert.equal(system.code(target({ partitions: [{ partition: 16, members: ['a'] }] })), 'Invalid');
  assert.equal(system.code(target({ system: ['x'] })), 'Invalid');
  assert.equal(system.code(target({})), 'ok');
  assert.deepEqual(system.partition(0).target, ['a', 'b', 'd']);
  assert.equal(system.partition(0).targetGeneration, 2);
  const planned = target({ generation: 3 });
  system.must({ type: 'beginLeave', member: 'd' });
  assert.equal(system.code(planned), 'Stale');
  assert.equal(system.code(target({ generation: 3 })), 'Invalid', 'd leaves and may get nothing');
});

test('a refused or unknown command changes nothing', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  const before = system.state();
  assert.equal(system.code({ type: 'dance' } as unknown as SystemCommand), 'Invalid');
  assert.equal(system.code({ type: 'beginLeave', member: 'zz' }), 'NoSuchMember');
  assert.equal(system.code({ type: 'beginLeave', member: 'a' }), 'NotEnoughRoom');
  assert.deepEqual(system.state(), before);
});

test('keys of the machine begin at 0x10, so the host may use what is below', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  for (const { key } of everything(system.kv)) assert.ok(key[0]! >= 0x10);
  const kv = new MemoryKv();
  const context = { index: 1, timestampMs: 0, membership: { epoch: 1, voters: ['a'], learners: [] } };
  const outcome = applySystemCommand(kv, context, { type: 'forget', member: 'x' });
  assert.equal(outcome.result.ok, false);
});
