import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../../contract/service.ts';
import { startedBench } from './testing/stack-bench.ts';

import { TOPICS, WEB } from './testing/web-template.ts';

test("[X1] a stack is made in the order of its dependencies, with AWS's statuses and events", async () => {
  const bench = await startedBench();
  const stackId = await bench.created('web', WEB, { Tags: [{ Key: 'team', Value: 'a' }] });
  const story = await bench.story(stackId);
  assert.equal(story[0], 'web CREATE_IN_PROGRESS');
  assert.equal(story.at(-1), 'web CREATE_COMPLETE');
  const at = (event: string): number => story.indexOf(event);
  for (const [first, then] of [
    ['Firewall', 'Template'],
    ['Template', 'Group'],
    ['Targets', 'Group'],
    ['Group', 'Policy'],
    ['Policy', 'Alarm'],
  ] as const) {
    assert.ok(at(`${first} CREATE_COMPLETE`) < at(`${then} CREATE_IN_PROGRESS`), `${first} before ${then}`);
  }
  const stack = await bench.stack('web');
  const [name] = [...bench.cloud.groups.groups.keys()];
  assert.deepEqual(
    stack.Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    [
      ['GroupName', name],
      ['Version', '1'],
    ],
  );
  assert.match(name!, /^web-Group-[A-Z0-9]{12}$/);
  assert.equal(bench.cloud.groups.serving(name!).length, 2);
});

test("[X2] tags of the stack and CloudFormation's own reach what can carry them, and the instances", async () => {
  const bench = await startedBench();
  const stackId = await bench.created('web', WEB, { Tags: [{ Key: 'team', Value: 'a' }] });
  const [group] = [...bench.cloud.groups.groups.values()];
  assert.deepEqual(
    group!.tags.map(({ Key, Value, PropagateAtLaunch }) => [Key, Value, PropagateAtLaunch]),
    [
      ['team', 'a', true],
      ['aws:cloudformation:logical-id', 'Group', true],
      ['aws:cloudformation:stack-id', stackId, true],
      ['aws:cloudformation:stack-name', 'web', true],
    ],
  );
});

test('[X3] what has no effect is said in the status of its resource', async () => {
  const bench = await startedBench();
  await bench.created('web', WEB);
  const { StackResources } = await bench.call<{
    StackResources: { LogicalResourceId: string; ResourceStatusReason?: string }[];
  }>('DescribeStackResources', { StackName: 'web' });
  const reasons = Object.fromEntries(
    StackResources.map((one) => [one.LogicalResourceId, one.ResourceStatusReason]),
  );
  assert.equal(reasons['Group'], 'Inert here: TargetGroupARNs.');
  assert.match(reasons['Firewall']!, /^Inert here: rules are kept and shown, and let nothing in or out/);
  assert.match(reasons['Targets']!, /^Inert here: it carries no traffic/);
  assert.equal(reasons['Policy'], undefined);
});

test('[X4] secrets are starred, whoever asks', async () => {
  const bench = await startedBench();
  await bench.created('web', WEB);
  const shown = Object.fromEntries(
    (await bench.stack('web')).Parameters.map((one) => [one.ParameterKey, one.ParameterValue]),
  );
  assert.deepEqual(shown, { Size: '2', Type: 't3.micro', Secret: '****' });
});

