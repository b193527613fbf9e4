/** What queues and fleet look like, through the public APIs. */
import {
  type Activity,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Session } from '../system/session.ts';
import type { StackOutputs } from '../system/stack-outputs.ts';

export interface Sight {
  readonly atMs: number;
  /** Messages of the jobs queue that wait, and that are worked on. */
  readonly waiting: number;
  readonly inFlight: number;
  readonly dead: number;
  readonly desired: number;
  readonly inService: number;
  readonly instances: number;
}

export class FleetWatch {
  readonly #session: Session;
  readonly #stack: StackOutputs;

  constructor(session: Session, stack: StackOutputs) {
    this.#session = session;
    this.#stack = stack;
  }

  async look(): Promise<Sight> {
    const [jobs, dead, group] = await Promise.all([
      this.#queue(this.#stack.JobsQueueUrl),
      this.#queue(this.#stack.DeadLettersQueueUrl),
      this.#group(),
    ]);
    return { atMs: Date.now(), ...jobs, dead: dead.waiting + dead.inFlight, ...group };
  }

  /** What the group did since then, newest first, as Auto Scaling tells it. */
  async activities(sinceMs: number): Promise<readonly Activity[]> {
    const { Activities = [] } = await this.#session.scaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: this.#stack.GroupName, MaxRecords: 100 }),
    );
    return Activities.filter(({ StartTime }) => (StartTime?.getTime() ?? 0) >= sinceMs);
  }

  async #queue(QueueUrl: string): Promise<{ waiting: number; inFlight: number }> {
    const { Attributes = {} } = await this.#session.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return {
      waiting: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
      inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    };
  }

  async #group(): Promise<Pick<Sight, 'desired' | 'inService' | 'instances'>> {
    const { AutoScalingGroups } = await this.#session.scaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [this.#stack.GroupName] }),
    );
    const { DesiredCapacity = 0, Instances = [] } = AutoScalingGroups?.[0] ?? {};
    return {
      desired: DesiredCapacity,
      inService: Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length,
      instances: Instances.length,
    };
  }
}
