import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTemplate } from './check-template.ts';
import { parseTemplate } from './parse-template.ts';
import { RESOURCE_TYPES } from './resource-types/catalogue.ts';
import { plainOf } from './source.ts';

const LOOP = `Transform: [AWS::LanguageExtensions]
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a,b-2"}
  Keep: {Type: String, Default: Retain}
Mappings:
  Sizes: {small: {cores: [x, y]}}
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - Topic&{Name}:
        Type: AWS::SNS::Topic
        DeletionPolicy: !Ref Keep
        Properties:
          TopicName: !Sub "\${AWS::StackName}-\${Name}"
          DisplayName: !Ref Name
          Tags:
            - {Key: other, Value: !GetAtt ["Topic\${Name}", TopicName]}
Outputs:
  Fn::ForEach::Out:
    - Size
    - !FindInMap [Sizes, small, cores]
    - Size\${Size}: {Value: "is \${Size}"}
`;

test('[F13] Fn::ForEach is written out over what a parameter or a mapping gives', () => {
  const { resources, outputs } = parseTemplate(LOOP.replace('a,b-2', 'a,b'));
  assert.deepEqual([...resources.keys()], ['Topica', 'Topicb']);
  assert.equal(resources.get('Topica')!.deletionPolicy, 'Retain');
  assert.deepEqual(plainOf(resources.get('Topicb')!.properties!), {
    TopicName: { 'Fn::Sub': '${AWS::StackName}-b' },
    DisplayName: 'b',
    Tags: [{ Key: 'other', Value: { 'Fn::GetAtt': ['Topicb', 'TopicName'] } }],
  });
  assert.deepEqual(
    [...outputs.values()].map(({ name, value }) => [name, plainOf(value)]),
    [
      ['Sizex', 'is x'],
      ['Sizey', 'is y'],
    ],
  );
});

test('[F13] what is given wins over a default, and &{Name} leaves out what a logical id may not have', () => {
  const { resources } = parseTemplate(LOOP, new Map([['Names', 'c-3']]));
  assert.deepEqual([...resources.keys()], ['Topicc3']);
});

test('[F13] loops stand in loops, in properties too', () => {
  const { resources } = parseTemplate(`Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Zones:
    - Zone
    - [1, 2]
    - Fn::ForEach::Kinds:
        - Kind
        - [q, t]
        - T\${Zone}\${Kind}:
            Type: AWS::SNS::Topic
            Properties:
              Fn::ForEach::P: [Member, [TopicName, DisplayName], {"\${Member}": "\${Kind}-\${Member}"}]
`);
  assert.deepEqual([...resources.keys()], ['T1q', 'T1t', 'T2q', 'T2t']);
  assert.deepEqual(plainOf(resources.get('T2t')!.properties!), {
    TopicName: 't-TopicName',
    DisplayName: 't-DisplayName',
  });
});

test('[F13] a loop that cannot be written out is told with its place', () => {
  const loop = (body: string, transform = 'Transform: AWS::LanguageExtensions\n'): string =>
    `${transform}Parameters:\n  P: {Type: CommaDelimitedList}\nResources:\n  Fn::ForEach::L: ${body}`;
  const one = '{"T${X}": {Type: AWS::SNS::Topic}}';
  for (const [text, expected] of [
    [loop(`[X, [a], ${one}]`, ''), /needs the line "Transform: AWS::LanguageExtensions" .*line 4/],
    [loop('[X, [a]]'), /Fn::ForEach::L needs a list of an identifier, a collection and a map.*line 5/],
    [loop(`[X, [[a]], ${one}]`), /a collection of Fn::ForEach is a list of at most 500 texts/],
    [loop(`[X, [a, a], ${one}]`), /Ta comes twice/],
    [loop(`[X, !If [c, [a], [b]], ${one}]`), /a condition cannot be used where a loop needs its value/],
    [loop(`[X, [a], {Fn::ForEach::M: [X, [b], ${one}]}]`), /identifier X is that of a loop around/],
  ] as const) {
    assert.throws(() => parseTemplate(text), expected, text);
  }
  assert.throws(() => parseTemplate(loop(`[X, !Ref P, ${one}]`), new Map()), /\[P\]/);
});

test('[F13] looked through without its parameters, a loop over one without a default is left out', () => {
  const template = parseTemplate(`Transform: AWS::LanguageExtensions
Parameters:
  P: {Type: CommaDelimitedList}
Resources:
  T: {Type: AWS::SNS::Topic}
  Fn::ForEach::L: [X, !Ref P, {"T\${X}": {Type: AWS::SNS::Topic}}]
`);
  checkTemplate(template, RESOURCE_TYPES);
  assert.deepEqual([...template.resources.keys()], ['T']);
});
