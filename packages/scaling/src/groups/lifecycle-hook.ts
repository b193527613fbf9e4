/** Lifecycle hooks, and the actions that hold an instance while one is in flight. */

export type LifecycleTransition =
  | 'autoscaling:EC2_INSTANCE_LAUNCHING'
  | 'autoscaling:EC2_INSTANCE_TERMINATING';
export type LifecycleResult = 'CONTINUE' | 'ABANDON';

export const LIFECYCLE_TRANSITIONS: readonly LifecycleTransition[] = [
  'autoscaling:EC2_INSTANCE_LAUNCHING',
  'autoscaling:EC2_INSTANCE_TERMINATING',
];

export const MIN_HEARTBEAT_SECONDS = 30;
export const MAX_HEARTBEAT_SECONDS = 7200;
export const DEFAULT_HEARTBEAT_SECONDS = 3600;
const MAX_WAIT_SECONDS = 48 * 3600;
const MAX_HEARTBEATS = 100;

export interface LifecycleHook {
  readonly name: string;
  readonly transition: LifecycleTransition;
  readonly heartbeatSeconds: number;
  readonly defaultResult: LifecycleResult;
  readonly notificationTarget?: string;
  readonly roleArn?: string;
  readonly metadata?: string;
}

/** The longest that an instance can be held by the hook, however often its heart beats. */
export function globalTimeoutSeconds(hook: LifecycleHook): number {
  return Math.min(MAX_WAIT_SECONDS, MAX_HEARTBEATS * hook.heartbeatSeconds);
}

/** A hook in flight for one instance; it keeps what the hook said when it began. */
export interface LifecycleAction {
  readonly token: string;
  readonly hookName: string;
  readonly transition: LifecycleTransition;
  readonly heartbeatSeconds: number;
  readonly defaultResult: LifecycleResult;
  readonly dueMs: number;
  readonly limitMs: number;
}

export function beginAction(hook: LifecycleHook, token: string, nowMs: number): LifecycleAction {
  return {
    token,
    hookName: hook.name,
    transition: hook.transition,
    heartbeatSeconds: hook.heartbeatSeconds,
    defaultResult: hook.defaultResult,
    dueMs: nowMs + hook.heartbeatSeconds * 1000,
    limitMs: nowMs + globalTimeoutSeconds(hook) * 1000,
  };
}

/** The action after a heartbeat: its time-out starts again, within the limit. */
export function heartbeat(action: LifecycleAction, nowMs: number): LifecycleAction {
  return { ...action, dueMs: Math.min(action.limitMs, nowMs + action.heartbeatSeconds * 1000) };
}
