import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { realClock } from '@crescendo/node/system';
import type { RunningCloud } from '../../daemon/cloud-options.ts';
import { startCloud } from '../../daemon/start-cloud.ts';
import { SimulatedProvider } from '../../instances/simulated/simulated-provider.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

async function cloudFor(t: TestContext, speed = 1): Promise<RunningCloud> {
  const folder = temporaryFolder();
  const cloud = await startCloud({
    dataDir: join(folder.path, 'cloud'),
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [{ accessKeyId: 'AKIACLOUDTEST', secretAccessKey: 'a secret' }],
    devKeys: false,
    speed,
    provider: new SimulatedProvider({ clock: realClock(), bootMs: 20, haltMs: 20 }),
    log: () => {},
  });
  t.after(async () => {
    await cloud.stop();
    folder.remove();
  });
  return cloud;
}

function template(properties: object, fifoName?: string): string {
  return JSON.stringify({
    Resources: {
      Dead: { Type: 'AWS::SQS::Queue' },
      Jobs: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          RedrivePolicy: {
            deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] },
            maxReceiveCount: 3,
          },
          ...properties,
        },
      },
      Ordered: {
        Type: 'AWS::SQS::Queue',
        Properties: { FifoQueue: true, ...(fifoName === undefined ? {} : { QueueName: fifoName }) },
      },
      Policy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'Jobs' }],
          PolicyDocument: { Version: '2012-10-17', Statement: [] },
        },
      },
    },
    Outputs: {
      Url: { Value: { Ref: 'Jobs' } },
      Name: { Value: { 'Fn::GetAtt': ['Jobs', 'QueueName'] } },
      Ordered: { Value: { 'Fn::GetAtt': ['Ordered', 'QueueUrl'] } },
    },
  });
}

interface StackList {
  readonly Stacks: readonly {
    readonly StackStatus: string;
    readonly StackStatusReason?: string;
    readonly Outputs?: readonly { readonly OutputKey: string; readonly OutputValue: string }[];
  }[];
}

const TRIES = 1_000;

async function settled(cloud: RunningCloud): Promise<Record<string, string>> {
  let last: unknown;
  for (let i = 0; i < TRIES; i++) {
    const { Stacks } = await cloud.services.call<StackList>('cloudformation', 'DescribeStacks', {});
    const stack = Stacks[0]!;
    last = stack;
    if (stack.StackStatus.endsWith('_COMPLETE') && !stack.StackStatus.includes('ROLLBACK'))
      return Object.fromEntries(
        (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
      );
    if (/FAILED|ROLLBACK/.test(stack.StackStatus)) throw new Error(JSON.stringify(stack));
    await wait(20);
  }
  throw new Error(`the stack does not come to rest: ${JSON.stringify(last)}`);
}

async function attributes(cloud: RunningCloud, QueueUrl: string): Promise<Record<string, string>> {
  const input = { QueueUrl, AttributeNames: ['All'] };
  const answer = await cloud.services.call<{ Attributes: Record<string, string> }>(
    'sqs',
    'GetQueueAttributes',
    input,
  );
  return answer.Attributes;
}

test('[SQS14] a stack makes queues with what belongs to them, changes them, replaces and deletes them', async (t) => {
  const cloud = await cloudFor(t);
  const stack = (operation: string, TemplateBody?: string): Promise<unknown> =>
    cloud.services.call('cloudformation', operation, { StackName: 'q', TemplateBody });
  await stack(
    'CreateStack',
    template({ VisibilityTimeout: 77, DelaySeconds: 5, Tags: [{ Key: 'a', Value: 'b' }] }),
  );
  const first = await settled(cloud);
  assert.match(first['Name']!, /^q-Jobs-/);
  assert.match(first['Ordered']!, /\/q-Ordered-[^/]*\.fifo$/);
  const made = await attributes(cloud, first['Url']!);
  assert.equal(made['VisibilityTimeout'], '77');
  assert.equal(made['DelaySeconds'], '5');
  assert.deepEqual(JSON.parse(made['Policy']!), { Version: '2012-10-17', Statement: [] });
  assert.match(made['RedrivePolicy']!, /"arn:aws:sqs:us-east-1:000000000000:q-Dead-.*"maxReceiveCount":3/);

  await stack('UpdateStack', template({ DelaySeconds: 6 }, 'named.fifo'));
  const second = await settled(cloud);
  assert.equal(second['Url'], first['Url'], 'it is changed in place');
  const changed = await attributes(cloud, first['Url']!);
  assert.equal(changed['VisibilityTimeout'], '30', 'what the template does not say any more is as it was');
  assert.equal(changed['DelaySeconds'], '6');
  assert.match(second['Ordered']!, /\/named\.fifo$/, 'another name is another queue');
  const queues = await cloud.services.call<{ QueueUrls: string[] }>('sqs', 'ListQueues', {});
  assert.equal(queues.QueueUrls.length, 3);

  await stack('DeleteStack');
  let left = queues.QueueUrls;
  for (let i = 0; i < TRIES && left.length > 0; i++) {
    await wait(20);
    left = (await cloud.services.call<{ QueueUrls: string[] }>('sqs', 'ListQueues', {})).QueueUrls;
  }
  assert.deepEqual(left, []);
});

test('[SQS15] an alarm on the length of a queue goes off', async (t) => {
  const cloud = await cloudFor(t, 60);
  const call = <Output = unknown>(service: string, operation: string, input: object): Promise<Output> =>
    cloud.services.call<Output>(service, operation, input);
  const { QueueUrl } = await call<{ QueueUrl: string }>('sqs', 'CreateQueue', { QueueName: 'jobs' });
  await call('sqs', 'SendMessage', { QueueUrl, MessageBody: 'a' });
  await call('monitoring', 'PutMetricAlarm', {
    AlarmName: 'long',
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: 'jobs' }],
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  });
  type Alarms = { readonly MetricAlarms: readonly { readonly StateValue: string }[] };
  let state: string | undefined;
  for (let i = 0; i < TRIES && state !== 'ALARM'; i++) {
    await wait(20);
    state = (await call<Alarms>('monitoring', 'DescribeAlarms', {})).MetricAlarms[0]?.StateValue;
  }
  assert.equal(state, 'ALARM');
});

