import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { createStsService } from '../sts/index.ts';
import { createSecretBox, createSsmService } from './index.ts';
import { PUBLIC_PARAMETERS } from './public-parameters.ts';

function page(name: string): string {
  return readFileSync(new URL(`../../../../../docs/reference/${name}.md`, import.meta.url), 'utf8');
}

function listedOperations(text: string): string[] {
  const done = text.split('\n## Done\n')[1]!.split('\n## ')[0]!;
  return [...done.matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
}

/** `a{b,c}d` -> `abd`, `acd`. */
function expand(text: string): string[] {
  const match = /^([^{]*)\{([^}]*)\}(.*)$/.exec(text);
  if (match === null) return [text];
  const [, start, choices, rest] = match as unknown as [string, string, string, string];
  return choices.split(',').flatMap((choice) => expand(`${start}${choice}${rest}`));
}

test('[H10] the page lists the operations that are done', () => {
  const { service } = createSsmService({
    records: new MemoryRecords(),
    secrets: createSecretBox(new Uint8Array(32)),
    accountId: '000000000000',
    region: 'us-east-1',
  });
  assert.deepEqual(listedOperations(page('ssm')), Object.keys(service.operations).sort());
  assert.deepEqual(listedOperations(page('sts')), Object.keys(createStsService().service.operations).sort());
});

test('[H10] the page lists the public parameters and their images', () => {
  const rows = [...page('ssm').matchAll(/^\| `(\/aws\/[^`]*)` \| `([^`]*)` \|$/gm)];
  const listed = rows.flatMap(([, name, image]) => expand(name!).map((one) => [one, image!] as const));
  assert.deepEqual(new Map(listed.sort()), new Map([...PUBLIC_PARAMETERS].sort()));
});
