import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTemplate } from './check-template.ts';
import { assertTypesDone } from './check-types.ts';
import { parseSource } from './parse-source.ts';
import { parseTemplate } from './parse-template.ts';
import { problemLine, TemplateError } from './problems.ts';
import { RESOURCE_TYPES } from './resource-types/catalogue.ts';
import { plainOf } from './source.ts';

/** What is told about a template, one line a problem. */
function told(text: string): string[] {
  try {
    checkTemplate(parseTemplate(text), RESOURCE_TYPES);
    return [];
  } catch (error) {
    assert.ok(error instanceof TemplateError, String(error));
    return error.problems.map((problem) => problemLine('t.yaml', problem));
  }
}

const TOPIC = 'Resources:\n  T:\n    Type: AWS::SNS::Topic\n';

test('[F1] short and long forms, YAML and JSON, give the same tree', () => {
  const short = plainOf(
    parseSource(
      'A: !Ref B\nC: !GetAtt D.E.F\nG: !Sub "x${Y}"\nH: !Join ["-", [a, !Ref B]]\nI: !If [c, 1, !Ref "AWS::NoValue"]',
    ),
  );
  const long = {
    A: { Ref: 'B' },
    C: { 'Fn::GetAtt': ['D', 'E.F'] },
    G: { 'Fn::Sub': 'x${Y}' },
    H: { 'Fn::Join': ['-', ['a', { Ref: 'B' }]] },
    I: { 'Fn::If': ['c', 1, { Ref: 'AWS::NoValue' }] },
  };
  assert.deepEqual(short, long);
  assert.deepEqual(plainOf(parseSource(JSON.stringify(long, undefined, 2))), long);
});

test('[F1] scalars keep the spelling that a number would lose', () => {
  const tree = plainOf(
    parseSource('a: 1.10\nb: 0644\nc: 000000000000\nd: 2010-09-09\ne: 12\nf: yes\ng: 22:22\nh: "7"\ni:'),
  );
  assert.deepEqual(tree, {
    a: '1.10',
    b: '0644',
    c: '000000000000',
    d: '2010-09-09',
    e: 12,
    f: true,
    g: '22:22',
    h: '7',
    i: null,
  });
});

test('[F2] what is not well formed is told with line and column', () => {
  for (const [text, expected] of [
    ['', /^t.yaml:1:1: Template format error: the template is empty/],
    ['- a', /unsupported structure/],
    ['a: [1, 2', /^t.yaml:1:\d+: Template format error: YAML not well-formed/],
    ['a: 1\na: 2', /^t.yaml:2:1: .*unique/],
    ['{"a": 1,}', /JSON not well-formed/],
    ['{"Resources": {"A": {"Type": "AWS::SNS::Topic"}} // no\n}', /JSON not well-formed/],
    ['a: &x 1\nb: *x', /^t.yaml:2:4: b: .*aliases are not allowed/],
    ['a: !Subb x', /^t.yaml:1:\d+: a: .*unknown tag !Subb; did you mean !Sub\?/],
    ['Resources: {}', /At least one Resources member must be defined/],
    ['Resource:\n  A: 1', /Invalid template property or properties \[Resource\]; did you mean Resources\?/],
    [
      'Resources:\n  A:\n    Properties: {}',
      /^t.yaml:2:3: Resources.A: .*Every Resources object must contain a Type member/,
    ],
    ['Resources:\n  a-b:\n    Type: AWS::SNS::Topic', /Resources name a-b is non alphanumeric/],
    [`${TOPIC}    DependOn: X`, /Invalid template resource property 'DependOn'; did you mean DependsOn\?/],
    [`${TOPIC}    DeletionPolicy: Snapshot`, /AWS::SNS::Topic does not support Snapshot/],
    [`${TOPIC}Transform: AWS::Serverless-2016-10-31`, /Transform AWS::Serverless-2016-10-31 is not done/],
    [
      `${TOPIC}Parameters:\n  P:\n    Type: Strin`,
      /^t.yaml:6:11: Parameters.P.Type: .*Unrecognized parameter type: Strin; did you mean String\?/,
    ],
    [`${TOPIC}Outputs:\n  O: 1`, /Output O is malformed/],
    [`AWSTemplateFormatVersion: 2020-01-01\n${TOPIC}`, /the only one is 2010-09-09/],
  ] as const) {
    assert.match(told(text).join('\n'), expected, text);
  }
});

test('[F3] types that are not known come in the words that tools look for', () => {
  assert.deepEqual(told('Resources:\n  A:\n    Type: AWS::SNS::Topik\n  B:\n    Type: AWS::ECS::Cluster'), [
    't.yaml:2:3: Resources.A: Template format error: Unrecognized resource types: [AWS::SNS::Topik]; did you mean AWS::SNS::Topic?',
    't.yaml:4:3: Resources.B: Template format error: Unrecognized resource types: [AWS::ECS::Cluster]; this cloud does not do it',
  ]);
  assert.match(
    told(`${TOPIC}  C:\n    Type: Custom::Picker\n    Version: '1.0'\n    DeletionPolicy: Snapshot`).join(),
    /Resource type Custom::Picker is refused: a custom resource calls a function/,
  );
  assert.match(
    told('Resources:\n  W:\n    Type: AWS::AutoScaling::WarmPool').join(),
    /AWS::AutoScaling::WarmPool is refused: /,
  );
});

