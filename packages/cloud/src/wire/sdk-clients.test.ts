/** What the SDK's own clients send arrives as they sent it, and what a service answers arrives at them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  PutScalingPolicyCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { AwsError, type AwsService, type RequestContext } from '../contract/service.ts';
import { openWire, type WireFixture } from './testing/wire-fixture.ts';

const seen: { operation: string; input: unknown; context: RequestContext }[] = [];
const answers = new Map<string, unknown>();

/** Notes what it is given, and answers what the test has put ready. */
function recording(signingName: string, ...operations: string[]): AwsService {
  const handlers = operations.map((operation) => {
    const handler = (input: never, context: RequestContext): unknown => {
      seen.push({ operation, input, context });
      const answer = answers.get(operation);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return [operation, handler] as const;
  });
  return { signingName, operations: Object.fromEntries(handlers) };
}

function lastInput(): unknown {
  return seen.at(-1)!.input;
}

let wire: WireFixture;

before(async () => {
  wire = await openWire([
    recording('autoscaling', 'DescribeAutoScalingGroups', 'PutScalingPolicy', 'SuspendProcesses'),
    recording('monitoring', 'PutMetricData', 'DescribeAlarms', 'GetMetricData'),
    recording('ec2', 'RunInstances', 'DescribeInstances', 'CreateTags'),
    recording('ssm', 'PutParameter', 'GetParameter'),
  ]);
});

after(() => wire.close());

test('[W1] query: nested lists, maps, numbers and times arrive as they were sent', async () => {
  const client = new AutoScalingClient(wire.client);
  const input = {
    AutoScalingGroupName: 'web & "more" <ä>',
    PolicyName: 'steps',
    PolicyType: 'StepScaling',
    AdjustmentType: 'PercentChangeInCapacity',
    MinAdjustmentMagnitude: 2,
    StepAdjustments: [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10.5, ScalingAdjustment: -10 },
      { MetricIntervalLowerBound: 10.5, ScalingAdjustment: 30 },
    ],
    Enabled: false,
  };
  answers.set('PutScalingPolicy', { PolicyARN: 'arn:aws:x', Alarms: [{ AlarmName: 'a' }] });
  const output = await client.send(new PutScalingPolicyCommand(input));
  assert.deepEqual(lastInput(), input);
  assert.equal(output.PolicyARN, 'arn:aws:x');
  assert.deepEqual(output.Alarms, [{ AlarmName: 'a' }]);
  assert.match(output.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  client.destroy();
});

test('[W1] query: lists of results, empty ones too, and an operation without a result', async () => {
  const client = new AutoScalingClient(wire.client);
  const group = {
    AutoScalingGroupName: 'g',
    MinSize: 1,
    MaxSize: 3,
    DesiredCapacity: 2,
    DefaultCooldown: 300,
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
    HealthCheckType: 'EC2',
    CreatedTime: new Date(1_700_000_000_123),
    Instances: [],
    SuspendedProcesses: [],
    NewInstancesProtectedFromScaleIn: false,
  };
  answers.set('DescribeAutoScalingGroups', { AutoScalingGroups: [group] });
  const output = await client.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [], MaxRecords: 5 }),
  );
  assert.deepEqual(output.AutoScalingGroups, [group]);
  assert.deepEqual(lastInput(), { AutoScalingGroupNames: [], MaxRecords: 5 });
  answers.set('SuspendProcesses', undefined);
  await client.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'g', ScalingProcesses: ['Launch'] }));
  assert.deepEqual(lastInput(), { AutoScalingGroupName: 'g', ScalingProcesses: ['Launch'] });
  client.destroy();
});

test('[W1] ec2query: flat lists, capital names, blobs as text, and answers', async () => {
  const client = new EC2Client(wire.client);
  const input = {
    ImageId: 'ami-1',
    MinCount: 1,
    MaxCount: 2,
    UserData: Buffer.from('#!/bin/bash\necho +/=\n').toString('base64'),
    SecurityGroupIds: ['sg-1', 'sg-2'],
    TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'k', Value: 'v w' }] }],
    LaunchTemplate: { LaunchTemplateName: 'lt', Version: '$Latest' },
    ClientToken: 'token',
    DryRun: false,
  };
  const instance = {
    InstanceId: 'i-1',
    State: { Code: 0, Name: 'pending' },
    LaunchTime: new Date(1_700_000_000_000),
    Tags: [{ Key: 'k', Value: '' }],
    BlockDeviceMappings: [],
  };
  answers.set('RunInstances', { ReservationId: 'r-1', Instances: [instance] });
  const output = await client.send(new RunInstancesCommand(input));
  assert.deepEqual(lastInput(), input);
  assert.deepEqual(output.Instances, [instance]);
  answers.set('DescribeInstances', {
    Reservations: [{ ReservationId: 'r', Instances: [instance] }],
    NextToken: 'n',
  });
  const filters = [{ Name: 'tag:a', Values: ['1', '2'] }];
  const described = await client.send(
    new DescribeInstancesCommand({ InstanceIds: ['i-1'], Filters: filters }),
  );
  assert.deepEqual(lastInput(), { InstanceIds: ['i-1'], Filters: filters });
  assert.deepEqual(described.Reservations?.[0]?.Instances, [instance]);
  assert.equal(described.NextToken, 'n');
  answers.set('CreateTags', undefined);
  await client.send(new CreateTagsCommand({ Resources: ['i-1'], Tags: [{ Key: 'a', Value: 'b' }] }));
  client.destroy();
});

