import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { OPERATIONS, STREAM_OPERATIONS } from './operations.ts';

const page = readFileSync(new URL('../../../../../docs/reference/dynamodb.md', import.meta.url), 'utf8');

function listed(section: string): string[] {
  const text = page.split(`\n## ${section}\n`)[1]!.split('\n## ')[0]!;
  return [...text.matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
}

test('[Y2] the page lists the operations that are done', () => {
  assert.deepEqual(listed('Done'), Object.keys(OPERATIONS).sort());
  assert.deepEqual(listed('Streams'), Object.keys(STREAM_OPERATIONS).sort());
});
