import assert from 'node:assert/strict';
import { test } from 'node:test';
import { middleOfMostLoadedArc } from './arc.ts';
import { createDirectory, membersAfter, membersBefore, ownerOf } from './directory.ts';
import { firstUsefulFinger } from './finger-table.ts';
import {
  advance,
  distance,
  formatPosition,
  isBetween,
  isInArc,
  parsePosition,
  positionFromBytes,
  positionFromUpper32,
  RING_SIZE,
  upper32,
} from './position.ts';
import { memberAt } from './testing/index.ts';

test('[R1] between leaves the ends out, wraps, and is the whole ring but its end when both are equal', () => {
  assert.equal(isBetween(10n, 15n, 20n), true);
  assert.equal(isBetween(10n, 10n, 20n), false);
  assert.equal(isBetween(10n, 20n, 20n), false);
  assert.equal(isBetween(20n, 5n, 10n), true);
  assert.equal(isBetween(20n, 25n, 10n), true);
  assert.equal(isBetween(20n, 15n, 10n), false);
  assert.equal(isBetween(7n, 8n, 7n), true);
  assert.equal(isBetween(7n, 7n, 7n), false);
  assert.equal(isInArc(10n, 20n, 20n), true);
  assert.equal(isInArc(10n, 10n, 20n), false);
});

test('[R1] distance and advance go round', () => {
  assert.equal(distance(RING_SIZE - 1n, 4n), 5n);
  assert.equal(advance(RING_SIZE - 1n, 5n), 4n);
  assert.equal(advance(4n, -5n), RING_SIZE - 1n);
});

test('[R1] positions print as 40 digits and parse from nothing else', () => {
  assert.equal(formatPosition(255n), `${'0'.repeat(38)}ff`);
  assert.equal(parsePosition(formatPosition(255n)), 255n);
  for (const bad of ['', 'ff', 'F'.repeat(40), 'g'.repeat(40), 5, null])
    assert.equal(parsePosition(bad), undefined);
  assert.equal(positionFromBytes(new Uint8Array(20).fill(1)), BigInt(`0x${'01'.repeat(20)}`));
});

test('[R1] the upper 32 bits are what the classic door shows', () => {
  assert.equal(upper32(positionFromUpper32(2398713319)), 2398713319);
  assert.equal(upper32(RING_SIZE - 1n), 0xffffffff);
});

test('[R1] a key belongs to the first member at or after it', () => {
  const directory = createDirectory([memberAt('b', 20n), memberAt('a', 10n), memberAt('c', 30n)]);
  assert.equal(ownerOf(directory, 10n)?.id, 'a');
  assert.equal(ownerOf(directory, 11n)?.id, 'b');
  assert.equal(ownerOf(directory, 31n)?.id, 'a');
  assert.deepEqual(
    membersAfter(directory, 20n, 5).map((member) => member.id),
    ['c', 'a'],
  );
  assert.deepEqual(
    membersBefore(directory, 20n, 5).map((member) => member.id),
    ['a', 'c'],
  );
  assert.equal(ownerOf(createDirectory([]), 1n), undefined);
});

test('[R23] the first useful finger lies behind the first successor', () => {
  const self = memberAt('s', 0n);
  assert.equal(firstUsefulFinger(self, memberAt('x', 1n)), 1);
  assert.equal(firstUsefulFinger(self, memberAt('x', 4n)), 3);
  assert.equal(firstUsefulFinger(self, memberAt('x', 5n)), 3);
  assert.equal(firstUsefulFinger(self, memberAt('x', 1n << 159n)), 160);
  assert.equal(firstUsefulFinger(self, undefined), 160);
});

test('[R27] a newcomer stands in the middle of the most loaded arc', () => {
  assert.equal(middleOfMostLoadedArc([]), 0n);
  assert.equal(middleOfMostLoadedArc([{ position: 8n, load: 1 }]), 8n + RING_SIZE / 2n);
  const members = [
    { position: 100n, load: 5 },
    { position: 200n, load: 9 },
    { position: 400n, load: 9 },
  ];
  assert.equal(middleOfMostLoadedArc(members), 300n, 'of two equal loads the longer arc');
  assert.equal(middleOfMostLoadedArc(members.toReversed()), 300n, 'whatever the order');
  const even = [0n, RING_SIZE / 4n, RING_SIZE / 2n, (3n * RING_SIZE) / 4n].map((position) => ({
    position,
    load: 1,
  }));
  assert.equal(middleOfMostLoadedArc(even), (7n * RING_SIZE) / 8n, 'of equal arcs the one that ends first');
  const narrow = [
    { position: 5n, load: 9 },
    { position: 4n, load: 1 },
  ];
  assert.notEqual(middleOfMostLoadedArc(narrow), 4n, 'an arc of one position can not be halved');
});
