import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-cloudwatch';
import { UNSUPPORTED_OF_ALARM, UNSUPPORTED_OF_COMPOSITE } from './alarm-shapes.ts';
import { CloudWatchFixture } from './testing/cloudwatch-fixture.ts';

const page = readFileSync(new URL('../../../../../docs/reference/cloudwatch.md', import.meta.url), 'utf8');

/** The text under a heading. */
function section(title: string): string {
  const [, text] = page.split(`\n## ${title}\n`);
  assert.ok(text !== undefined, `the page has a section "${title}"`);
  return text.split('\n## ')[0]!;
}

const operations = Object.keys(new CloudWatchFixture().cloudWatch.service.operations).sort();

test('[C33] the page lists the operations that are done', () => {
  const listed = [...section('Done').matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed, operations);
});

test('[C33] the page lists all other operations of the SDK as not done', () => {
  const listed = [...section('Not done').matchAll(/^- (\w+)$/gm)].map((match) => match[1]!);
  const all = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
  assert.deepEqual(listed, all.filter((name) => !operations.includes(name)).sort());
});

test('[C33] the page names what is refused', () => {
  const named = [...section('Refused by name').matchAll(/`(\w+)`/g)].map((match) => match[1]!);
  assert.deepEqual(named, [...UNSUPPORTED_OF_ALARM, ...UNSUPPORTED_OF_COMPOSITE]);
});
