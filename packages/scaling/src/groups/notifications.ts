/** What a group tells topics about its instances, in the shape of AWS's messages. */
import type { GroupInstance } from './group-state.ts';
import type { LifecycleAction, LifecycleHook } from './lifecycle-hook.ts';
import { newUuid, type Turn } from './turn.ts';

export const NOTIFICATION_TYPES = [
  'autoscaling:EC2_INSTANCE_LAUNCH',
  'autoscaling:EC2_INSTANCE_LAUNCH_ERROR',
  'autoscaling:EC2_INSTANCE_TERMINATE',
  'autoscaling:EC2_INSTANCE_TERMINATE_ERROR',
  'autoscaling:TEST_NOTIFICATION',
] as const;

export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** Tells every topic that listens to the type. */
export function notify(
  turn: Turn,
  type: NotificationType,
  activityId: string | undefined,
  instanceId = '',
): void {
  const activity = activityId === undefined ? undefined : turn.state.activities.get(activityId);
  for (const [topicArn, types] of turn.state.notifications) {
    if (!types.includes(type)) continue;
    turn.effects.push({
      type: 'publish',
      targetArn: topicArn,
      message: {
        Service: 'AWS Auto Scaling',
        Event: type,
        AutoScalingGroupName: turn.state.settings.name,
        Time: new Date(turn.nowMs).toISOString(),
        EC2InstanceId: instanceId,
        ActivityId: activityId ?? newUuid(turn),
        Description: activity?.description ?? '',
        Cause: activity?.cause ?? '',
        StatusCode: activity?.status ?? '',
        StatusMessage: activity?.statusMessage ?? '',
        Details: activity?.details ?? {},
      },
    });
  }
}

/** Tells the hook's target that an instance waits for it. */
export function tellHookTarget(
  turn: Turn,
  hook: LifecycleHook,
  action: LifecycleAction,
  instance: GroupInstance,
): void {
  if (hook.notificationTarget === undefined) return;
  const isLaunch = action.transition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
  turn.effects.push({
    type: 'publish',
    targetArn: hook.notificationTarget,
    message: {
      Service: 'AWS Auto Scaling',
      Time: new Date(turn.nowMs).toISOString(),
      LifecycleActionToken: action.token,
      AutoScalingGroupName: turn.state.settings.name,
      LifecycleHookName: hook.name,
      EC2InstanceId: instance.id,
      LifecycleTransition: action.transition,
      ...(hook.metadata === undefined ? {} : { NotificationMetadata: hook.metadata }),
      Origin: isLaunch ? 'EC2' : 'AutoScalingGroup',
      Destination: isLaunch ? 'AutoScalingGroup' : 'EC2',
    },
  });
}
