import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { realClock } from '@crescendo/node/system';
import type { RunningCloud } from '../../daemon/cloud-options.ts';
import { startCloud } from '../../daemon/start-cloud.ts';
import { SimulatedProvider } from '../../instances/simulated/simulated-provider.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const KEYS = { accessKeyId: 'AKIACLOUDTEST', secretAccessKey: 'a secret' };
const PATIENCE_MS = 60_000;

/** Every type that another service carries out, with the properties that go through to it. */
const TEMPLATE = `
Parameters:
  Type: {Type: String, Default: t3.micro}
Resources:
  Image: {Type: AWS::SSM::Parameter, Properties: {Name: /images/web, Type: String, Value: ami-minimal, Description: d, Tags: {a: b}}}
  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  SubnetA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Net, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs '']}}
  SubnetB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Net, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Select [1, !GetAZs '']}}
  Firewall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Net
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0, Description: all}]
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}]
      Tags: [{Key: a, Value: b}]
  Peers: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Firewall, IpProtocol: tcp, FromPort: 7000, ToPort: 7000, SourceSecurityGroupId: !Ref Firewall}}
  Key: {Type: AWS::EC2::KeyPair, Properties: {KeyName: web, KeyType: ed25519}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      VersionDescription: first
      LaunchTemplateData:
        ImageId: '{{resolve:ssm:/images/web}}'
        InstanceType: !Ref Type
        KeyName: !Ref Key
        SecurityGroupIds: [!Ref Firewall]
        UserData: !Base64 '#!/bin/bash'
        MetadataOptions: {HttpTokens: required, InstanceMetadataTags: enabled}
        BlockDeviceMappings: [{DeviceName: /dev/xvda, Ebs: {VolumeSize: 1, VolumeType: gp3, Encrypted: true, DeleteOnTermination: true}}]
        Monitoring: {Enabled: true}
        TagSpecifications: [{ResourceType: instance, Tags: [{Key: c, Value: d}]}]
    DependsOn: Image
  Single: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-minimal, InstanceType: t3.micro, SubnetId: !Ref SubnetA, SecurityGroupIds: [!Ref Firewall], Tags: [{Key: Name, Value: single}]}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    UpdatePolicy: {AutoScalingRollingUpdate: {MinInstancesInService: 1, MaxBatchSize: 2, SuspendProcesses: [AlarmNotification]}}
    Properties:
      MinSize: '1'
      MaxSize: '3'
      DesiredCapacity: '2'
      Cooldown: '60'
      DefaultInstanceWarmup: 10
      VPCZoneIdentifier: [!Ref SubnetA, !Ref SubnetB]
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      HealthCheckType: EC2
      HealthCheckGracePeriod: 0
      TerminationPolicies: [OldestInstance]
      MetricsCollection: [{Granularity: 1Minute}]
      Tags: [{Key: x, Value: y, PropagateAtLaunch: true}]
  Old: {Type: AWS::AutoScaling::LaunchConfiguration, Properties: {ImageId: ami-minimal, InstanceType: t3.micro, InstanceMonitoring: false}}
  Out: {Type: AWS::AutoScaling::ScalingPolicy, Properties: {AutoScalingGroupName: !Ref Group, PolicyType: StepScaling, AdjustmentType: ChangeInCapacity, MetricAggregationType: Average, StepAdjustments: [{MetricIntervalLowerBound: 0, ScalingAdjustment: 1}]}}
  Track: {Type: AWS::AutoScaling::ScalingPolicy, Properties: {AutoScalingGroupName: !Ref Group, PolicyType: TargetTrackingScaling, TargetTrackingConfiguration: {TargetValue: 50, PredefinedMetricSpecification: {PredefinedMetricType: ASGAverageCPUUtilization}}}}
  Simple: {Type: AWS::AutoScaling::ScalingPolicy, Properties: {AutoScalingGroupName: !Ref Group, AdjustmentType: ChangeInCapacity, ScalingAdjustment: -1, Cooldown: '90'}}
  Hook: {Type: AWS::AutoScaling::LifecycleHook, DependsOn: Group, Properties: {AutoScalingGroupName: !Ref Group, LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING', HeartbeatTimeout: 30, DefaultResult: CONTINUE}}
  Night: {Type: AWS::AutoScaling::ScheduledAction, Properties: {AutoScalingGroupName: !Ref Group, MinSize: 1, MaxSize: 3, Recurrence: '0 3 * * *', TimeZone: Etc/UTC}}
  High:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: busy
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Threshold: 80
      MetricName: CPUUtilization
      Namespace: AWS/EC2
      Period: 60
      Statistic: Average
      TreatMissingData: notBreaching
      Dimensions: [{Name: AutoScalingGroupName, Value: !Ref Group}]
      AlarmActions: [!Ref Out]
      Tags: [{Key: a, Value: b}]
  Either: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: !Sub 'ALARM("\${High}")'}}
  Board: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{"widgets":[]}'}}
Outputs:
  Group: {Value: !Ref Group}
  Alarm: {Value: !GetAtt High.Arn}
  Policy: {Value: !Ref Track}
  Version: {Value: !GetAtt Template.LatestVersionNumber}
`;

