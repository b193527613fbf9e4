/** Lifecycle hooks, and the actions of theirs that are in flight. */
import type {
  CompleteLifecycleActionType,
  DeleteLifecycleHookType,
  DescribeLifecycleHooksType,
  PutLifecycleHookType,
  RecordLifecycleActionHeartbeatType,
} from '@aws-sdk/client-auto-scaling';
import { globalTimeoutSeconds, LIFECYCLE_TRANSITIONS } from '@crescendo/scaling';
import { AwsError } from '../../../contract/service.ts';
import { groupArn } from '../arns.ts';
import { checkOneOf, invalid, required } from '../checks.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { readHook } from '../hook-input.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

const MAX_HOOKS = 50;

export const hookOperations: MakeOperations = (keeper) =>
  operationSet({
    PutLifecycleHook: (input: PutLifecycleHookType) => put(keeper, input),
    DescribeLifecycleHooks: (input: DescribeLifecycleHooksType) => describe(keeper, input),
    DeleteLifecycleHook: (input: DeleteLifecycleHookType) => remove(keeper, input),
    CompleteLifecycleAction: (input: CompleteLifecycleActionType) => complete(keeper, input),
    RecordLifecycleActionHeartbeat: (input: RecordLifecycleActionHeartbeatType) => beat(keeper, input),
    DescribeLifecycleHookTypes: () => ({ LifecycleHookTypes: [...LIFECYCLE_TRANSITIONS] }),
  });

function put(keeper: GroupKeeper, input: PutLifecycleHookType): object {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const { hooks } = keeper.find(name).state;
  const present = hooks.get(input.LifecycleHookName ?? '');
  if (present === undefined && hooks.size >= MAX_HOOKS) {
    throw new AwsError('LimitExceeded', `A group may have ${MAX_HOOKS} lifecycle hooks, and has them.`);
  }
  const hook = readHook(input, present);
  keeper.apply(name, { type: 'hook-put', hook });
  const target = hook.notificationTarget;
  if (target !== undefined && target !== present?.notificationTarget) tryTarget(keeper, name, target);
  return {};
}

/** As AWS does, so that whoever listens sees that the way is open. */
function tryTarget(keeper: GroupKeeper, AutoScalingGroupName: string, target: string): void {
  keeper.ports.publish?.(target, {
    Service: 'AWS Auto Scaling',
    Event: 'autoscaling:TEST_NOTIFICATION',
    Time: new Date(keeper.nowMs).toISOString(),
    AutoScalingGroupName,
    AutoScalingGroupARN: groupArn(
      keeper.ports,
      keeper.find(AutoScalingGroupName).details.id,
      AutoScalingGroupName,
    ),
  });
}

function describe(keeper: GroupKeeper, input: DescribeLifecycleHooksType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const wanted = input.LifecycleHookNames ?? [];
  const hooks = [...keeper.find(name).state.hooks.values()].filter(
    (hook) => wanted.length === 0 || wanted.includes(hook.name),
  );
  return {
    LifecycleHooks: hooks.map((hook) => ({
      LifecycleHookName: hook.name,
      AutoScalingGroupName: name,
      LifecycleTransition: hook.transition,
      NotificationTargetARN: hook.notificationTarget,
      RoleARN: hook.roleArn,
      NotificationMetadata: hook.metadata,
      HeartbeatTimeout: hook.heartbeatSeconds,
      GlobalTimeout: globalTimeoutSeconds(hook),
      DefaultResult: hook.defaultResult,
    })),
  };
}

function remove(keeper: GroupKeeper, input: DeleteLifecycleHookType): object {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.apply(name, { type: 'hook-deleted', name: required(input.LifecycleHookName, 'lifecycleHookName') });
  return {};
}

/** An action by its token or by its instance. */
function referenceOf(keeper: GroupKeeper, input: RecordLifecycleActionHeartbeatType) {
  const group = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const hookName = required(input.LifecycleHookName, 'lifecycleHookName');
  if (!keeper.find(group).state.hooks.has(hookName)) {
    throw invalid(`No Lifecycle Hook found with name ${hookName}`);
  }
  const { LifecycleActionToken: token, InstanceId: instanceId } = input;
  if (token === undefined && instanceId === undefined) {
    throw invalid('Either a LifecycleActionToken or an InstanceId must be given.');
  }
  const by = token === undefined ? { instanceId: instanceId! } : { token };
  return { group, reference: { hookName, ...by } };
}

function complete(keeper: GroupKeeper, input: CompleteLifecycleActionType): object {
  const { group, reference } = referenceOf(keeper, input);
  const given = required(input.LifecycleActionResult, 'lifecycleActionResult');
  const result = checkOneOf(given, 'lifecycleActionResult', ['CONTINUE', 'ABANDON'])!;
  keeper.apply(group, { type: 'lifecycle-completed', ...reference, result });
  return {};
}

function beat(keeper: GroupKeeper, input: RecordLifecycleActionHeartbeatType): object {
  const { group, reference } = referenceOf(keeper, input);
  keeper.apply(group, { type: 'lifecycle-heartbeat', ...reference });
  return {};
}
