import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { compileCounting, WASM } from './compile-counting.ts';

test('[WE1] the compiled machine is what its source compiles to', async () => {
  const fresh = Buffer.from(await compileCounting());
  assert.ok(fresh.equals(await readFile(WASM)), 'the source has changed: npm run wordfreq:wasm');
});