test('[F3] behind a condition a type that is not done waits until the condition holds, unless it is misspelt', () => {
  const text = `Parameters:
  Cloud: {Type: String, Default: local}
Conditions:
  OnAws: !Equals [!Ref Cloud, aws]
Resources:
  T:
    Type: AWS::SNS::Topic
  Cluster:
    Type: AWS::ECS::Cluster
    Condition: OnAws
    Properties: {Name: !Ref T}
Outputs:
  Arn: {Value: !GetAtt Cluster.Arn, Condition: OnAws}
`;
  const template = parseTemplate(text);
  assert.deepEqual(told(text), []);
  assertTypesDone(template, RESOURCE_TYPES, ['T']);
  assert.throws(
    () => assertTypesDone(template, RESOURCE_TYPES, ['T', 'Cluster']),
    /Unrecognized resource types: \[AWS::ECS::Cluster\].*Resources.Cluster, line 8, column 3/,
  );
  assert.match(told(text.replace('ECS::Cluster', 'SNS::Topics')).join(), /did you mean AWS::SNS::Topic\?/);
});

const GROUP = `Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: 1
      MaxSiez: 3
      Cooldown: soon
      Tags:
        - {Key: a, Value: b, PropagateAtLaunch: maybe}
`;

test('[F4] unknown properties, wrong types and missing ones are told together, each at its place', () => {
  assert.deepEqual(told(GROUP), [
    't.yaml:5:7: Resources.Group.Properties.MaxSize: Property MaxSize cannot be empty',
    't.yaml:6:7: Resources.Group.Properties.MaxSiez: Encountered unsupported property MaxSiez; did you mean MaxSize?',
    't.yaml:7:7: Resources.Group.Properties.Cooldown: Value of property Cooldown must be an integer, and this is "soon"',
    't.yaml:9:30: Resources.Group.Properties.Tags.0.PropagateAtLaunch: Value of property PropagateAtLaunch must be true or false, and this is "maybe"',
  ]);
});

test('[F4] both branches of a condition are looked at', () => {
  const text = `Conditions:
  Big: !Equals [a, b]
Resources:
  T:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !If [Big, !Ref AWS::NoValue, [x]]
      FifoTopic: !If [Bigg, true, false]
`;
  const lines = told(text).join('\n');
  assert.match(
    lines,
    /T.Properties.DisplayName: Value of property DisplayName must be of type String, and this is a list/,
  );
  assert.match(lines, /Unresolved condition dependency Bigg; did you mean Big\?/);
});

test('[F5] names that lead nowhere are told with the nearest one', () => {
  const text = `Parameters:
  Size: {Type: String, Default: a}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    DependsOn: Topics
    Properties:
      DisplayName: !Sub "\${Sise} \${AWS::StackNam} \${Topic.TopicNme} \${!Literal}"
      TopicName: !GetAtt Tpic.TopicName
      SignatureVersion: !FindInMap [Nope, a, b]
      KmsMasterKeyId: !Foo x
`.replace('!Foo x', '{"Fn::Foo": x}');
  const lines = told(text).join('\n');
  assert.match(lines, /\[Sise\] .*did you mean Size\?/);
  assert.match(lines, /\[AWS::StackNam\] .*did you mean AWS::StackName\?/);
  assert.match(lines, /attribute type TopicNme in Fn::GetAtt; did you mean TopicName\?/);
  assert.match(lines, /references undefined resource Tpic; did you mean Topic\?/);
  assert.match(lines, /Mapping named 'Nope' is not present/);
  assert.match(lines, /Fn::Foo is not done by this cloud/);
  assert.match(lines, /Unresolved resource dependencies \[Topics\].*did you mean Topic\?/);
});

test('[F4] policies stand where they may, with durations', () => {
  const lines = told(
    `${TOPIC}    UpdatePolicy:\n      AutoScalingRollingUpdate: {PauseTime: 5 minutes}\n`,
  ).join('\n');
  assert.match(lines, /UpdatePolicy is not supported by resource type AWS::SNS::Topic/);
  assert.match(lines, /PauseTime must be a duration such as PT5M, and it is "5 minutes"/);
});

test("[F6] CloudFormation's quotas hold", () => {
  const many = Object.fromEntries(
    Array.from({ length: 501 }, (_, index) => [`R${index}`, { Type: 'AWS::SNS::Topic' }]),
  );
  assert.match(
    told(JSON.stringify({ Resources: many })).join(),
    /Number of resources, 501, is greater than maximum allowed, 500/,
  );
  assert.match(told(`Description: ${'x'.repeat(1025)}\n${TOPIC}`).join(), /longer than 1024 bytes/);
});
