/** What Auto Scaling and CloudWatch tell queues and topics, in the words of AWS's messages. */
import { randomUUID } from 'node:crypto';
import type { DescribeAlarmsOutput, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { messageOf } from '@crescendo/base';
import type { AutoScalingPorts } from '../services/autoscaling/ports.ts';
import type { AlarmActionEvent } from '../services/cloudwatch/index.ts';
import type { Sns } from '../services/sns/index.ts';
import { sendToQueueArn } from '../services/sqs/index.ts';
import type { ServiceRegistry } from '../wire/service-registry.ts';

/** Messages of Auto Scaling go to queues and topics; there is nothing else here that takes them. */
export function announcer(
  services: ServiceRegistry,
  AccountId: string,
  announce: Sns['announce'],
  tell: (line: string) => void,
): NonNullable<AutoScalingPorts['publish']> {
  return (targetArn, message) => {
    const refused = (why: unknown): void =>
      tell(`the message to ${targetArn} was not sent: ${messageOf(why)}`);
    const whole = { AccountId, RequestId: randomUUID(), ...message };
    if (targetArn.startsWith('arn:aws:sns:'))
      void announce(targetArn, groupSubject(message), whole).catch(refused);
    else if (!sendToQueueArn(services, targetArn, whole, refused))
      refused('only queues and topics of this cloud take messages');
  };
}

const EVENTS: Readonly<Record<string, string>> = {
  'autoscaling:EC2_INSTANCE_LAUNCH': 'launch',
  'autoscaling:EC2_INSTANCE_LAUNCH_ERROR': 'failed launch',
  'autoscaling:EC2_INSTANCE_TERMINATE': 'termination',
  'autoscaling:EC2_INSTANCE_TERMINATE_ERROR': 'failed termination',
  'autoscaling:TEST_NOTIFICATION': 'test notification',
};

function groupSubject(message: Readonly<Record<string, unknown>>): string {
  const { LifecycleTransition: transition, EC2InstanceId: instance, Event: event } = message;
  if (typeof transition === 'string') {
    const action = transition.replace('autoscaling:EC2_INSTANCE_', '');
    return `Auto Scaling:  Lifecycle action '${action}' for instance ${String(instance)} in progress.`;
  }
  const what = EVENTS[String(event)] ?? String(event);
  return `Auto Scaling: ${what} for group "${String(message['AutoScalingGroupName'])}"`;
}

export interface AlarmTellers {
  readonly registry: ServiceRegistry;
  readonly sns: Sns;
  readonly accountId: string;
  readonly region: string;
}

/** Rejects when there is no such topic. */
export async function tellOfAlarm(
  event: AlarmActionEvent,
  topicArn: string,
  { registry, sns, accountId, region }: AlarmTellers,
): Promise<void> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await registry.call<DescribeAlarmsOutput>(
    'monitoring',
    'DescribeAlarms',
    { AlarmNames: [event.alarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  );
  const [metric] = MetricAlarms;
  await sns.announce(topicArn, `${event.state}: "${event.alarmName}" in ${region}`, {
    AlarmName: event.alarmName,
    AlarmDescription: (metric ?? CompositeAlarms[0])?.AlarmDescription ?? null,
    AWSAccountId: accountId,
    AlarmArn: event.alarmArn,
    NewStateValue: event.state,
    NewStateReason: event.reason,
    StateChangeTime: new Date(event.timeMs).toISOString().replace('Z', '+0000'),
    Region: region,
    OldStateValue: event.previousState,
    ...(metric === undefined ? {} : { Trigger: triggerOf(metric) }),
  });
}

/** What the alarm watches. */
function triggerOf(alarm: MetricAlarm): object {
  const common = {
    Period: alarm.Period,
    EvaluationPeriods: alarm.EvaluationPeriods,
    DatapointsToAlarm: alarm.DatapointsToAlarm,
    ComparisonOperator: alarm.ComparisonOperator,
    Threshold: alarm.Threshold,
    TreatMissingData: alarm.TreatMissingData ?? 'missing',
    EvaluateLowSampleCountPercentile: alarm.EvaluateLowSampleCountPercentile ?? '',
  };
  if (alarm.Metrics !== undefined && alarm.Metrics.length > 0) return { ...common, Metrics: alarm.Metrics };
  return {
    MetricName: alarm.MetricName,
    Namespace: alarm.Namespace,
    ...(alarm.ExtendedStatistic === undefined
      ? { StatisticType: 'Statistic', Statistic: alarm.Statistic?.toUpperCase() }
      : { StatisticType: 'ExtendedStatistic', ExtendedStatistic: alarm.ExtendedStatistic }),
    Unit: alarm.Unit ?? null,
    Dimensions: (alarm.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
    ...common,
  };
}
