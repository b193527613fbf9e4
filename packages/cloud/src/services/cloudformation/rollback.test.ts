import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../../contract/service.ts';
import type { FakeCall } from './testing/fake-cloud.ts';
import { type StackBench, startedBench } from './testing/stack-bench.ts';

/** Everything that can happen to a resource at once: kept, changed in place, replaced, added, removed. */
const BEFORE = `
Resources:
  Kept: {Type: AWS::SSM::Parameter, Properties: {Name: /kept, Type: String, Value: a}}
  Changed: {Type: AWS::SSM::Parameter, Properties: {Name: /changed, Type: String, Value: a}}
  Replaced: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, SecurityGroupIngress: [{IpProtocol: tcp, CidrIp: 10.0.0.0/8}]}}
  Follows: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: ami-1, SecurityGroupIds: [!Ref Replaced]}}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {MinSize: 1, MaxSize: 2, LaunchTemplate: {LaunchTemplateId: !Ref Follows, Version: !GetAtt Follows.LatestVersionNumber}, AvailabilityZones: !GetAZs ''}
  Removed: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardName: old, DashboardBody: '{}'}}
Outputs: {O: {Value: !Ref Replaced}}
`;
const AFTER = BEFORE.replace(
  'Name: /changed, Type: String, Value: a',
  'Name: /changed, Type: String, Value: b',
)
  .replace('GroupDescription: a', 'GroupDescription: b')
  .replace(
    / {2}Removed:.*\n/,
    '  Added: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardName: new, DashboardBody: "{}"}, DependsOn: Group}\n',
  );

const CHANGES = (operation: string): boolean => !/^(?:Describe|Get)/.test(operation);

/** What the template meant, whatever names it got: to compare worlds. */
function world(bench: StackBench): unknown {
  const { cloud } = bench;
  const [group] = [...cloud.groups.groups.values()];
  const template = [...cloud.kind('launch-template').values()][0]?.['LaunchTemplateData'] as
    | Record<string, unknown>
    | undefined;
  return {
    inventory: cloud.inventory().map((one) => one.replace(/[0-9a-f]{17}/g, '#')),
    parameters: [...cloud.kind('parameter')].map(([name, one]) => [name, one['Value']]),
    firewalls: [...cloud.kind('security-group').values()].map((one) => one['Description']),
    template: JSON.stringify(template).replace(
      String([...cloud.kind('security-group').keys()][0]),
      'the firewall',
    ),
    group: group && [group.settings['MinSize'], group.suspended],
  };
}

async function prepared(): Promise<{ bench: StackBench; stackId: string }> {
  const bench = await startedBench();
  return { bench, stackId: await bench.created('a', BEFORE) };
}

async function callsOfUpdate(): Promise<number> {
  const { bench } = await prepared();
  const before = bench.cloud.calls.length;
  await bench.update('a', AFTER);
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE', await bench.reasons('a'));
  return bench.cloud.calls.slice(before).filter(({ operation }) => CHANGES(operation)).length;
}

test('[X16] an update that fails at any step goes back to what there was', async () => {
  const { bench: untouched } = await prepared();
  const expected = world(untouched);
  const steps = await callsOfUpdate();
  assert.ok(steps >= 8, `${steps} steps`);
  let rolledBack = 0;
  for (let failing = 0; failing < steps; failing++) {
    const { bench } = await prepared();
    let seen = 0;
    let failed: FakeCall | undefined;
    bench.cloud.fault = (call) => {
      if (!CHANGES(call.operation) || failed !== undefined || seen++ !== failing) return undefined;
      failed = call;
      return new AwsError('Broken', `step ${failing} does not work`);
    };
    await bench.update('a', AFTER);
    const status = await bench.settle('a');
    const label = `step ${failing}: ${failed?.operation}`;
    // The deletions of the cleanup come after the point of no return: what they leave is told.
    if (status === 'UPDATE_COMPLETE') {
      assert.match(failed!.operation, /^(?:Delete|Revoke)/, label);
      continue;
    }
    rolledBack++;
    assert.equal(status, 'UPDATE_ROLLBACK_COMPLETE', label);
    assert.deepEqual(world(bench), expected, label);
    assert.match(await bench.reasons('a'), new RegExp(`step ${failing} does not work`));
    await bench.update('a', AFTER);
    assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE', `${label}, tried again`);
  }
  assert.ok(rolledBack >= 6, `${rolledBack} of ${steps}`);
});

test('[X16] a change that failed although it was carried out is taken back too', async () => {
  for (const failing of ['PutParameter', 'CreateLaunchTemplateVersion', 'UpdateAutoScalingGroup']) {
    const { bench } = await prepared();
    const expected = world(bench);
    let failed = false;
    bench.cloud.fault = ({ operation }) => {
      if (operation !== failing || failed) return undefined;
      failed = true;
      return { late: new AwsError('Broken', 'the answer was lost') };
    };
    await bench.update('a', AFTER.replace('MinSize: 1', 'MinSize: 2'));
    assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE', failing);
    assert.deepEqual(world(bench), expected, failing);
  }
});

test('[X16] an update can be called off', async () => {
  const { bench } = await prepared();
  const expected = world(bench);
  await bench.update('a', AFTER.replace('MinSize: 1', 'MinSize: 2').replace('Value: b', 'Value: c'));
  await bench.call('CancelUpdateStack', { StackName: 'a' });
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE');
  assert.match(await bench.reasons('a'), /User Initiated/);
  assert.deepEqual(world(bench), expected);
});

