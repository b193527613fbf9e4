/** The hooks of this instance's Auto Scaling group that hold its termination until the work in hand is done. */
import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeLifecycleHooksCommand,
  RecordLifecycleActionHeartbeatCommand,
} from '@aws-sdk/client-auto-scaling';
import type { TerminationHooks } from '../instance-end.ts';

const TERMINATING = 'autoscaling:EC2_INSTANCE_TERMINATING';

export class AutoScalingHooks implements TerminationHooks {
  readonly #client: AutoScalingClient;
  readonly #instanceId: string;

  constructor(region: string, instanceId: string) {
    this.#client = new AutoScalingClient({ region });
    this.#instanceId = instanceId;
  }

  async putOff(): Promise<void> {
    await this.#each((action) => this.#client.send(new RecordLifecycleActionHeartbeatCommand(action)));
  }

  async complete(): Promise<void> {
    await this.#each((action) =>
      this.#client.send(new CompleteLifecycleActionCommand({ ...action, LifecycleActionResult: 'CONTINUE' })),
    );
  }

  async #each(act: (action: HookAction) => Promise<unknown>): Promise<void> {
    const InstanceId = this.#instanceId;
    const { AutoScalingInstances } = await this.#client.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: [InstanceId] }),
    );
    const AutoScalingGroupName = AutoScalingInstances?.[0]?.AutoScalingGroupName;
    if (AutoScalingGroupName === undefined) return;
    const { LifecycleHooks } = await this.#client.send(
      new DescribeLifecycleHooksCommand({ AutoScalingGroupName }),
    );
    for (const { LifecycleHookName, LifecycleTransition } of LifecycleHooks ?? []) {
      if (LifecycleTransition !== TERMINATING) continue;
      await ignoreNoAction(act({ InstanceId, AutoScalingGroupName, LifecycleHookName }));
    }
  }
}

interface HookAction {
  readonly InstanceId: string;
  readonly AutoScalingGroupName: string;
  readonly LifecycleHookName: string | undefined;
}

/** That there is none any more means that it was completed before, or has run out. */
async function ignoreNoAction(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error) || !/no active lifecycle action/i.test(error.message)) throw error;
  }
}