interface Bench {
  readonly cloud: RunningCloud;
  readonly client: CloudFormationClient;
  readonly settle: (stackId: string) => Promise<Stack>;
  readonly reasons: (stackId: string) => Promise<string>;
}

async function bench(t: TestContext): Promise<Bench> {
  const folder = temporaryFolder();
  const provider = new SimulatedProvider({ clock: realClock(), bootMs: 20, haltMs: 20 });
  const cloud = await startCloud({
    dataDir: join(folder.path, 'cloud'),
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [KEYS],
    devKeys: false,
    provider,
    log: () => {},
  });
  const client = new CloudFormationClient({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: KEYS,
    maxAttempts: 1,
  });
  t.after(async () => {
    client.destroy();
    await cloud.stop();
    folder.remove();
  });
  const settle = async (StackName: string): Promise<Stack> => {
    for (const endMs = Date.now() + PATIENCE_MS; Date.now() < endMs; await wait(100)) {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
      if (!Stacks![0]!.StackStatus!.endsWith('_IN_PROGRESS')) return Stacks![0]!;
    }
    throw new Error(`${StackName} does not come to rest:\n${await reasons(StackName)}`);
  };
  const reasons = async (StackName: string): Promise<string> => {
    const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName }));
    return StackEvents!
      .map(
        (event) => `${event.LogicalResourceId} ${event.ResourceStatus} ${event.ResourceStatusReason ?? ''}`,
      )
      .join('\n');
  };
  return { cloud, client, settle, reasons };
}

test("[X1] [X7] [X22] with the real services and AWS's own client: made, rolled over, deleted", async (t) => {
  const { cloud, client, settle, reasons } = await bench(t);
  const { StackId } = await client.send(new CreateStackCommand({ StackName: 'web', TemplateBody: TEMPLATE }));
  const made = await settle(StackId!);
  assert.equal(made.StackStatus, 'CREATE_COMPLETE', await reasons(StackId!));
  const outputs = Object.fromEntries(
    made.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  assert.match(outputs['Alarm']!, /^arn:aws:cloudwatch:us-east-1:000000000000:alarm:web-High-/);
  assert.match(outputs['Policy']!, /^arn:aws:autoscaling:.*policyName\/web-Track-/);
  const instances = async (): Promise<string[]> => {
    const { AutoScalingGroups } = await cloud.services.call<{
      AutoScalingGroups: { Instances: { InstanceId: string; LifecycleState: string }[] }[];
    }>('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: [outputs['Group']] });
    return AutoScalingGroups[0]!.Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').map(
      ({ InstanceId }) => InstanceId,
    );
  };
  const before = await instances();
  assert.equal(before.length, 2);
  await cloud.services.call('autoscaling', 'DeleteLifecycleHook', {
    AutoScalingGroupName: outputs['Group'],
    LifecycleHookName: await hookOf(cloud, outputs['Group']!),
  });
  await client.send(
    new UpdateStackCommand({
      StackName: 'web',
      UsePreviousTemplate: true,
      Parameters: [{ ParameterKey: 'Type', ParameterValue: 't3.small' }],
    }),
  );
  const updated = await settle(StackId!);
  assert.equal(updated.StackStatus, 'UPDATE_COMPLETE', await reasons(StackId!));
  const after = await instances();
  assert.equal(after.length, 2);
  assert.deepEqual(
    after.filter((id) => before.includes(id)),
    [],
  );
  await client.send(new DeleteStackCommand({ StackName: 'web' }));
  assert.equal((await settle(StackId!)).StackStatus, 'DELETE_COMPLETE', await reasons(StackId!));
  const { AutoScalingGroups } = await cloud.services.call<{ AutoScalingGroups: unknown[] }>(
    'autoscaling',
    'DescribeAutoScalingGroups',
    {},
  );
  assert.deepEqual(AutoScalingGroups, []);
});

/** The hook would hold every instance that ends for half a minute. */
async function hookOf(cloud: RunningCloud, AutoScalingGroupName: string): Promise<string> {
  const { LifecycleHooks } = await cloud.services.call<{ LifecycleHooks: { LifecycleHookName: string }[] }>(
    'autoscaling',
    'DescribeLifecycleHooks',
    {
      AutoScalingGroupName,
    },
  );
  return LifecycleHooks[0]!.LifecycleHookName;
}