test("[SQS18] a lifecycle hook's target that is a queue gets its messages", async (t) => {
  const cloud = await cloudFor(t);
  const call = <Output = unknown>(service: string, operation: string, input: object): Promise<Output> =>
    cloud.services.call<Output>(service, operation, input);
  const { QueueUrl } = await call<{ QueueUrl: string }>('sqs', 'CreateQueue', { QueueName: 'hooks' });
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: 'ami-minimal', InstanceType: 't3.nano' },
  });
  await call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'web',
    LaunchTemplate: { LaunchTemplateName: 'web' },
    MinSize: 0,
    MaxSize: 1,
    AvailabilityZones: ['us-east-1a'],
  });
  await call('autoscaling', 'PutLifecycleHook', {
    AutoScalingGroupName: 'web',
    LifecycleHookName: 'hook',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    NotificationTargetARN: 'arn:aws:sqs:us-east-1:000000000000:hooks',
    NotificationMetadata: 'mine',
    RoleARN: 'arn:aws:iam::000000000000:role/r',
  });
  await call('autoscaling', 'SetDesiredCapacity', { AutoScalingGroupName: 'web', DesiredCapacity: 1 });
  const messages: Record<string, unknown>[] = [];
  while (messages.length < 2) {
    const input = { QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 };
    const { Messages } = await call<{ Messages?: { Body: string }[] }>('sqs', 'ReceiveMessage', input);
    assert.ok(Messages !== undefined, 'a message comes within 20 seconds');
    messages.push(...Messages.map(({ Body }) => JSON.parse(Body) as Record<string, unknown>));
  }
  const [trial, told] = messages;
  assert.equal(trial?.['Event'], 'autoscaling:TEST_NOTIFICATION');
  assert.match(String(trial['AutoScalingGroupARN']), /^arn:aws:autoscaling:.*autoScalingGroupName\/web$/);
  assert.deepEqual(Object.keys(told ?? {}).sort(), [
    'AccountId',
    'AutoScalingGroupName',
    'Destination',
    'EC2InstanceId',
    'LifecycleActionToken',
    'LifecycleHookName',
    'LifecycleTransition',
    'NotificationMetadata',
    'Origin',
    'RequestId',
    'Service',
    'Time',
  ]);
  assert.equal(told?.['LifecycleHookName'], 'hook');
});
