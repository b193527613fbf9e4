import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SHAPE_SOURCES } from './shapes/testing/shape-sources.ts';
import { WIRE_ERRORS } from './wire-error.ts';

const page = readFileSync(new URL('../../../../docs/reference/aws-endpoint.md', import.meta.url), 'utf8');

test('[W13] the page lists the codes of every problem in every protocol', () => {
  const rows = [...page.matchAll(/^\| (\w+) \| (\w+) \((\d+)\) \| (\w+) \((\d+)\) \| (\w+) \((\d+)\) \|$/gm)];
  const listed = rows.map(([, problem, query, queryStatus, ec2, ec2Status, json, jsonStatus]) => [
    problem!,
    {
      query: [query!, Number(queryStatus)],
      ec2: [ec2!, Number(ec2Status)],
      json: [json!, Number(jsonStatus)],
    },
  ]);
  assert.deepEqual(Object.fromEntries(listed), WIRE_ERRORS);
});

test('[W13] the page lists the services', () => {
  const services = page.split('\n## Services and protocols\n')[1]!.split('\n## ')[0]!;
  const listed = [...services.matchAll(/^\| [^|]+ \| `([\w.]+)` \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed.sort(), [...Object.keys(SHAPE_SOURCES), 's3'].sort());
});
