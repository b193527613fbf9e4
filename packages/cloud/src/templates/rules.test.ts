import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from './parse-template.ts';
import { assertRules } from './rules.ts';
import { NOTHING_MADE, templateScope } from './scope.ts';

function check(rules: string, parameters: Readonly<Record<string, string | readonly string[]>>): void {
  const declared = Object.keys(parameters).map((name) => `  ${name}: {Type: String}\n`);
  const template = parseTemplate(
    `Parameters:\n${declared.join('')}Rules:\n${rules}\nResources:\n  T: {Type: AWS::SNS::Topic}\n`,
  );
  const scope = templateScope({
    template,
    parameters: new Map(Object.entries(parameters)),
    environment: { accountId: '1', region: 'us-east-1', stackId: 's', stackName: 'n', notificationArns: [] },
    resources: NOTHING_MADE,
    exports: new Map(),
    zones: () => [],
  });
  assertRules(template, scope);
}

const SIZES = `  Prod_Size:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - Assert: !Contains [[m5.large, m5.xlarge], !Ref Type]
        AssertDescription: production needs an m5
      - Assert: !EachMemberIn [!Ref Zones, [a, b]]
`;

test('[F14] a rule asserts what parameters must be, where its condition holds', () => {
  check(SIZES, { Stage: 'test', Type: 't3.micro', Zones: ['z'] });
  check(SIZES, { Stage: 'prod', Type: 'm5.large', Zones: ['b', 'a'] });
  assert.throws(
    () => check(SIZES, { Stage: 'prod', Type: 't3.micro', Zones: ['b', 'c'] }),
    /Rule Prod_Size failed: production needs an m5 \[Rules.Prod_Size.Assertions.0, line 9, column \d+\]\nRule Prod_Size failed: the assertion does not hold/,
  );
});

test('[F14] the functions of rules', () => {
  const rule = (text: string): string => `  R: {Assertions: [{Assert: ${text}}]}`;
  for (const [text, holds] of [
    ['!And [!Equals [1, "1"], !Not [!Equals [a, b]]]', true],
    ['!Or [!Equals [a, b], !EachMemberEquals [[x, x], x]]', true],
    ['!EachMemberEquals [[x, y], x]', false],
    ['!Not [!Contains [["1", "2"], !Ref V]]', true],
    ['!Not [!Contains [[1, 9], !Ref V]]', false],
  ] as const) {
    const run = (): void => check(rule(text), { V: '9' });
    if (holds) run();
    else assert.throws(run, /Rule R failed/, text);
  }
});

test('[F14] what a rule says wrongly is told with its place', () => {
  assert.throws(() => check('  R: {}', {}), /Rule R needs a list of Assertions/);
  assert.throws(
    () => check('  R: {Assertions: [{Asert: 1}]}', {}),
    /every assertion of a rule needs an Assert/,
  );
  assert.throws(
    () => check('  R: {Assertions: [{Assert: !ValueOf [V, Name]}]}', { V: '1' }),
    /Fn::ValueOf is not done by this cloud.*Rules.R/,
  );
  assert.throws(() => check('  R: {Assertions: [{Assert: !Not [a, b]}]}', {}), /Fn::Not needs a list of 1 /);
});
