/** The service over records in memory and a clock that stands still. */
import type { ComparisonOperator, PutMetricAlarmCommandInput, StateValue } from '@aws-sdk/client-cloudwatch';
import type { RequestContext } from '../../../contract/service.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { MemoryRecords } from '../../../testing/memory-records.ts';
import {
  type AlarmActionEvent,
  type AlarmActionListener,
  type CloudWatch,
  createCloudWatch,
} from '../index.ts';

export const POLICY =
  'arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:autoScalingGroupName/g:policyName/p';
export const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alarms';
export const MINUTE = 60_000;

export class CloudWatchFixture {
  readonly startMs = Date.UTC(2026, 0, 1, 12);
  readonly clock = new ManualClock(this.startMs);
  readonly events: AlarmActionEvent[] = [];
  /** How actions are carried out. */
  answer: AlarmActionListener = () => {};
  records = new MemoryRecords();
  cloudWatch: CloudWatch;
  readonly #speed: number;

  constructor(speed = 1) {
    this.#speed = speed;
    this.cloudWatch = this.#create(speed);
  }

  async call<Output = Record<string, never>>(
    operation: string,
    input: object = {},
    context: Partial<RequestContext> = {},
  ): Promise<Output> {
    const run = this.cloudWatch.service.operations[operation]!;
    const output = await run(input as never, { ...this.#context(), ...context });
    await this.records.durable();
    return output as Output;
  }

  /** An alarm named `cpu` on App/Load: an average over 5 in one minute. */
  putAlarm(part: Partial<PutMetricAlarmCommandInput> = {}): Promise<unknown> {
    return this.call('PutMetricAlarm', {
      ...{ AlarmName: 'cpu', Namespace: 'App', MetricName: 'Load', Statistic: 'Average', Period: 60 },
      ...{ EvaluationPeriods: 1, Threshold: 5 },
      ComparisonOperator: 'GreaterThanThreshold' satisfies ComparisonOperator,
      ...part,
    });
  }

  put(value: number, part: object = {}): Promise<unknown> {
    const datum = { MetricName: 'Load', Value: value, ...part };
    return this.call('PutMetricData', { Namespace: 'App', MetricData: [datum] });
  }

  async minute(value?: number): Promise<void> {
    if (value !== undefined) await this.put(value);
    await this.clock.run(MINUTE);
  }

  async state(name = 'cpu'): Promise<StateValue | undefined> {
    const { MetricAlarms } = await this.call<{ MetricAlarms: { StateValue: StateValue }[] }>(
      'DescribeAlarms',
      {
        AlarmNames: [name],
      },
    );
    return MetricAlarms[0]?.StateValue;
  }

  /** What a new process finds after this one was killed. */
  async crash(speed = this.#speed): Promise<void> {
    await this.cloudWatch.stop();
    this.records = this.records.afterCrash();
    this.cloudWatch = this.#create(speed);
  }

  #create(speed: number): CloudWatch {
    return createCloudWatch({
      records: this.records,
      time: { clock: this.clock, speed },
      ...{ accountId: '000000000000', region: 'us-east-1' },
      onAlarmAction: (event) => {
        this.events.push(event);
        return this.answer(event);
      },
    });
  }

  #context(): RequestContext {
    const base = { accountId: '000000000000', region: 'us-east-1', requestId: 'r', accessKeyId: 'test' };
    return { ...base, nowMs: this.clock.wallMs() };
  }
}

export async function started(speed = 1): Promise<CloudWatchFixture> {
  const fixture = new CloudWatchFixture(speed);
  await fixture.cloudWatch.start();
  return fixture;
}
