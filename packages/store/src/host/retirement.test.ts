import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RaftStatus } from '@crescendo/raft';
import { mayRetire, membershipWord } from './retirement.ts';

const OTHERS = { epoch: 10, voters: ['a', 'b', 'c'], learners: [] };
const EMPTY = { membership: { epoch: 0, voters: [], learners: [] }, term: 4 };

test('[S18] a replica goes on the word of a membership that is not older than its own and does not name it', () => {
  const own = (epoch: number) => ({ membership: { epoch, voters: ['x'], learners: [] }, term: 4 });
  assert.equal(mayRetire('x', own(9), { ...OTHERS, leadsTerm: 0 }), true);
  assert.equal(mayRetire('x', own(10), { ...OTHERS, leadsTerm: 0 }), true);
  assert.equal(mayRetire('x', own(11), { ...OTHERS, leadsTerm: 0 }), false);
  assert.equal(mayRetire('x', own(9), { ...OTHERS, learners: ['x'], leadsTerm: 4 }), false);
});

test('[S18] a learner that is empty as yet is not sent away by members that lag behind the change that called it', () => {
  assert.equal(mayRetire('x', EMPTY, { ...OTHERS, leadsTerm: 0 }), false);
  assert.equal(mayRetire('x', EMPTY, { ...OTHERS, leadsTerm: 3 }), false);
  assert.equal(mayRetire('x', EMPTY, { ...OTHERS, leadsTerm: 4 }), true);
});

test('[S18] a leader whose change is under way does not speak as one', () => {
  const status = {
    role: 'leader',
    term: 4,
    membership: OTHERS,
    membershipIndex: 7,
    commit: 7,
  } as unknown as RaftStatus;
  assert.equal(membershipWord(OTHERS, status).leadsTerm, 4);
  assert.equal(membershipWord(OTHERS, { ...status, role: 'follower' }).leadsTerm, 0);
  const changing = { ...status, membership: { ...OTHERS, epoch: 11 }, membershipIndex: 8 };
  assert.equal(membershipWord(OTHERS, changing).leadsTerm, 0);
});
