import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { OPERATIONS } from './operations.ts';

const page = readFileSync(new URL('../../../../../docs/reference/dynamodb.md', import.meta.url), 'utf8');

test('[Y2] the page lists the operations that are done', () => {
  const done = page.split('\n## Done\n')[1]!.split('\n## ')[0]!;
  const listed = [...done.matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed, Object.keys(OPERATIONS).sort());
});
