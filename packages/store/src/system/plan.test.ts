import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainable, underReplicated } from './capacity.ts';
import type { SystemCommand } from './command.ts';
import { DEFAULT_PLAN_OPTIONS, planSystem, type SuspicionReport, type SystemObservations } from './plan.ts';
import { mergeSystemChanges, readSystemChanges } from './records.ts';
import {
  configuration,
  details,
  foundedSystem,
  MIB,
  reportAllSettled,
  type TestSystem,
} from './testing/cluster.ts';

const { suspicionMs, graceMs } = DEFAULT_PLAN_OPTIONS;

function seen(system: TestSystem, more: Partial<SystemObservations> = {}): SystemObservations {
  const ids = system.state().members.map(({ id }) => id);
  return {
    self: 'a',
    leaderForMs: 3_600_000,
    silentMs: new Map(ids.map((id) => [id, 10])),
    reports: [],
    membership: { epoch: 1, voters: system.system, learners: [] },
    ...more,
  };
}

function report(member: string, reporter: string, silentMs: number, ageMs = 100): SuspicionReport {
  return { member, reporter, silentMs, ageMs };
}

/** The leader hears nothing of these, and neither does `b`. */
function silent(system: TestSystem, ids: string, forMs: number): Partial<SystemObservations> {
  const own = [...ids].map((id) => [id, forMs] as const);
  const reports = [...ids].flatMap((id) => ['b', 'c'].map((reporter) => report(id, reporter, forMs)));
  return { silentMs: new Map([...seen(system).silentMs, ...own]), reports };
}

function plan(system: TestSystem, more: Partial<SystemObservations> = {}): string[] {
  return planSystem(system.state(), seen(system, more), system.nowMs).map(describe);
}

function describe(command: SystemCommand): string {
  return command.type === 'setTarget'
    ? `setTarget ${command.generation}`
    : `${command.type} ${'member' in command ? command.member : ''}`;
}

function down(system: TestSystem, id: string): void {
  system.must({ type: 'declareDown', member: id, incarnation: 1 });
}

test('[S13] a silent member is down when the leader and a neighbour agree, and up when the leader hears it', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  assert.deepEqual(plan(system), []);
  assert.deepEqual(plan(system, silent(system, 'd', suspicionMs - 1)), []);
  assert.deepEqual(plan(system, silent(system, 'd', suspicionMs)), ['declareDown d']);
  down(system, 'd');
  assert.deepEqual(plan(system, silent(system, 'd', suspicionMs)), []);
  assert.deepEqual(plan(system), ['declareUp d']);
});

test('[S13] one witness, an old report, or the word of one who is down is not enough', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  const unwatched = new Map([...seen(system).silentMs].filter(([id]) => id !== 'd'));
  const say = (...reports: SuspicionReport[]) => plan(system, { silentMs: unwatched, reports });
  assert.deepEqual(say(report('d', 'b', 9_000)), []);
  assert.deepEqual(say(report('d', 'b', 9_000), report('d', 'b', 9_500)), []);
  assert.deepEqual(say(report('d', 'b', 9_000), report('d', 'c', 9_000, 60_000)), []);
  assert.deepEqual(say(report('d', 'b', 9_000), report('d', 'c', 9_000)), ['declareDown d']);
  down(system, 'c');
  unwatched.delete('c');
  assert.deepEqual(say(report('d', 'b', 9_000), report('d', 'c', 9_000)), []);
});

test('[S13] the leader having heard a member outweighs its neighbours', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  assert.deepEqual(plan(system, { reports: [report('d', 'b', 90_000), report('d', 'c', 90_000)] }), []);
});

test('[S14] when most members are silent it is we who are cut off: nothing is declared down or out', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd', 'e']);
  const lost = silent(system, 'cde', graceMs * 2);
  const reports = ['c', 'd', 'e'].map((id) => report(id, 'b', graceMs * 2));
  assert.deepEqual(plan(system, { ...lost, reports }), []);
  assert.deepEqual(plan(system, { ...silent(system, 'de', suspicionMs) }), [
    'declareDown d',
    'declareDown e',
  ]);
});

test('[S14] a new leader watches for a while before it judges', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  assert.deepEqual(plan(system, { ...silent(system, 'd', graceMs), leaderForMs: suspicionMs - 1 }), []);
});

test('[S14] out after the grace period, not before, and not by the wall clock', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  down(system, 'd');
  system.nowMs += 10 * graceMs;
  assert.deepEqual(plan(system, silent(system, 'd', graceMs - 1)), []);
  assert.deepEqual(plan(system, silent(system, 'd', graceMs)), ['declareOut d']);
});

