import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorsTable, operationsTables } from './reference-pages.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../../../../docs/reference/${name}`, import.meta.url), 'utf8');

test('[E2] docs/reference/s3-errors.md has the table of the code', () => {
  const text = page('s3-errors.md');
  assert.ok(text.includes(`\n${errorsTable()}\n`), 'copy the table that errorsTable() gives into the page');
});

test('[E2] docs/reference/s3-operations.md has the lists of the code', () => {
  const text = page('s3-operations.md');
  for (const [name, table] of Object.entries(operationsTables())) {
    assert.ok(text.includes(`\n${table}\n`), `copy "${name}" of operationsTables() into the page`);
  }
});
