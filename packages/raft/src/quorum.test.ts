import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { majority, quorumIndex, tally } from './quorum.ts';

const PEERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** By the meaning of the word: the largest index such that more than half have it or more. */
function countedQuorumIndex(indexes: readonly number[]): number {
  let best = 0;
  for (let index = 0; index <= Math.max(0, ...indexes); index++) {
    if (2 * indexes.filter((own) => own >= index).length > indexes.length) best = index;
  }
  return best;
}

test('[C1] the quorum index is what counting by brute force says, for every group up to four and index up to four', () => {
  for (let size = 0; size <= 4; size++) {
    const voters = PEERS.slice(0, size);
    for (let code = 0; code < 5 ** size; code++) {
      const indexes = voters.map((_, i) => Math.floor(code / 5 ** i) % 5);
      const found = quorumIndex(voters, (peer) => indexes[voters.indexOf(peer)]!);
      assert.equal(found, countedQuorumIndex(indexes), `${indexes}`);
    }
  }
});

test('[C1] and for random groups up to seven', () => {
  const random = seededRandom(7);
  for (let i = 0; i < 2_000; i++) {
    const voters = PEERS.slice(0, 1 + random.int(7));
    const indexes = voters.map(() => random.int(random.pick([3, 100])));
    const found = quorumIndex(voters, (peer) => indexes[voters.indexOf(peer)]!);
    assert.equal(found, countedQuorumIndex(indexes), `${indexes}`);
  }
});

test('[E3] a vote is won or lost exactly when no other answer can change it', () => {
  for (let size = 1; size <= 5; size++) {
    const voters = PEERS.slice(0, size);
    for (let code = 0; code < 3 ** size; code++) {
      const answers = voters.map((_, i) => [undefined, true, false][Math.floor(code / 3 ** i) % 3]);
      const votes = new Map(
        voters.flatMap((peer, i) => (answers[i] === undefined ? [] : [[peer, answers[i]]])),
      );
      const granted = answers.filter((answer) => answer === true).length;
      const open = answers.filter((answer) => answer === undefined).length;
      const expected = 2 * granted > size ? 'won' : 2 * (granted + open) > size ? 'pending' : 'lost';
      assert.equal(tally(voters, votes), expected, `${answers}`);
    }
  }
});

test('[M1] majorities of memberships one voter apart always meet', () => {
  for (let size = 1; size < 7; size++) {
    assert.ok(majority(size) + majority(size + 1) > size + 1);
    assert.ok(2 * majority(size) > size);
  }
});
