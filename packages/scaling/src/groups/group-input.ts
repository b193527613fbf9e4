/** Everything that can happen to a group. */
import type { ScalingPolicy } from '../policies/scaling-policy.ts';
import type { ScheduledAction } from '../policies/scheduled-action.ts';
import type { ComputeView, GroupSettings } from './group-state.ts';
import type { RefreshRequest } from './instance-refresh.ts';
import type { LaunchOrigin } from './launch-source.ts';
import type { LifecycleHook, LifecycleResult } from './lifecycle-hook.ts';
import type { ProcessName } from './process-name.ts';

export type GroupInput =
  | { readonly type: 'created'; readonly desired: number }
  | { readonly type: 'settings-changed'; readonly settings: GroupSettings; readonly desired?: number }
  | { readonly type: 'desired-set'; readonly desired: number; readonly honorCooldown: boolean }
  | { readonly type: 'deletion-requested'; readonly force: boolean }
  | { readonly type: 'tick' }
  /** The calendar moved by so many milliseconds beside the time that passed. */
  | { readonly type: 'time-jumped'; readonly byMs: number }
  /** Whoever keeps the group was away. */
  | { readonly type: 'came-back' }
  // What EC2 says.
  | ({ readonly type: 'launched'; readonly launchId: string } & LaunchedInstance)
  | { readonly type: 'launch-failed'; readonly launchId: string; readonly message: string }
  | ComputeChange
  // Instances, by their owner.
  | { readonly type: 'instance-terminated'; readonly instanceId: string; readonly decrement: boolean }
  | { readonly type: 'instances-attached'; readonly instances: readonly LaunchedInstance[] }
  | {
      readonly type: 'instances-detached';
      readonly instanceIds: readonly string[];
      readonly decrement: boolean;
    }
  | { readonly type: 'standby-entered'; readonly instanceIds: readonly string[]; readonly decrement: boolean }
  | { readonly type: 'standby-exited'; readonly instanceIds: readonly string[] }
  | {
      readonly type: 'protection-set';
      readonly instanceIds: readonly string[];
      readonly isProtected: boolean;
    }
  | HealthReport
  // Hooks.
  | { readonly type: 'hook-put'; readonly hook: LifecycleHook }
  | { readonly type: 'hook-deleted'; readonly name: string }
  | (LifecycleReference & { readonly type: 'lifecycle-completed'; readonly result: LifecycleResult })
  | (LifecycleReference & { readonly type: 'lifecycle-heartbeat' })
  // Policies and schedules.
  | { readonly type: 'policy-put'; readonly policy: ScalingPolicy }
  | { readonly type: 'policy-deleted'; readonly name: string }
  | PolicyTrigger
  | { readonly type: 'scheduled-put'; readonly actions: readonly ScheduledAction[] }
  | { readonly type: 'scheduled-deleted'; readonly names: readonly string[] }
  | { readonly type: 'processes-suspended'; readonly names: readonly ProcessName[] }
  | { readonly type: 'processes-resumed'; readonly names: readonly ProcessName[] }
  // Refreshes.
  | { readonly type: 'refresh-started'; readonly request: RefreshRequest }
  | { readonly type: 'refresh-cancelled' }
  | { readonly type: 'refresh-rolled-back'; readonly reason: string }
  // Topics.
  | { readonly type: 'notifications-put'; readonly topicArn: string; readonly types: readonly string[] }
  | { readonly type: 'notifications-deleted'; readonly topicArn: string };

export interface LaunchedInstance {
  readonly instanceId: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly launchedMs: number;
  readonly origin: LaunchOrigin;
  readonly spot: boolean;
  readonly compute: ComputeView;
}

export interface ComputeChange {
  readonly type: 'instance-changed';
  readonly instanceId: string;
  readonly compute: ComputeView;
  /** The last lines of its console, for an instance that did not live to serve. */
  readonly consoleTail: string;
}

export interface HealthReport {
  readonly type: 'health-set';
  readonly instanceId: string;
  readonly health: 'Healthy' | 'Unhealthy';
  readonly respectGracePeriod: boolean;
}

/** A lifecycle action by its token, or by its instance. */
export interface LifecycleReference {
  readonly hookName: string;
  readonly token?: string;
  readonly instanceId?: string;
}

/** A policy that is asked to act: by an alarm, or by hand. */
export interface PolicyTrigger {
  readonly type: 'policy-triggered';
  readonly policyName: string;
  /** The alarm whose state asks; absent: a user does. */
  readonly alarm?: {
    readonly name: string;
    readonly state: string;
    /** Its state rests on old or assumed data: it never takes capacity away. */
    readonly silent?: boolean;
  };
  /** Undefined when the alarm has no data: then nothing is scaled by it. */
  readonly metricValue?: number;
  readonly threshold?: number;
  /** Whether a cooldown refuses the request; alarms always honor it. */
  readonly honorCooldown: boolean;
}