test('[X5] requests that cannot be are refused before anything is made', async () => {
  const bench = await startedBench();
  const refused = async (operation: string, input: object, code: string, message: RegExp): Promise<void> => {
    await assert.rejects(bench.call(operation, input), (error) => {
      assert.ok(error instanceof AwsError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  };
  const body = (TemplateBody: string): object => ({ StackName: 'a', TemplateBody });
  await refused(
    'CreateStack',
    body('Resources:\n  A: {Type: AWS::Nope::X}'),
    'ValidationError',
    /Unrecognized resource types: \[AWS::Nope::X\]/,
  );
  await refused(
    'CreateStack',
    body(WEB.replace('MinSize', 'MinSise')),
    'ValidationError',
    /unsupported property MinSise; did you mean MinSize\? \[Resources.Group.Properties.MinSise, line \d+, column 7\]/,
  );
  await refused(
    'CreateStack',
    body(WEB.replace('Type: Number, Default: 2', 'Type: Number')),
    'ValidationError',
    /Parameters: \[Size\] must have values/,
  );
  await refused(
    'CreateStack',
    { ...body(WEB), Parameters: [{ ParameterKey: 'Nope', ParameterValue: '1' }] },
    'ValidationError',
    /Parameters: \[Nope\] do not exist in the template/,
  );
  await refused(
    'CreateStack',
    { ...body(WEB), Parameters: [{ ParameterKey: 'Size', ParameterValue: 'many' }] },
    'ValidationError',
    /must be a number/,
  );
  await refused(
    'CreateStack',
    { StackName: '1a', TemplateBody: WEB },
    'ValidationError',
    /regular expression pattern/,
  );
  await refused('CreateStack', { StackName: 'a' }, 'ValidationError', /Either Template URL or Template Body/);
  await refused('CreateStack', body('x'.repeat(51_201)), 'ValidationError', /less than or equal to 51200/);
  await refused(
    'CreateStack',
    { StackName: 'a', TemplateURL: 'nowhere' },
    'ValidationError',
    /TemplateURL must reference/,
  );
  await refused(
    'CreateStack',
    body('Resources:\n  R: {Type: AWS::IAM::Policy, Properties: {PolicyName: p, PolicyDocument: {}}}'),
    'InsufficientCapabilitiesException',
    /\[CAPABILITY_IAM\]/,
  );
  await refused('DescribeStacks', { StackName: 'a' }, 'ValidationError', /Stack with id a does not exist/);
  await refused('UpdateStack', body(WEB), 'ValidationError', /Stack with id a does not exist/);
  assert.deepEqual(bench.cloud.inventory(), []);
  await bench.created('a', TOPICS(['A']));
  await refused('CreateStack', body(TOPICS(['A'])), 'AlreadyExistsException', /Stack \[a\] already exists/);
  await refused('UpdateStack', body(TOPICS(['A'])), 'ValidationError', /^No updates are to be performed\.$/);
  await refused(
    'CancelUpdateStack',
    { StackName: 'a' },
    'ValidationError',
    /cannot be called from current stack status CREATE_COMPLETE/,
  );
  await refused(
    'SignalResource',
    { StackName: 'a', LogicalResourceId: 'A', UniqueId: 'u', Status: 'SUCCESS' },
    'ValidationError',
    /cannot be signaled/,
  );
});

test('[X5] a request with a token that was used is answered and not repeated', async () => {
  const bench = await startedBench();
  const one = await bench.create('a', TOPICS(['A']), { ClientRequestToken: 't' });
  assert.equal(await bench.create('a', TOPICS(['A']), { ClientRequestToken: 't' }), one);
});

test('[X6] a template may come from a bucket', async () => {
  const bench = await startedBench();
  bench.cloud.buckets.set('templates', new Map([['a/t.json', TOPICS(['A'])]]));
  for (const [index, url] of [
    'http://127.0.0.1:4566/templates/a/t.json',
    'https://templates.s3.us-east-1.amazonaws.com/a/t.json',
    'https://s3.amazonaws.com/templates/a/t.json',
  ].entries()) {
    const { StackId } = await bench.call<{ StackId: string }>('CreateStack', {
      StackName: `s${index}`,
      TemplateURL: url,
    });
    assert.equal(await bench.settle(StackId), 'CREATE_COMPLETE');
  }
  await assert.rejects(
    bench.call('CreateStack', { StackName: 'x', TemplateURL: 's3://templates/none' }),
    /key does not exist: none in bucket templates/,
  );
});

test('[X7] an update changes what differs, in place or by a new resource, and deletes what is gone', async () => {
  const bench = await startedBench();
  await bench.created('web', WEB);
  const oldAlarm = [...bench.cloud.kind('alarm').keys()][0];
  const changed = WEB.replace('Threshold: 80', 'Threshold: 90')
    .replace('GroupDescription: web', 'GroupDescription: other')
    .replace(/ {2}Targets:.*\n/, '')
    .replace(/ {6}TargetGroupARNs.*\n/, '');
  await bench.update('web', changed, {
    Parameters: [
      { ParameterKey: 'Type', ParameterValue: 'm5.large' },
      { ParameterKey: 'Size', UsePreviousValue: true },
    ],
  });
  assert.equal(await bench.settle('web'), 'UPDATE_COMPLETE', await bench.reasons('web'));
  const story = (await bench.story('web')).slice(
    (await bench.story('web')).indexOf('web UPDATE_IN_PROGRESS'),
  );
  assert.deepEqual(
    story.filter((line) => line.startsWith('Firewall')),
    [
      'Firewall UPDATE_IN_PROGRESS',
      'Firewall UPDATE_IN_PROGRESS',
      'Firewall UPDATE_COMPLETE',
      'Firewall DELETE_IN_PROGRESS',
      'Firewall DELETE_COMPLETE',
    ],
  );
  assert.ok(
    story.indexOf('web UPDATE_COMPLETE_CLEANUP_IN_PROGRESS') < story.indexOf('Targets DELETE_IN_PROGRESS'),
  );
  assert.ok(!story.some((line) => line.startsWith('Policy ')), 'what does not change is left alone');
  const [[alarmName, alarm]] = [...bench.cloud.kind('alarm')] as [[string, Record<string, unknown>]];
  assert.deepEqual([alarmName, alarm['Threshold']], [oldAlarm, 90]);
  const [template] = [...bench.cloud.kind('launch-template').values()];
  assert.equal(template!['LatestVersionNumber'], 2);
  assert.equal(bench.cloud.kind('security-group').size, 1);
  assert.equal(
    (await bench.stack('web')).Outputs.find(({ OutputKey }) => OutputKey === 'Version')?.OutputValue,
    '2',
  );
});

test('[X8] a creation that fails takes back what it made, or what the request says', async () => {
  for (const [options, status, left] of [
    [{}, 'ROLLBACK_COMPLETE', 0],
    [{ OnFailure: 'DO_NOTHING' }, 'CREATE_FAILED', 4],
    [{ DisableRollback: true }, 'CREATE_FAILED', 4],
    [{ OnFailure: 'DELETE' }, 'DELETE_COMPLETE', 0],
  ] as const) {
    const bench = await startedBench();
    bench.cloud.fault = ({ operation }) =>
      operation === 'PutScalingPolicy' ? new AwsError('LimitExceeded', 'too many policies') : undefined;
    const stackId = await bench.create('web', WEB, options);
    assert.equal(await bench.settle(stackId), status);
    assert.match(
      await bench.reasons(stackId),
      /too many policies[\s\S]*The following resource\(s\) failed to create: \[Policy\]/,
    );
    assert.equal(bench.cloud.inventory().length, left, bench.cloud.inventory().join('\n'));
  }
});

test('[X8] a name that somebody else has is neither taken nor deleted', async () => {
  const bench = await startedBench();
  await bench.cloud.call('ssm', 'PutParameter', { Name: '/mine', Value: 'before' });
  const stackId = await bench.create(
    'a',
    'Resources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Name: /mine, Type: String, Value: x}}',
  );
  assert.equal(await bench.settle(stackId), 'ROLLBACK_COMPLETE');
  assert.equal(bench.cloud.kind('parameter').get('/mine')!['Value'], 'before');
});
