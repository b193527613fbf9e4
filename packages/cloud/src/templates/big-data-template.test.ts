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

const TEMPLATE = join(import.meta.dirname, '../../../../examples/wordfreq/bigdata/template.yaml');

test('[WB4] the big data template is whole in every branch, and asks for the scripts where it needs them', () => {
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
  for (const { logicalId, condition } of template.resources.values())
    assert.ok(condition !== undefined, `${logicalId} would be made without BigData`);
});
