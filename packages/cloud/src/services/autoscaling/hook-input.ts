/** Requests about lifecycle hooks. */
import type { LifecycleHookSpecification, PutLifecycleHookType } from '@aws-sdk/client-auto-scaling';
import {
  DEFAULT_HEARTBEAT_SECONDS,
  LIFECYCLE_TRANSITIONS,
  type LifecycleHook,
  MAX_HEARTBEAT_SECONDS,
  MIN_HEARTBEAT_SECONDS,
} from '@crescendo/scaling';
import { checkName, checkOneOf, checkRange, given, invalid } from './checks.ts';

/** What the request leaves out stays as it is in an existing hook. */
export function readHook(
  input: LifecycleHookSpecification | PutLifecycleHookType,
  present: LifecycleHook | undefined,
): LifecycleHook {
  const transition =
    checkOneOf(input.LifecycleTransition, 'lifecycleTransition', LIFECYCLE_TRANSITIONS) ??
    present?.transition;
  if (transition === undefined) {
    throw invalid(
      `LifecycleTransition is required for a new lifecycle hook; the transitions are ${LIFECYCLE_TRANSITIONS.join(', ')}.`,
    );
  }
  const hook = {
    name: checkName(input.LifecycleHookName, 'lifecycleHookName'),
    transition,
    heartbeatSeconds:
      checkRange(input.HeartbeatTimeout, 'HeartbeatTimeout', MIN_HEARTBEAT_SECONDS, MAX_HEARTBEAT_SECONDS) ??
      present?.heartbeatSeconds ??
      DEFAULT_HEARTBEAT_SECONDS,
    defaultResult:
      checkOneOf(input.DefaultResult, 'defaultResult', ['CONTINUE', 'ABANDON']) ??
      present?.defaultResult ??
      'ABANDON',
    // An empty target takes away the one that was.
    notificationTarget: (input.NotificationTargetARN ?? present?.notificationTarget) || undefined,
    roleArn: (input.RoleARN ?? present?.roleArn) || undefined,
    metadata: (input.NotificationMetadata ?? present?.metadata) || undefined,
  };
  return given(hook) as LifecycleHook;
}
