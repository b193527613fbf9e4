import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-sqs';
import { INERT_ATTRIBUTES } from './queue-attributes.ts';
import { SqsFixture } from './testing/sqs-fixture.ts';

const page = readFileSync(new URL('../../../../../docs/reference/sqs.md', import.meta.url), 'utf8');

/** The text under a heading. */
function section(title: string): string {
  const [, text] = page.split(`\n## ${title}\n`);
  assert.ok(text !== undefined, `the page has a section "${title}"`);
  return text.split('\n## ')[0]!;
}

test('[SQS17] the page lists all operations of the SDK, and all of them are done', async (t) => {
  const { sqs } = await SqsFixture.for(t);
  const listed = [...section('Done').matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed.sort(), Object.keys(sqs.service.operations).sort());
  const all = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
  assert.deepEqual(listed, all.sort());
});

test('[SQS17] the page names the attributes that are inert', () => {
  const named = [...section('Inert').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
  assert.deepEqual(named, [...INERT_ATTRIBUTES]);
});