const CLOUDWATCH_CLIENTS = {
  'json 1.0': {},
  cbor: {
    protocol: new AwsSmithyRpcV2CborProtocol({
      defaultNamespace: 'com.amazonaws.cloudwatch',
      errorTypeRegistries: [],
      awsQueryCompatible: true,
    }),
  },
  query: {
    protocol: new AwsQueryProtocol({
      defaultNamespace: 'com.amazonaws.cloudwatch',
      errorTypeRegistries: [],
      xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
      version: '2010-08-01',
    }),
  },
};

for (const [name, settings] of Object.entries(CLOUDWATCH_CLIENTS)) {
  test(`[W1] CloudWatch by ${name}: inputs, outputs and errors`, async () => {
    const client = new CloudWatchClient({
      ...wire.client,
      ...settings,
      requestCompression: { disableRequestCompression: true },
    } as never);
    const input = {
      Namespace: 'App',
      MetricData: [
        {
          MetricName: 'latency',
          Dimensions: [{ Name: 'Host', Value: 'a' }],
          Timestamp: new Date(1_700_000_060_000),
          Value: 12.5,
          Unit: 'Milliseconds' as const,
          StorageResolution: 1,
        },
        { MetricName: 'sizes', Values: [1, 2.25, 3e9], Counts: [1, 1, 2] },
      ],
    };
    await client.send(new PutMetricDataCommand(input));
    assert.deepEqual(lastInput(), input);
    const result = {
      Id: 'm1',
      Label: 'l',
      Timestamps: [new Date(1_700_000_000_000)],
      Values: [0.1],
      StatusCode: 'Complete',
    };
    answers.set('GetMetricData', { MetricDataResults: [result], Messages: [] });
    const data = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(0),
        EndTime: new Date(1_700_000_000_000),
        MetricDataQueries: [{ Id: 'm1', Expression: 'a/b', ReturnData: true }],
      }),
    );
    assert.deepEqual(data.MetricDataResults, [result]);
    answers.set('DescribeAlarms', new AwsError('InvalidNextToken', 'no such token'));
    await assert.rejects(client.send(new DescribeAlarmsCommand({ NextToken: 'x' })), {
      name: 'InvalidNextToken',
      message: 'no such token',
    });
    client.destroy();
  });
}

test('[W1] json 1.1: texts, numbers, and the errors of the model', async () => {
  const client = new SSMClient(wire.client);
  answers.set('PutParameter', { Version: 3, Tier: 'Standard' });
  const input = {
    Name: '/a/b',
    Value: 'zeile\n"ä" \u{1f600}',
    Type: 'SecureString' as const,
    Overwrite: true,
  };
  const output = await client.send(new PutParameterCommand(input));
  assert.deepEqual(lastInput(), input);
  assert.equal(output.Version, 3);
  answers.set('GetParameter', new AwsError('ParameterNotFound', 'there is none'));
  await assert.rejects(client.send(new GetParameterCommand({ Name: '/none' })), {
    name: 'ParameterNotFound',
    message: 'there is none',
  });
  client.destroy();
});

test('[W2] a handler is told who asks, and where', async () => {
  const client = new SSMClient(wire.client);
  answers.set('GetParameter', {});
  const { $metadata } = await client.send(new GetParameterCommand({ Name: 'x' }));
  const { context } = seen.at(-1)!;
  assert.equal(context.accessKeyId, wire.client.credentials.accessKeyId);
  assert.deepEqual([context.accountId, context.region], ['000000000000', 'us-east-1']);
  assert.equal(context.requestId, $metadata.requestId);
  assert.ok(Math.abs(context.nowMs - Date.now()) < 60_000);
  client.destroy();
});
