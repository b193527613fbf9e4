/** This instance's group, through AWS Auto Scaling's API. */
import {
  type AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeLifecycleHooksCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { Failure } from '@crescendo/base';
import type { GroupView, InstanceGroup, LifecycleHook } from '../ports.ts';

const LAUNCHING = 'autoscaling:EC2_INSTANCE_LAUNCHING';
const DEFAULT_HEARTBEAT_SECONDS = 3_600;

/** undefined when the instance is in no group. */
export async function findGroup(
  client: AutoScalingClient,
  instanceId: string,
): Promise<InstanceGroup | undefined> {
  const { AutoScalingInstances } = await client.send(
    new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }),
  );
  const name = AutoScalingInstances?.[0]?.AutoScalingGroupName;
  return name === undefined ? undefined : new AwsGroup(client, name);
}

class AwsGroup implements InstanceGroup {
  readonly name: string;
  private readonly client: AutoScalingClient;

  constructor(client: AutoScalingClient, name: string) {
    this.client = client;
    this.name = name;
  }

  async view(): Promise<GroupView> {
    const { AutoScalingGroups } = await this.client.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [this.name] }),
    );
    const group = AutoScalingGroups?.[0];
    if (group === undefined)
      throw new Failure('NoGroup', `There is no Auto Scaling group ${this.name} any more.`);
    return {
      name: this.name,
      minSize: group.MinSize ?? 0,
      desiredCapacity: group.DesiredCapacity ?? 0,
      instances: (group.Instances ?? []).map((instance) => ({
        instanceId: instance.InstanceId ?? '',
        zone: instance.AvailabilityZone ?? '',
        lifecycleState: instance.LifecycleState ?? '',
        protectedFromScaleIn: instance.ProtectedFromScaleIn === true,
      })),
    };
  }

  async hooks(): Promise<readonly LifecycleHook[]> {
    const { LifecycleHooks } = await this.client.send(
      new DescribeLifecycleHooksCommand({ AutoScalingGroupName: this.name }),
    );
    return (LifecycleHooks ?? []).map((hook) => ({
      name: hook.LifecycleHookName ?? '',
      transition: hook.LifecycleTransition === LAUNCHING ? 'launching' : 'terminating',
      heartbeatSeconds: hook.HeartbeatTimeout ?? DEFAULT_HEARTBEAT_SECONDS,
    }));
  }

  /** That there is no such action any more means that it was completed before. */
  async completeHook(hook: string, instanceId: string): Promise<void> {
    await ignoreNoAction(
      this.client.send(
        new CompleteLifecycleActionCommand({
          AutoScalingGroupName: this.name,
          LifecycleHookName: hook,
          InstanceId: instanceId,
          LifecycleActionResult: 'CONTINUE',
        }),
      ),
    );
  }

  async putOffHook(hook: string, instanceId: string): Promise<void> {
    await ignoreNoAction(
      this.client.send(
        new RecordLifecycleActionHeartbeatCommand({
          AutoScalingGroupName: this.name,
          LifecycleHookName: hook,
          InstanceId: instanceId,
        }),
      ),
    );
  }

  async terminate(instanceId: string): Promise<void> {
    const { minSize, desiredCapacity } = await this.view();
    await this.client.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: instanceId,
        ShouldDecrementDesiredCapacity: desiredCapacity > minSize,
      }),
    );
  }

  async endRetained(instanceId: string): Promise<void> {
    await this.client.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: instanceId,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
  }

  async setProtection(instanceIds: readonly string[], isProtected: boolean): Promise<void> {
    await this.client.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: this.name,
        InstanceIds: [...instanceIds],
        ProtectedFromScaleIn: isProtected,
      }),
    );
  }
}

async function ignoreNoAction(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    if (!/no active lifecycle action/i.test(said)) throw error;
  }
}
