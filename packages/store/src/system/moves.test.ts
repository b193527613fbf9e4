import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasRoom } from './move-room.ts';
import { type MoveInput, planMove } from './moves.ts';

interface Situation {
  readonly voters: string;
  readonly learners?: string;
  readonly target: string;
  readonly self?: string;
  readonly dead?: string;
  readonly incomplete?: string;
  readonly busy?: string;
  readonly generation?: number;
  readonly pending?: boolean;
}

/** Members are single letters. */
function step(situation: Situation): string {
  const input: MoveInput = {
    self: situation.self ?? situation.voters[0]!,
    target: { generation: situation.generation ?? 5, members: [...situation.target] },
    seenGeneration: 5,
    membership: { epoch: 1, voters: [...situation.voters], learners: [...(situation.learners ?? '')] },
    changePending: situation.pending ?? false,
    isLive: (id) => !situation.dead?.includes(id),
    isComplete: (id) => !situation.incomplete?.includes(id),
    hasRoom: (id) => !situation.busy?.includes(id),
  };
  const next = planMove(input);
  if (next.step === 'change') return `${next.change.kind} ${next.change.peer}`;
  return next.step === 'transfer' ? `transfer ${next.to} ${next.reason}` : next.reason;
}

test('[S18] add, wait until it holds all, promote, remove the surplus', () => {
  assert.equal(step({ voters: 'abc', target: 'abd' }), 'addLearner d');
  assert.equal(step({ voters: 'abc', learners: 'd', target: 'abd', incomplete: 'd' }), 'copying');
  assert.equal(step({ voters: 'abc', learners: 'd', target: 'abd' }), 'promote d');
  assert.equal(step({ voters: 'abcd', target: 'abd' }), 'remove c');
  assert.equal(step({ voters: 'abd', target: 'abd' }), 'settled');
});

test('[S18] surplus goes before the next member comes', () => {
  assert.equal(step({ voters: 'abcd', target: 'def' }), 'remove b');
  assert.equal(step({ voters: 'acd', target: 'def' }), 'addLearner e');
});

test('[S18] a leader that must go hands leadership to a live, complete member of the target first', () => {
  assert.equal(step({ voters: 'abcd', target: 'bcd' }), 'transfer b leaving');
  assert.equal(step({ voters: 'abcd', target: 'bcd', dead: 'b' }), 'transfer c leaving');
  assert.equal(step({ voters: 'abcd', target: 'bcd', incomplete: 'b' }), 'transfer c leaving');
  assert.equal(step({ voters: 'abcd', target: 'bcd', self: 'b' }), 'remove a');
});

test('[S18] nobody is removed before there is a replacement, unless the target is smaller', () => {
  assert.equal(step({ voters: 'abc', target: 'abd', dead: 'c' }), 'addLearner d');
  assert.equal(step({ voters: 'abc', target: 'abd', dead: 'cd' }), 'unsafe');
  assert.equal(step({ voters: 'abc', target: 'ab' }), 'remove c');
});

test('[S18] nobody is removed when the rest would have no live majority', () => {
  assert.equal(step({ voters: 'abc', target: 'ab', dead: 'b' }), 'unsafe');
  assert.equal(step({ voters: 'abcd', target: 'abd', dead: 'bd' }), 'unsafe');
  assert.equal(step({ voters: 'abcd', target: 'abd', dead: 'd' }), 'remove c');
});

test('[S18] nobody is removed when some byte could be left on less than a majority', () => {
  assert.equal(step({ voters: 'abcd', target: 'abd', incomplete: 'ab' }), 'unsafe');
  assert.equal(step({ voters: 'abcd', target: 'abd', incomplete: 'a' }), 'remove c');
  assert.equal(step({ voters: 'abcd', target: 'bcd', incomplete: 'bcd' }), 'unsafe');
});

test('[S18] dead surplus goes before live surplus', () => {
  assert.equal(step({ voters: 'abcde', target: 'ade', dead: 'c' }), 'remove c');
});

test('[S18] nobody is promoted who would cost the group its live majority', () => {
  assert.equal(step({ voters: 'ab', learners: 'd', target: 'abd', dead: 'b' }), 'promote d');
  assert.equal(step({ voters: 'abc', learners: 'd', target: 'abd', dead: 'bc' }), 'unsafe');
});

test('[S18] a learner that died does not hold the others up; one that is not wanted goes', () => {
  assert.equal(step({ voters: 'abc', learners: 'd', target: 'ade', dead: 'd' }), 'addLearner e');
  assert.equal(step({ voters: 'abc', learners: 'x', target: 'abd' }), 'remove x');
});

test('[S18] who has no room takes no further part', () => {
  assert.equal(step({ voters: 'abc', target: 'abd', busy: 'd' }), 'busy');
  assert.equal(step({ voters: 'abc', target: 'abd', busy: 'a' }), 'busy');
  assert.equal(step({ voters: 'abc', target: 'ade', busy: 'd' }), 'addLearner e');
});

test('[S18] a settled group goes to its preferred leader when that one is able', () => {
  assert.equal(step({ voters: 'abc', target: 'cab' }), 'transfer c preferred');
  assert.equal(step({ voters: 'abc', target: 'cab', dead: 'c' }), 'settled');
  assert.equal(step({ voters: 'abc', target: 'cab', incomplete: 'c' }), 'settled');
});

test('[S19] an older target than one seen before is ignored, and one change ends before the next begins', () => {
  assert.equal(step({ voters: 'abc', target: 'abd', generation: 4 }), 'staleTarget');
  assert.equal(step({ voters: 'abc', target: 'abd', pending: true }), 'changePending');
});

test('[S18] two moves at once whatever their size, up to sixteen while they are small', () => {
  const mib = 1024 * 1024;
  assert.ok(hasRoom({ count: 1, bytes: 1024 * mib }, 1024 * mib));
  assert.ok(!hasRoom({ count: 2, bytes: 1024 * mib }, mib));
  assert.ok(hasRoom({ count: 7, bytes: 224 * mib }, 32 * mib));
  assert.ok(!hasRoom({ count: 8, bytes: 256 * mib }, mib));
  assert.ok(hasRoom({ count: 15, bytes: 0 }, 0));
  assert.ok(!hasRoom({ count: 16, bytes: 0 }, 0));
});
