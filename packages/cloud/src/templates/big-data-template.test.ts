import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertRules,
  checkTemplate,
  NOTHING_MADE,
  parseTemplate,
  RESOURCE_TYPES,
  templateScope,
} from './index.ts';

const TEMPLATE = join(import.meta.dirname, '../../../../examples/wordfreq/template.yaml');

test('[WB4] the template with big data in it is whole in every branch, and asks for the scripts where it needs them', () => {
  const template = parseTemplate(readFileSync(TEMPLATE, 'utf8'));
  checkTemplate(template, RESOURCE_TYPES);
  const check = (BigData: string, ScriptBucket: string) =>
    assertRules(
      template,
      templateScope({
        template,
        parameters: new Map(Object.entries({ BigData, ScriptBucket })),
        environment: {
          accountId: '1',
          region: 'us-east-1',
          stackId: 's',
          stackName: 'n',
          notificationArns: [],
        },
        resources: NOTHING_MADE,
        exports: new Map(),
        zones: () => [],
      }),
    );
  check('none', '');
  check('emr', 'scripts');
  assert.throws(() => check('glue', ''), /name the bucket with the scripts in ScriptBucket/);
  const jobs = [...template.resources.values()].filter(({ type }) => /^AWS::(Glue|EMR)/.test(type));
  assert.ok(jobs.length > 0);
  for (const { logicalId, condition } of jobs)
    assert.ok(condition !== undefined, `${logicalId} would be made without BigData`);
});
