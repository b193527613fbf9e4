import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../../contract/service.ts';
import { startedBench } from './testing/stack-bench.ts';

import { TOPICS, WEB } from './testing/web-template.ts';

test('[X9] a deletion takes what needs others first, keeps what is to be kept, and can be tried again', async () => {
  const bench = await startedBench();
  await bench.created(
    'web',
    WEB.replace(
      'Type: AWS::EC2::SecurityGroup\n',
      'Type: AWS::EC2::SecurityGroup\n    DeletionPolicy: Retain\n',
    ),
  );
  const stackId = (await bench.stack('web')).StackId;
  bench.cloud.fault = ({ operation }) =>
    operation === 'DeleteLaunchTemplate' ? new AwsError('InUse', 'it is in use') : undefined;
  await bench.call('DeleteStack', { StackName: 'web' });
  assert.equal(await bench.settle(stackId), 'DELETE_FAILED');
  assert.match((await bench.stack('web')).StackStatusReason!, /failed to delete: \[Template\]/);
  bench.cloud.fault = () => undefined;
  await bench.call('DeleteStack', { StackName: 'web' });
  assert.equal(await bench.settle(stackId), 'DELETE_COMPLETE');
  const story = await bench.story(stackId);
  const at = (event: string): number => story.indexOf(event);
  assert.ok(at('Alarm DELETE_COMPLETE') < at('Policy DELETE_IN_PROGRESS'));
  assert.ok(at('Policy DELETE_COMPLETE') < at('Group DELETE_IN_PROGRESS'));
  assert.ok(at('Group DELETE_COMPLETE') < at('Template DELETE_IN_PROGRESS'));
  assert.ok(at('Firewall DELETE_SKIPPED') > 0);
  assert.deepEqual(
    bench.cloud.inventory().filter((one) => !one.startsWith('ingress')),
    [
      [...bench.cloud.kind('security-group').keys()].map(
        (id) => `security-group ${id.replace(/[0-9A-Z]{12}$/, '#')}`,
      )[0],
    ],
  );
  await assert.rejects(bench.call('DescribeStacks', { StackName: 'web' }), /does not exist/);
});

test('[X9] a resource that cannot be deleted can be retained, and a protected stack stays', async () => {
  const bench = await startedBench();
  const stackId = await bench.created(
    'a',
    'Resources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: x}}',
    { EnableTerminationProtection: true },
  );
  await assert.rejects(bench.call('DeleteStack', { StackName: 'a' }), /TerminationProtection is enabled/);
  await bench.call('UpdateTerminationProtection', { StackName: 'a', EnableTerminationProtection: false });
  await assert.rejects(
    bench.call('DeleteStack', { StackName: 'a', RetainResources: ['P'] }),
    /must be in the DELETE_FAILED state/,
  );
  bench.cloud.fault = ({ operation }) =>
    operation === 'DeleteParameter' ? new AwsError('Nope', 'no') : undefined;
  await bench.call('DeleteStack', { StackName: 'a' });
  assert.equal(await bench.settle(stackId), 'DELETE_FAILED');
  await bench.call('DeleteStack', { StackName: 'a', RetainResources: ['P'] });
  assert.equal(await bench.settle(stackId), 'DELETE_COMPLETE');
  assert.equal(bench.cloud.kind('parameter').size, 1);
});

test('[X10] a stack that is being made can be deleted', async () => {
  const bench = await startedBench();
  bench.cloud.groups.launchesFail = false;
  const stackId = await bench.create('web', WEB);
  await bench.until(() => (bench.cloud.groups.groups.size === 1 ? true : undefined));
  await bench.call('DeleteStack', { StackName: 'web' });
  assert.equal(await bench.settle(stackId), 'DELETE_COMPLETE');
  assert.deepEqual(bench.cloud.inventory(), []);
});

