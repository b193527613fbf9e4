import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { realClock } from '@crescendo/node/system';
import { SimulatedProvider } from '../instances/simulated/simulated-provider.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { startCloud } from './start-cloud.ts';

/** A stack whose group, hook and alarm tell one topic, and a queue that hears it. */
const TEMPLATE = `
Resources:
  Heard: {Type: AWS::SQS::Queue}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Heard.Arn}]}
  Mail:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: somebody@example.com}
  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties: {Topics: [!Ref Topic], PolicyDocument: {Statement: []}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {ImageId: ami-minimal, InstanceType: t3.micro}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      AvailabilityZones: !GetAZs ''
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: '1'}
      MinSize: 0
      MaxSize: 1
      NotificationConfigurations: [{TopicARN: !Ref Topic, NotificationTypes: ['autoscaling:EC2_INSTANCE_LAUNCH']}]
      LifecycleHookSpecificationList:
        - {LifecycleHookName: starting, LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', NotificationTargetARN: !Ref Topic, DefaultResult: CONTINUE, HeartbeatTimeout: 30}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {Namespace: N, MetricName: m, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!Ref Topic]}
Outputs:
  Queue: {Value: !Ref Heard}
  Alarm: {Value: !Ref Alarm}
  Group: {Value: !Ref Group}
`;

/** The first answer that is one, asked for every now and then. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    assert.ok(performance.now() < endMs, 'it did not come about');
    await pause(20);
  }
}

test('[O5] alarms, groups and hooks of a stack tell its topic, whose queue hears them in AWS’s words', async (t) => {
  const folder = temporaryFolder();
  const cloud = await startCloud({
    dataDir: join(folder.path, 'cloud'),
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [{ accessKeyId: 'A', secretAccessKey: 'b' }],
    devKeys: false,
    log: () => {},
    provider: new SimulatedProvider({ clock: realClock() }),
  });
  t.after(async () => {
    await cloud.stop();
    folder.remove();
  });
  const { services } = cloud;
  await services.call('cloudformation', 'CreateStack', { StackName: 's', TemplateBody: TEMPLATE });
  const outputs = async (): Promise<Record<string, string> | undefined> => {
    const { Stacks } = await services.call<{
      Stacks: { StackStatus: string; Outputs: { OutputKey: string; OutputValue: string }[] }[];
    }>('cloudformation', 'DescribeStacks', { StackName: 's' });
    const [{ StackStatus, Outputs }] = Stacks as [(typeof Stacks)[number]];
    assert.match(StackStatus, /^CREATE_(IN_PROGRESS|COMPLETE)$/);
    if (StackStatus !== 'CREATE_COMPLETE') return undefined;
    return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  };
  const made = await until(outputs);
  const { Queue: QueueUrl, Alarm: AlarmName, Group: AutoScalingGroupName } = made;
  await services.call('monitoring', 'SetAlarmState', {
    AlarmName,
    StateValue: 'ALARM',
    StateReason: 'a test',
  });
  await services.call('autoscaling', 'SetDesiredCapacity', { AutoScalingGroupName, DesiredCapacity: 1 });
  const heard = new Map<string, Record<string, unknown>>();
  const listen = async (): Promise<true | undefined> => {
    const { Messages = [] } = await services.call<{ Messages?: { Body: string }[] }>(
      'sqs',
      'ReceiveMessage',
      {
        QueueUrl,
        WaitTimeSeconds: 1,
      },
    );
    for (const { Body } of Messages) {
      const { Subject, Message } = JSON.parse(Body) as { Subject: string; Message: string };
      heard.set(
        Subject.replace(/i-[0-9a-f]+/, 'i-1')
          .replace(AutoScalingGroupName!, 'GROUP')
          .replace(AlarmName!, 'ALARM'),
        JSON.parse(Message),
      );
    }
    // The hook goes on only when somebody says so.
    const hook = [...heard.values()].find(({ LifecycleActionToken }) => LifecycleActionToken !== undefined);
    if (hook !== undefined) {
      await services
        .call('autoscaling', 'CompleteLifecycleAction', {
          AutoScalingGroupName,
          LifecycleHookName: hook['LifecycleHookName'],
          LifecycleActionToken: hook['LifecycleActionToken'],
          LifecycleActionResult: 'CONTINUE',
        })
        .catch(() => undefined);
    }
    heard.delete('Auto Scaling: test notification for group "GROUP"');
    return heard.size === 3 ? true : undefined;
  };
  await until(listen);
  assert.deepEqual([...heard.keys()].sort(), [
    'ALARM: "ALARM" in us-east-1',
    "Auto Scaling:  Lifecycle action 'LAUNCHING' for instance i-1 in progress.",
    'Auto Scaling: launch for group "GROUP"',
  ]);
  const alarm = heard.get('ALARM: "ALARM" in us-east-1')!;
  assert.equal(alarm['NewStateReason'], 'a test');
  assert.equal((alarm['Trigger'] as Record<string, unknown>)['MetricName'], 'm');
});