test('[X17] a rollback that fails can go on, passing over what cannot be brought back', async () => {
  const { bench } = await prepared();
  let stuck = true;
  bench.cloud.fault = ({ operation, input }) => {
    if (operation === 'PutDashboard') return new AwsError('Broken', 'no dashboards today');
    return stuck && operation === 'PutParameter' && input['Value'] === 'a'
      ? new AwsError('Broken', 'it does not go back')
      : undefined;
  };
  await bench.update('a', AFTER);
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_FAILED');
  assert.match((await bench.stack('a')).StackStatusReason!, /failed to update: \[Changed\]/);
  await assert.rejects(bench.update('a', AFTER), /is in UPDATE_ROLLBACK_FAILED state and can not be updated/);
  await assert.rejects(
    bench.call('ContinueUpdateRollback', { StackName: 'a', ResourcesToSkip: ['Kept'] }),
    /\[Kept\] cannot be skipped/,
  );
  await bench.call('ContinueUpdateRollback', { StackName: 'a' });
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_FAILED');
  stuck = false;
  await bench.call('ContinueUpdateRollback', { StackName: 'a' });
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE');
  assert.equal(bench.cloud.kind('parameter').get('/changed')!['Value'], 'a');
});

test('[X17] a resource that is passed over stays as it is', async () => {
  const { bench } = await prepared();
  bench.cloud.fault = ({ operation, input }) =>
    operation === 'PutDashboard' || (operation === 'PutParameter' && input['Value'] === 'a')
      ? new AwsError('Broken', 'no')
      : undefined;
  await bench.update('a', AFTER);
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_FAILED');
  await bench.call('ContinueUpdateRollback', { StackName: 'a', ResourcesToSkip: ['Changed'] });
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE');
  assert.equal(bench.cloud.kind('parameter').get('/changed')!['Value'], 'b');
});

test('[X18] without rollback an update that fails stays where it is and can be gone on with', async () => {
  const { bench } = await prepared();
  bench.cloud.fault = ({ operation }) =>
    operation === 'PutDashboard' ? new AwsError('Broken', 'no') : undefined;
  await bench.update('a', AFTER, { DisableRollback: true });
  assert.equal(await bench.settle('a'), 'UPDATE_FAILED');
  bench.cloud.fault = () => undefined;
  await bench.update('a', AFTER);
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE', await bench.reasons('a'));
  const { bench: straight } = await prepared();
  await straight.update('a', AFTER);
  await straight.settle('a');
  assert.deepEqual(world(bench), world(straight));
});

test('[X19] change sets tell what would happen, and do it', async () => {
  const { bench } = await prepared();
  const { Id } = await bench.call<{ Id: string }>('CreateChangeSet', {
    StackName: 'a',
    ChangeSetName: 'c',
    TemplateBody: AFTER,
  });
  const described = await bench.call<{
    Status: string;
    Changes: { ResourceChange: Record<string, unknown> }[];
  }>('DescribeChangeSet', { ChangeSetName: Id });
  const changes = described.Changes.map(({ ResourceChange: one }) => [
    one['LogicalResourceId'],
    one['Action'],
    one['Replacement'] ?? '-',
  ]);
  assert.deepEqual(changes, [
    ['Changed', 'Modify', 'False'],
    ['Replaced', 'Modify', 'True'],
    ['Follows', 'Modify', 'False'],
    ['Group', 'Modify', 'False'],
    ['Added', 'Add', '-'],
    ['Removed', 'Remove', '-'],
  ]);
  assert.equal(described.Status, 'CREATE_COMPLETE');
  assert.equal((await bench.stack('a')).StackStatus, 'CREATE_COMPLETE');
  await bench.call('ExecuteChangeSet', { StackName: 'a', ChangeSetName: 'c' });
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE');
  await assert.rejects(
    bench.call('ExecuteChangeSet', { ChangeSetName: Id }),
    /cannot be executed in its current execution status/,
  );
});

test('[X19] a change set without changes fails and says so; one that creates makes a stack for review', async () => {
  const { bench } = await prepared();
  await bench.call('CreateChangeSet', { StackName: 'a', ChangeSetName: 'none', TemplateBody: BEFORE });
  const none = await bench.call('DescribeChangeSet', { StackName: 'a', ChangeSetName: 'none' });
  assert.deepEqual([none['Status'], none['ExecutionStatus']], ['FAILED', 'UNAVAILABLE']);
  assert.match(String(none['StatusReason']), /didn't contain changes/);
  for (const _ of ['there', 'deleted already']) {
    await bench.call('DeleteChangeSet', { StackName: 'a', ChangeSetName: 'none' });
  }
  assert.deepEqual((await bench.call('ListChangeSets', { StackName: 'a' }))['Summaries'], []);
  await bench.call('CreateChangeSet', {
    StackName: 'b',
    ChangeSetName: 'first',
    ChangeSetType: 'CREATE',
    TemplateBody: 'Resources:\n  T: {Type: AWS::SNS::Topic}',
  });
  assert.equal((await bench.stack('b')).StackStatus, 'REVIEW_IN_PROGRESS');
  const template = async (more: object) => (await bench.call('GetTemplate', more))['TemplateBody'];
  assert.equal(await template({ StackName: 'b' }), undefined);
  assert.match(String(await template({ StackName: 'b', ChangeSetName: 'first' })), /SNS::Topic/);
  await assert.rejects(template({ StackName: 'a', ChangeSetName: 'first' }), /\[first\] does not exist/);
  await bench.call('ExecuteChangeSet', { StackName: 'b', ChangeSetName: 'first' });
  assert.equal(await bench.settle('b'), 'CREATE_COMPLETE');
});
