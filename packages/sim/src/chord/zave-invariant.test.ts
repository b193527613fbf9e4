import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariant } from './zave-invariant.ts';

/** Members at 0, 10, 20, ... with ideal lists of two. */
function idealRing(count: number): { position: bigint; successors: bigint[] }[] {
  const position = (i: number): bigint => BigInt((i % count) * 10);
  return Array.from({ length: count }, (_, i) => ({
    position: position(i),
    successors: [position(i + 1), position(i + 2)],
  }));
}

test('an ideal ring holds and all its members are principals', () => {
  assert.deepEqual(checkInvariant(idealRing(5), 2), { principals: 5, withoutLiveSuccessor: [], holds: true });
});

test('a ring of r members does not hold', () => {
  assert.equal(checkInvariant(idealRing(2), 2).holds, false);
});

test('a member that a list skips is no principal', () => {
  const ring = idealRing(5);
  ring[1]!.successors = [30n, 40n];
  const report = checkInvariant(ring, 2);
  assert.equal(report.principals, 4);
  assert.equal(report.holds, true);
  ring[2]!.successors = [0n, 10n];
  assert.equal(checkInvariant(ring, 2).holds, false, 'two principals are left, three are needed');
});

test('a list that wraps past its owner skips the owner and whoever lies between', () => {
  const ring = idealRing(4);
  ring[0]!.successors = [30n, 20n];
  assert.equal(checkInvariant(ring, 2).principals, 1);
});

test('padding skips nobody, but it is no live entry', () => {
  const ring = idealRing(5);
  ring[0]!.successors = [10n];
  assert.equal(checkInvariant(ring, 2).principals, 5);
  ring[0]!.successors = [11n];
  assert.deepEqual(checkInvariant(ring, 2).withoutLiveSuccessor, [0n]);
});
