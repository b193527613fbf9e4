import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  filesEndingIn,
  isTestCode,
  packageOf,
  placesOf,
  purePackageNames,
  withoutCommentsAndStrings,
} from './source-tree.ts';

const LINE_LIMIT = 400;
const code = filesEndingIn('.ts', '.tsx', '.js', '.mjs');

const IMPURE =
  /\bDate\s*\.\s*now\b|\bMath\s*\.\s*random\b|\bnew\s+Date\s*\(\s*\)|\bperformance\s*\.\s*now\b|\bset(?:Timeout|Interval|Immediate)\s*\(/g;

test('[REPO1] pure packages have no clock, timer or randomness of their own', () => {
  const pure = new Set(purePackageNames());
  assert.ok(pure.size > 0);
  const found = code
    .filter(({ path }) => pure.has(packageOf(path) ?? '') && !isTestCode(path))
    .flatMap(({ path, text }) => placesOf(path, withoutCommentsAndStrings(text), IMPURE));
  assert.deepEqual(found, [], 'take a Clock or a Random from @crescendo/base as an argument');
});

test('[REPO1] the pattern finds what it is meant to find, and leaves comments and strings alone', () => {
  const bad = 'a = Date.now(); b = Math.random(); c = new Date(); d = performance.now();\nsetTimeout(f, 1);';
  assert.equal(placesOf('x', withoutCommentsAndStrings(bad), IMPURE).length, 5);
  const good =
    "// Date.now()\n/* Math.random() */ const a = 'new Date()'; new Date(5); clock.setTimer(1, f);";
  assert.deepEqual(placesOf('x', withoutCommentsAndStrings(good), IMPURE), []);
});

test('[REPO4] no file of code is longer than 400 lines', () => {
  const long = code
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LINE_LIMIT)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
  assert.deepEqual(long, [], 'split the file by subject');
});

test('[REPO5] nothing is left for later', () => {
  const marks = new RegExp(
    `\\b(?:${['TO', 'FIX', 'HA', 'X'].map((a, i) => a + ['DO', 'ME', 'CK', 'XX'][i]).join('|')})\\b`,
    'g',
  );
  const found = [...code, ...filesEndingIn('.md', '.json', '.yml', '.yaml', '.sh', '.py')]
    .filter(({ path }) => path !== 'package-lock.json')
    .flatMap(({ path, text }) => placesOf(path, text, marks));
  assert.deepEqual(found, []);
});

test('[REPO6] there is no default export without a reason beside it', () => {
  const found = code.flatMap(({ path, text }) =>
    placesOf(path, text, /^.*\n\s*export default\b.*$/gm).filter((place) => !place.includes('biome-ignore')),
  );
  assert.deepEqual(found, []);
});