test('[X11] exports and imports: what is used elsewhere neither changes nor goes', async () => {
  const bench = await startedBench();
  const producer = (value: string): string =>
    `Resources:\n  T: {Type: AWS::SNS::Topic}\nOutputs:\n  O: {Value: ${value}, Export: {Name: shared}}`;
  const consumer = 'Resources:\n  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue shared}}';
  await assert.rejects(bench.create('user', consumer), /No export named shared found/);
  await bench.created('maker', producer('one'));
  const userId = await bench.created('user', consumer);
  assert.deepEqual((await bench.call('ListImports', { ExportName: 'shared' }))['Imports'], ['user']);
  assert.equal(((await bench.call('ListExports', {}))['Exports'] as unknown[]).length, 1);
  await assert.rejects(
    bench.call('DeleteStack', { StackName: 'maker' }),
    /Export shared cannot be deleted as it is in use by user/,
  );
  await bench.update('maker', producer('two'));
  assert.equal(await bench.settle('maker'), 'UPDATE_ROLLBACK_COMPLETE');
  assert.match(await bench.reasons('maker'), /Export shared cannot be updated as it is in use by user/);
  const second = await bench.create('rival', producer('x'));
  assert.equal(await bench.settle(second), 'ROLLBACK_COMPLETE');
  await bench.call('DeleteStack', { StackName: 'user' });
  await bench.settle(userId);
  await bench.call('DeleteStack', { StackName: 'maker' });
});

test('[X12] a dynamic reference is resolved when its resource is made, and is no change by itself', async () => {
  const bench = await startedBench();
  await bench.cloud.call('ssm', 'PutParameter', { Name: '/greeting', Value: 'hello' });
  const template =
    'Resources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Name: /p, Type: String, Value: "{{resolve:ssm:/greeting}} you"}}';
  await bench.created('a', template);
  assert.equal(bench.cloud.kind('parameter').get('/p')!['Value'], 'hello you');
  await bench.cloud.call('ssm', 'PutParameter', { Name: '/greeting', Value: 'bye', Overwrite: true });
  await assert.rejects(bench.update('a', template), /No updates are to be performed/);
});

test('[X13] events come newest first, in pages, and no two at the same time', async () => {
  const bench = await startedBench();
  await bench.created('many', TOPICS(Array.from({ length: 60 }, (_, index) => `T${index}`)));
  const first = await bench.call<{ StackEvents: { Timestamp: Date }[]; NextToken: string }>(
    'DescribeStackEvents',
    { StackName: 'many' },
  );
  assert.equal(first.StackEvents.length, 100);
  const times = first.StackEvents.map(({ Timestamp }) => Timestamp.getTime());
  assert.deepEqual(
    times,
    [...new Set(times)].toSorted((one, other) => other - one),
  );
  assert.equal((await bench.story('many')).length, 2 + 60 * 3);
  assert.equal((await bench.story('many')).at(-1), 'many CREATE_COMPLETE');
});

test('[X14] templates are shown, summed up and validated', async () => {
  const bench = await startedBench();
  await bench.created('web', WEB);
  assert.equal((await bench.call('GetTemplate', { StackName: 'web' }))['TemplateBody'], WEB);
  const summary = await bench.call('GetTemplateSummary', { TemplateBody: WEB });
  assert.equal((summary['Parameters'] as unknown[]).length, 3);
  assert.equal((summary['ResourceTypes'] as unknown[]).length, 6);
  assert.equal(
    (await bench.call('ValidateTemplate', { TemplateBody: WEB }))['Description'],
    'a group with its policy',
  );
  await assert.rejects(bench.call('ValidateTemplate', { TemplateBody: 'a: [' }), /YAML not well-formed/);
});

test('[X15] policies are kept for whoever asks', async () => {
  const bench = await startedBench();
  await bench.created('a', TOPICS(['A']));
  await bench.call('SetStackPolicy', { StackName: 'a', StackPolicyBody: '{"Statement":[]}' });
  assert.equal(
    (await bench.call('GetStackPolicy', { StackName: 'a' }))['StackPolicyBody'],
    '{"Statement":[]}',
  );
  await assert.rejects(
    bench.call('SetStackPolicy', { StackName: 'a', StackPolicyBody: '{' }),
    /must be JSON/,
  );
});
