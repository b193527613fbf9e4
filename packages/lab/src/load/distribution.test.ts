import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { parseDistribution } from './distribution.ts';
import { isBadSpec } from './spec-error.ts';

const read = (): string => 'seconds\n1\n2\n9\n';
const DRAWS = 40_000;

function meanSeconds(text: string): number {
  const distribution = parseDistribution(text, 'a time', read);
  const random = seededRandom(3);
  let sum = 0;
  for (let draw = 0; draw < DRAWS; draw++) sum += distribution.draw(random);
  assert.ok(Math.abs(distribution.meanMs - sum / DRAWS) < distribution.meanMs * 0.03 + 1e-9, text);
  return sum / DRAWS / 1_000;
}

test('[LAB2] every kind has the mean that its text says', () => {
  const means = { '12': 12, '250ms': 0.25, '10-19': 14.5, 'exp:12': 12, 'lognormal:12,0.5': 12, 'm.csv': 4 };
  for (const [text, mean] of Object.entries(means))
    assert.ok(Math.abs(meanSeconds(text) - mean) < mean * 0.03, text);
});

test('[LAB2] a uniform time stays within its bounds', () => {
  const { draw } = parseDistribution('10-19', 'a time', read);
  const random = seededRandom(1);
  for (let round = 0; round < 1_000; round++) {
    const ms = draw(random);
    assert.ok(ms >= 10_000 && ms < 19_000);
  }
});

test('[LAB2] what is no distribution is refused with what is allowed', () => {
  for (const text of ['', 'soon', '19-10', '-5', 'exp:', 'lognormal:12', 'normal:3', '1-2-3'])
    assert.throws(() => parseDistribution(text, 'a time', read), isBadSpec, text);
});
