import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencyGraph } from './dependencies.ts';
import { dynamicReferencesIn, replaceDynamic } from './dynamic-references.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { chooseParameters, type GivenParameter, resolveParameters } from './parameter-values.ts';
import { parseTemplate } from './parse-template.ts';
import { liveResources, NOTHING_MADE, type ResourceLookup, templateScope } from './scope.ts';
import type { Template } from './template.ts';
import { NO_VALUE, UNKNOWN } from './values.ts';

const ENVIRONMENT = {
  accountId: '000000000000',
  region: 'us-east-1',
  stackId: 'arn:stack',
  stackName: 'web',
  notificationArns: [],
};

function scopeOf(
  template: Template,
  given: Record<string, string> = {},
  resources: ResourceLookup = NOTHING_MADE,
): Scope {
  const chosen = chooseParameters(
    template,
    new Map(Object.entries(given).map(([name, value]) => [name, { value }])),
    new Map(),
  );
  const values = resolveParameters(template, chosen, new Map([['/img', 'ami-1']]));
  return templateScope({
    template,
    parameters: new Map([...values].map(([name, { value }]) => [name, value])),
    environment: ENVIRONMENT,
    resources,
    exports: new Map([['shared', 'exported']]),
    zones: () => ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  });
}

const HEAD = `
Parameters:
  Name: {Type: String, Default: n}
  List: {Type: CommaDelimitedList, Default: "a, b,c"}
  Numbers: {Type: "List<Number>", Default: "1,2"}
  Image: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /img}
Mappings:
  M: {us-east-1: {type: t2.micro, list: [x, y]}}
Conditions:
  Same: !Equals [!Ref Name, n]
  Differs: !Not [!Condition Same]
  Both: !And [!Condition Same, !Not [!Condition Differs], !Or [!Condition Differs, !Equals [1, "1"]]]
Resources:
  T: {Type: AWS::SNS::Topic}
Outputs:
  O:
    Value: `;

function valueOfOutput(
  expression: string,
  given: Record<string, string> = {},
  resources?: ResourceLookup,
): unknown {
  const template = parseTemplate(`${HEAD}${expression}\n`);
  return evaluate(template.outputs.get('O')!.value, scopeOf(template, given, resources), 'Outputs.O.Value');
}

