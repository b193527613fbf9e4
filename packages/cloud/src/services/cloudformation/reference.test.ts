import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-cloudformation';
import { RESOURCE_TYPES } from '../../templates/index.ts';
import { HANDLERS } from './resources/handlers.ts';
import { functionList, resourceTables } from './testing/reference-page.ts';
import { StackBench } from './testing/stack-bench.ts';

const page = readFileSync(
  new URL('../../../../../docs/reference/cloudformation.md', import.meta.url),
  'utf8',
);

/** The text under a heading. */
function section(title: string): string {
  const [, text] = page.split(`\n## ${title}\n`);
  assert.ok(text !== undefined, `the page has a section "${title}"`);
  return text.split('\n## ')[0]!;
}

const operations = Object.keys(new StackBench().service.service.operations).sort();

test('[X24] every type that is not refused has a handler, and every handler a type', () => {
  const done = [...RESOURCE_TYPES.values()]
    .filter(({ refused }) => refused === undefined)
    .map(({ name }) => name);
  assert.deepEqual([...HANDLERS.keys()].sort(), done.sort());
});

test('[X24] the page lists the operations that are done, and all others of the SDK as not done', () => {
  const listed = [...section('Operations').matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed, operations);
  const missing = [...section('Operations that are not done').matchAll(/`(\w+)`/g)].map((match) => match[1]!);
  const all = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
  assert.deepEqual(missing, all.filter((name) => !operations.includes(name)).sort());
});

test('[X24] the page has the functions and the tables of the code', () => {
  assert.ok(section('Templates').includes(functionList()), 'copy what functionList() gives into the page');
  assert.equal(
    section('Resource types').trim(),
    resourceTables(),
    'copy what resourceTables() gives into the page',
  );
});
