import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { AwsError } from '../../contract/service.ts';
import type { FakeCall, Fault } from './testing/fake-cloud.ts';
import { type StackBench, startedBench } from './testing/stack-bench.ts';

const TEMPLATE = (value: string): string => `
Resources:
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: ${value}}}
  Bucket: {Type: AWS::S3::Bucket, DependsOn: Parameter}
  Key: {Type: AWS::EC2::KeyPair, Properties: {KeyName: key}}
  Firewall: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: ${value}, SecurityGroupIngress: [{IpProtocol: tcp, CidrIp: 10.0.0.0/8}]}}
  Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: ${value}, SecurityGroupIds: [!Ref Firewall]}}}
  Single: {Type: AWS::EC2::Instance, DependsOn: Group, Properties: {ImageId: ${value}, KeyName: !Ref Key}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    UpdatePolicy: {AutoScalingRollingUpdate: {MinInstancesInService: 1, MaxBatchSize: 1}}
    Properties:
      MinSize: 2
      MaxSize: 3
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      AvailabilityZones: !GetAZs ''
  Policy: {Type: AWS::AutoScaling::ScalingPolicy, Properties: {AutoScalingGroupName: !Ref Group, AdjustmentType: ChangeInCapacity, ScalingAdjustment: 1}}
  Hook: {Type: AWS::AutoScaling::LifecycleHook, Properties: {AutoScalingGroupName: !Ref Group, LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING'}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: high, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 1, AlarmActions: [!Ref Policy]}
Outputs: {O: {Value: !Ref Group}}
`;

function world(bench: StackBench): unknown {
  const names = (one: string): string => one.replace(/[0-9a-f]{17}/g, '#').replace(/-[0-9a-zA-Z]{12}$/, '-#');
  const groups = [...bench.cloud.groups.groups.keys()].map((name) => bench.cloud.groups.serving(name).length);
  return { inventory: bench.cloud.inventory().map(names), groups };
}

type Deed = 'create' | 'update' | 'delete' | 'failing create' | 'failing update';
const DEEDS: readonly Deed[] = ['create', 'update', 'delete', 'failing create', 'failing update'];
const ENDS: Readonly<Record<Deed, string>> = {
  create: 'CREATE_COMPLETE',
  update: 'UPDATE_COMPLETE',
  delete: 'DELETE_COMPLETE',
  'failing create': 'ROLLBACK_COMPLETE',
  'failing update': 'UPDATE_ROLLBACK_COMPLETE',
};

/** Begins the deed on a fresh bench; `kill` says what happens at the n-th call after that. */
async function begin(
  deed: Deed,
  kill: (number: number) => Fault,
): Promise<{ bench: StackBench; stackId: string; killed: Promise<void>; calls: () => number }> {
  const bench = await startedBench();
  const made =
    deed === 'create' || deed === 'failing create' ? undefined : await bench.created('a', TEMPLATE('one'));
  const start = bench.cloud.calls.length;
  const killed = new Promise<void>((resolve) => {
    bench.cloud.onKill = resolve;
  });
  bench.cloud.fault = (call) => failing(deed, call) ?? kill(call.number - start);
  const stackId = made ?? (await bench.create('a', TEMPLATE('one')));
  if (deed === 'update' || deed === 'failing update') await bench.update('a', TEMPLATE('two'));
  if (deed === 'delete') await bench.call('DeleteStack', { StackName: 'a' });
  return { bench, stackId, killed, calls: () => bench.cloud.calls.length - start };
}

/** Late in the template, when much has to be taken back. */
function failing(deed: Deed, { operation, input }: Pick<FakeCall, 'operation' | 'input'>): Fault {
  const fails =
    (deed === 'failing create' && operation === 'PutLifecycleHook') ||
    (deed === 'failing update' && operation === 'RunInstances' && input['ImageId'] === 'two');
  return fails ? new AwsError('Broken', 'it does not work') : undefined;
}

/** Lets time pass until the kill has come or the stack rests. */
async function untilKilled(bench: StackBench, stackId: string): Promise<void> {
  await bench.until(async () => {
    if (bench.cloud.killed) return true;
    return (await bench.stack(stackId)).StackStatus.endsWith('_IN_PROGRESS') ? undefined : true;
  });
}

async function goOn(bench: StackBench, stackId: string, deed: Deed): Promise<string> {
  bench.restartAfterKill();
  bench.cloud.fault = (call) => failing(deed, call);
  await bench.start();
  return await bench.settle(stackId);
}

for (const deed of DEEDS) {
  test(`[X20] ${deed}: killed at any call, the cloud goes on where it stood`, async () => {
    const smooth = await begin(deed, () => undefined);
    assert.equal(
      await smooth.bench.settle(smooth.stackId),
      ENDS[deed],
      await smooth.bench.reasons(smooth.stackId),
    );
    const expected = world(smooth.bench);
    const start = smooth.bench.cloud.calls.length - smooth.calls();
    let kills = 0;
    for (let number = 0; number < smooth.calls(); number++) {
      // A look changes nothing, so before and after it are the same.
      const looks = /^(?:Describe|Get)/.test(smooth.bench.cloud.calls[start + number]!.operation);
      for (const when of looks ? (['kill-before'] as const) : (['kill-before', 'kill-after'] as const)) {
        const { bench, stackId } = await begin(deed, (at) => (at === number ? when : undefined));
        await untilKilled(bench, stackId);
        const label = `${deed}, ${when} call ${number}: ${bench.cloud.calls.at(-1)?.operation}`;
        if (!bench.cloud.killed) continue;
        kills++;
        assert.equal(
          await goOn(bench, stackId, deed),
          ENDS[deed],
          `${label}\n${await bench.reasons(stackId)}`,
        );
        assert.deepEqual(world(bench), expected, label);
      }
    }
    assert.ok(kills >= 10, `${kills} kills`);
  });
}

test('[X20] killed again and again at random, it still comes to its end', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = seededRandom(seed);
    const deed = random.pick(DEEDS);
    const smooth = await begin(deed, () => undefined);
    await smooth.bench.settle(smooth.stackId);
    const { bench, stackId } = await begin(deed, () => undefined);
    const crash = (): void => {
      bench.cloud.fault = (call) =>
        failing(deed, call) ?? (random.chance(0.1) ? random.pick(['kill-before', 'kill-after']) : undefined);
    };
    crash();
    for (let kills = 0; kills < 40; kills++) {
      await untilKilled(bench, stackId);
      if (!bench.cloud.killed) break;
      bench.restartAfterKill();
      crash();
      await bench.start();
    }
    bench.cloud.fault = (call) => failing(deed, call);
    assert.equal(await bench.settle(stackId), ENDS[deed], `seed ${seed}: ${deed}`);
    assert.deepEqual(world(bench), world(smooth.bench), `seed ${seed}: ${deed}`);
  }
});

test('[X20] what was being made when another resource failed and the cloud was killed is found and deleted', async () => {
  const bench = await startedBench();
  bench.cloud.fault = ({ operation }) => {
    if (operation === 'PutParameter') return new AwsError('Broken', 'it does not work');
    return operation === 'CreateSecurityGroup' ? 'silent' : undefined;
  };
  const stackId = await bench.create(
    'a',
    'Resources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: x}}\n  F: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x}}',
  );
  await bench.until(async () => ((await bench.reasons('a')).includes('it does not work') ? true : undefined));
  assert.equal(bench.cloud.inventory().length, 1);
  bench.restartAfterKill();
  await bench.start();
  assert.equal(await bench.settle(stackId), 'ROLLBACK_COMPLETE');
  assert.deepEqual(bench.cloud.inventory(), []);
});