test('[F7] every intrinsic function gives what AWS says it gives', () => {
  for (const [expression, expected] of [
    ['!Ref Name', 'n'],
    ['!Ref List', ['a', 'b', 'c']],
    ['!Ref Numbers', ['1', '2']],
    ['!Ref Image', 'ami-1'],
    ['!Ref AWS::Region', 'us-east-1'],
    ['!Sub "${Name}-${AWS::StackName}-${!Name}"', 'n-web-${Name}'],
    ['!Sub ["${A}${Name}", {A: !Ref AWS::AccountId}]', '000000000000n'],
    ['!Join [":", [a, !Ref Name, 1, true]]', 'a:n:1:true'],
    ['!Select [1, !Ref List]', 'b'],
    ['!Select ["0", !GetAZs ""]', 'us-east-1a'],
    ['!Select ["0", {"Fn::GetAZs": null}]', 'us-east-1a'],
    ['!Split ["|", "a|b|"]', ['a', 'b', '']],
    ['!If [Same, yes!, !Ref AWS::NoValue]', 'yes!'],
    ['!If [Differs, yes!, !Ref AWS::NoValue]', NO_VALUE],
    ['[!If [Differs, a, !Ref AWS::NoValue], b]', ['b']],
    ['!If [Both, 1, 2]', 1],
    ['!FindInMap [M, !Ref AWS::Region, type]', 't2.micro'],
    ['!FindInMap [M, !Ref AWS::Region, list]', ['x', 'y']],
    ['!FindInMap [M, elsewhere, type, {DefaultValue: d}]', 'd'],
    ['!Base64 "#!/bin/bash\\n"', 'IyEvYmluL2Jhc2gK'],
    ['!Cidr [10.0.0.0/16, 3, 8]', ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']],
    ['!Select [2, !Cidr [192.168.1.77/24, 4, 5]]', '192.168.1.64/27'],
    ['!ImportValue shared', 'exported'],
    ['!Length [a, b]', 2],
    ['!ToJsonString {a: [1, !Ref Name]}', '{"a":[1,"n"]}'],
    ['!Ref T', UNKNOWN],
    ['!Sub "${T}-${T.TopicName}"', UNKNOWN],
    ['!GetAtt T.TopicName', UNKNOWN],
    ['!Select [0, !Split [",", !Ref T]]', UNKNOWN],
    ['{a: !Ref T, b: !Join ["", [x, !Ref T]]}', { a: UNKNOWN, b: UNKNOWN }],
  ] as const) {
    assert.deepEqual(valueOfOutput(expression), expected, expression);
  }
});

test('[F7] resources that exist are known', () => {
  const resources = { reference: () => 'arn:t', attribute: (_: string, name: string) => `attr ${name}` };
  assert.equal(valueOfOutput('!Sub "${T} ${T.TopicName}"', {}, resources), 'arn:t attr TopicName');
});

test('[F7] functions that are called wrongly say how they are called', () => {
  for (const [expression, expected] of [
    [
      '!Select [7, [a]]',
      /cannot select nonexistent value at index 7 of 1 values \[Outputs.O.Value, line \d+, column \d+\]/,
    ],
    ['!Select [0]', /Fn::Select needs a list of 2 arguments/],
    ['!Join ["", a]', /Fn::Join needs a list, and this is "a"/],
    ['!Join ["", [[a]]]', /must be a string, and this is a list/],
    ['!FindInMap [M, elsewhere, type]', /Unable to get mapping for M::elsewhere::type/],
    ['!ImportValue nobody', /No export named nobody found/],
    ['!Cidr [10.0.0.0/24, 5, 7]', /has room for 2 blocks of 7 bits, and 5 are asked for/],
    ['!Cidr [10.0.0.0, 5, 7]', /no IPv4 block/],
    ['!Sub ["a"]', /Fn::Sub needs a string, or a list of a string and a map/],
    ['!If [Never, 1, 2]', /Unresolved condition dependency Never/],
    ['!Equals [1, 2]', /allowed in the section Conditions/],
    ['!Transform {Name: x}', /Fn::Transform is not done/],
    ['!Base64 {a: 1}', /must be a string, and this is a map/],
  ] as const) {
    assert.throws(() => valueOfOutput(expression), expected, expression);
  }
});

test('[F8] conditions that need each other are named', () => {
  const template = parseTemplate(
    'Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nResources:\n  T: {Type: AWS::SNS::Topic, Condition: A}',
  );
  assert.throws(
    () => liveResources(template, scopeOf(template)),
    /Circular dependency between conditions: A -> B -> A/,
  );
});

function parametersOf(
  declaration: string,
  given: Record<string, GivenParameter>,
  stored: Record<string, string> = {},
): unknown {
  const template = parseTemplate(
    `Parameters:\n  P: ${declaration}\nResources:\n  T: {Type: AWS::SNS::Topic}`,
  );
  const chosen = chooseParameters(template, new Map(Object.entries(given)), new Map([['P', 'before']]));
  return resolveParameters(template, chosen, new Map(Object.entries(stored))).get('P')!.value;
}

test("[F9] parameters are checked, in AWS's words", () => {
  const wrong: readonly (readonly [string, Record<string, GivenParameter>, RegExp])[] = [
    ['{Type: String}', {}, /^TemplateError: Parameters: \[P\] must have values/],
    [
      '{Type: String}',
      { P: { value: 'x' }, Q: { value: 'y' } },
      /Parameters: \[Q\] do not exist in the template/,
    ],
    ['{Type: String, AllowedValues: [a, b]}', { P: { value: 'c' } }, /'P' must be one of AllowedValues/],
    ['{Type: String, AllowedPattern: "[a-z]+"}', { P: { value: 'a1' } }, /'P' must match pattern \[a-z\]\+/],
    [
      '{Type: String, AllowedPattern: "[a-z]+", ConstraintDescription: small letters}',
      { P: { value: '1' } },
      /Parameter P failed to satisfy constraint: small letters/,
    ],
    ['{Type: String, MinLength: 3}', { P: { value: 'ab' } }, /at least 3 characters/],
    ['{Type: String, MaxLength: 3}', { P: { value: 'abcd' } }, /at most 3 characters/],
    ['{Type: Number}', { P: { value: 'x' } }, /must be a number/],
    ['{Type: Number, MinValue: 1}', { P: { value: '0' } }, /not less than 1/],
    ['{Type: Number, MaxValue: 1}', { P: { value: '2' } }, /not greater than 1/],
    ['{Type: "List<Number>"}', { P: { value: '1,x' } }, /must be a number, and it is "x"/],
    ['{Type: "AWS::EC2::Image::Id", NoEcho: true}', { P: { value: 'img' } }, /and it is "\*\*\*\*"/],
    [
      '{Type: "AWS::SSM::Parameter::Value<String>"}',
      { P: { value: '/gone' } },
      /Unable to fetch parameters \[\/gone\]/,
    ],
  ];
  for (const [declaration, given, expected] of wrong)
    assert.throws(() => parametersOf(declaration, given), expected, declaration);
  assert.equal(parametersOf('{Type: String, Default: d}', {}), 'd');
  assert.equal(parametersOf('{Type: String, Default: d}', { P: { usePrevious: true } }), 'before');
  assert.deepEqual(
    parametersOf(
      '{Type: "AWS::SSM::Parameter::Value<List<String>>"}',
      { P: { value: '/l' } },
      { '/l': 'a,b' },
    ),
    ['a', 'b'],
  );
  assert.deepEqual(
    parametersOf('{Type: "List<AWS::EC2::Subnet::Id>"}', { P: { value: 'subnet-1, subnet-2' } }),
    ['subnet-1', 'subnet-2'],
  );
});

function graphOf(resources: string, given: Record<string, string> = {}): Record<string, readonly string[]> {
  const template = parseTemplate(
    `Parameters:\n  On: {Type: String, Default: "no"}\nConditions:\n  C: !Equals [!Ref On, "yes"]\nResources:\n${resources}`,
  );
  const scope = scopeOf(template, given);
  return Object.fromEntries(
    [...dependencyGraph(template, liveResources(template, scope), scope)].map(([name, needs]) => [
      name,
      [...needs].sort(),
    ]),
  );
}

const T = 'Type: AWS::SNS::Topic';

test('[F10] dependencies are explicit and implicit, of the branches that are taken', () => {
  const resources = `  A: {${T}, Condition: C}
  B: {${T}}
  D: {${T}, DependsOn: [B], Properties: {DisplayName: !If [C, !Ref A, !Sub "\${E.TopicName}"]}}
  E: {${T}, Properties: {DisplayName: !GetAtt B.TopicName}}`;
  assert.deepEqual(graphOf(resources), { B: [], D: ['B', 'E'], E: ['B'] });
  assert.deepEqual(graphOf(resources, { On: 'yes' }), { A: [], B: [], D: ['A', 'B'], E: ['B'] });
});

test('[F10] a reference to a resource whose condition does not hold is an error', () => {
  const resources = `  A: {${T}, Condition: C}\n  B: {${T}, Properties: {DisplayName: !Ref A}}`;
  assert.throws(
    () => graphOf(resources),
    /Unresolved resource dependencies \[A\].*\[Resources.B.Properties.DisplayName, line 7/,
  );
});

test('[F11] a circle is told with its way', () => {
  const resources = `  A: {${T}, DependsOn: B}\n  B: {${T}, Properties: {DisplayName: !Ref C2}}\n  C2: {${T}, Properties: {DisplayName: !Sub "\${A}"}}`;
  assert.throws(
    () => graphOf(resources),
    /Circular dependency between resources: \[A, B, C2\] \(A -> B -> C2 -> A\) \[Resources.A, line 6, column 3\]/,
  );
  assert.throws(() => graphOf(`  A: {${T}, Properties: {DisplayName: !Ref A}}`), /\(A -> A\)/);
});

test('[F12] dynamic references are found and replaced wherever they stand', () => {
  const value = { a: ['x {{resolve:ssm:/n:3}} y {{resolve:ssm-secure:k}}'], b: 1 };
  assert.deepEqual(
    dynamicReferencesIn(value).map(({ service, name }) => [service, name]),
    [
      ['ssm', '/n:3'],
      ['ssm-secure', 'k'],
    ],
  );
  const found = new Map([
    ['{{resolve:ssm:/n:3}}', 'v'],
    ['{{resolve:ssm-secure:k}}', 'w'],
  ]);
  assert.deepEqual(replaceDynamic(value, found), { a: ['x v y w'], b: 1 });
});
