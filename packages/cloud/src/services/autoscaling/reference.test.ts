import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-auto-scaling';
import { INERT_GROUP_MEMBERS } from './group-input.ts';
import { TestCloud } from './testing/test-cloud.ts';

const page = readFileSync(new URL('../../../../../docs/reference/auto-scaling.md', import.meta.url), 'utf8');

/** The text under a heading. */
function section(title: string): string {
  const [, text] = page.split(`\n## ${title}\n`);
  assert.ok(text !== undefined, `the page has a section "${title}"`);
  return text.split('\n## ')[0]!;
}

const rowsOf = (title: string): string[] =>
  [...section(title).matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);

const operations = Object.keys(new TestCloud().scaling.service.operations).sort();

test('[U17] the page lists the operations that there are', () => {
  assert.deepEqual([...rowsOf('Done'), ...rowsOf('Kept and shown')].sort(), operations);
  for (const title of ['Done', 'Kept and shown']) assert.deepEqual(rowsOf(title), rowsOf(title).toSorted());
});

test('[U17] the page lists all other operations of the SDK as not done', () => {
  const listed = [...section('Not done').matchAll(/^- (\w+)$/gm)].map((match) => match[1]!);
  const all = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
  assert.deepEqual(listed, all.filter((name) => !operations.includes(name)).sort());
});

test('[U17] the page names what is inert', () => {
  const [first] = section('Inert members').trim().split('\n\n');
  assert.deepEqual(
    [...first!.matchAll(/`(\w+)`/g)].map((match) => match[1]!),
    [...INERT_GROUP_MEMBERS],
  );
});