test('[S14] nobody is out when fewer than the replication factor would be left', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd', 'e']);
  down(system, 'd');
  down(system, 'e');
  const both = { ...silent(system, 'de', graceMs) };
  assert.deepEqual(plan(system, both), ['declareOut d', 'declareOut e']);
  const three = foundedSystem(['a', 'b', 'c']);
  down(three, 'c');
  const reports = [report('c', 'b', graceMs)];
  const own = new Map([...seen(three).silentMs, ['c', graceMs] as const]);
  assert.deepEqual(plan(three, { silentMs: own, reports }), []);
});

test('[S15] a target follows a change of members once it has settled, and only then', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  system.must({ type: 'register', member: details('d') });
  assert.deepEqual(plan(system), []);
  system.nowMs += DEFAULT_PLAN_OPTIONS.settleMs;
  assert.deepEqual(plan(system), ['setTarget 2']);
  for (const command of planSystem(system.state(), seen(system), system.nowMs)) system.must(command);
  system.nowMs += 10_000;
  assert.deepEqual(plan(system), []);
  assert.ok(system.state().partitions.some(({ target }) => target.includes('d')));
});

test('[S15] data that has grown lopsided is balanced again, not too often', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd', 'e', 'f']);
  const load = (bytes: (target: readonly string[]) => number) => {
    const reports = system.state().partitions.map(({ target }, partition) => ({
      partition,
      configuration: configuration(target, { bytes: bytes(target) }),
    }));
    system.must({ type: 'reportConfigurations', reports });
  };
  load(() => 500 * MIB);
  system.nowMs += DEFAULT_PLAN_OPTIONS.rebalanceIntervalMs;
  assert.deepEqual(plan(system), []);
  load((target) => (target.includes('c') ? 4000 * MIB : 200 * MIB));
  assert.deepEqual(plan(system), ['setTarget 2']);
  system.nowMs -= 1;
  assert.deepEqual(plan(system), []);
});

test('[S7] a drain that is proven complete ends, and a record is dropped in the end', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  system.system = ['a', 'b', 'c'];
  system.must({ type: 'beginLeave', member: 'd' });
  system.nowMs += 60_000;
  for (const command of planSystem(system.state(), seen(system), system.nowMs)) system.must(command);
  assert.deepEqual(plan(system), []);
  reportAllSettled(system);
  assert.deepEqual(plan(system), ['finishLeave d']);
  system.must({ type: 'finishLeave', member: 'd' });
  system.nowMs += DEFAULT_PLAN_OPTIONS.forgetMs + 1;
  assert.deepEqual(plan(system), ['forget d']);
});

test('[S20] one node may go at a time, and none while anything is down, draining or less than whole', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd', 'e']);
  assert.equal(drainable(system.state()).ok, false, 'nobody has reported');
  reportAllSettled(system);
  assert.deepEqual(drainable(system.state()), { ok: true, member: 'e' });
  assert.deepEqual(
    drainable(system.state(), ({ id }) => id < 'c'),
    { ok: true, member: 'b' },
  );
  system.must({ type: 'beginLeave', member: 'e' });
  assert.equal(drainable(system.state()).ok, false, 'one is leaving');
  system.must({ type: 'cancelLeave', member: 'e' });
  down(system, 'a');
  assert.equal(drainable(system.state()).ok, false, 'one is down');
  system.must({ type: 'declareUp', member: 'a', incarnation: 1 });
  const { target } = system.partition(0);
  const partial = configuration(target, { epoch: 2, complete: target.slice(1) });
  system.must({ type: 'reportConfigurations', reports: [{ partition: 0, configuration: partial }] });
  assert.equal(drainable(system.state()).ok, false, 'one copy is not whole');
  const three = foundedSystem(['a', 'b', 'c']);
  reportAllSettled(three);
  assert.match(JSON.stringify(drainable(three.state())), /replication factor is 3/);
});

test('[S21] a copy counts when it is whole and its node runs', () => {
  const system = foundedSystem(['a', 'b', 'c', 'd']);
  assert.equal(underReplicated(system.state()), 16);
  reportAllSettled(system);
  assert.equal(underReplicated(system.state()), 0);
  const held = system.state().partitions.filter(({ target }) => target.includes('d')).length;
  down(system, 'd');
  assert.equal(underReplicated(system.state()), held);
});

test('[S22] a peer that takes in changes has the state, whatever it missed', () => {
  const system = foundedSystem(['a', 'b', 'c']);
  let copy = mergeSystemChanges(undefined, readSystemChanges(system.kv, 0)!);
  assert.deepEqual(copy, system.state());
  system.must({ type: 'register', member: details('d') });
  system.must({ type: 'declareDown', member: 'b', incarnation: 1 });
  const changes = readSystemChanges(system.kv, copy!.version)!;
  assert.equal(changes.whole, false);
  assert.equal(changes.partitions.length, 0);
  copy = mergeSystemChanges(copy, changes);
  assert.deepEqual(copy, system.state());
  assert.equal(readSystemChanges(system.kv, copy!.version), undefined);
  assert.equal(mergeSystemChanges(copy, changes), copy);
  assert.equal(mergeSystemChanges(undefined, changes), undefined);
});
