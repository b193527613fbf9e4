/**
 * Everything that a group is, as plain records: what stands here is all that survives a restart.
 *
 * (S1) A record is never changed in place: it is replaced, so whoever saves compares identities.
 * (S2) Every choice that was made stands here before an effect is asked for; `unfinishedEffects` finds it again.
 */
import type { Proposal } from '../policies/proposal.ts';
import type { ScalingPolicy } from '../policies/scaling-policy.ts';
import type { ScheduledAction } from '../policies/scheduled-action.ts';
import type { InstanceRefresh } from './instance-refresh.ts';
import type { LaunchOrigin, LaunchSource } from './launch-source.ts';
import type { LifecycleAction, LifecycleHook } from './lifecycle-hook.ts';
import type { ProcessName } from './process-name.ts';
import type { TerminationPolicy } from './termination-policies.ts';

export interface Subnet {
  readonly subnetId: string;
  readonly zone: string;
}

/** What the owner of the group set. */
export interface GroupSettings {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly source: LaunchSource;
  readonly zones: readonly string[];
  /** Empty when only zones were named. */
  readonly subnets: readonly Subnet[];
  readonly defaultCooldownSeconds: number;
  readonly defaultWarmupSeconds?: number;
  readonly healthCheckType: string;
  readonly healthCheckGraceSeconds: number;
  readonly terminationPolicies: readonly TerminationPolicy[];
  readonly protectNewInstances: boolean;
  readonly maxInstanceLifetimeSeconds?: number;
  readonly maintenance?: { readonly minHealthyPercent: number; readonly maxHealthyPercent: number };
  /** What becomes of an instance whose termination hook was abandoned. */
  readonly onTerminateHookAbandon: 'terminate' | 'retain';
  readonly createdMs: number;
}

export interface LaunchFailures {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly retryMs: number;
}

export interface Cooldown {
  readonly seconds: number;
  /** Absent while the activity that it follows is not finished. */
  readonly startedMs?: number;
}

/** What changes about the group itself. */
export interface GroupVitals {
  readonly status: 'active' | 'deleting';
  readonly desired: number;
  /** Why actual and desired capacity differ, as the first sentence of an activity's cause; empty when they do not. */
  readonly desiredCause: string;
  /** One cause for each instance that left without the desired capacity changing, and is not made up for yet. */
  readonly replacements: readonly string[];
  readonly cooldown?: Cooldown;
  readonly launchFailures?: LaunchFailures;
  /** When the scale-ins that policies have asked for are decided. */
  readonly scaleInDueMs?: number;
  /** Goes up with each instance refresh and rollback; instances know theirs. */
  readonly generation: number;
}

export type LifecycleState =
  | 'Pending'
  | 'Pending:Wait'
  | 'Pending:Proceed'
  | 'InService'
  | 'EnteringStandby'
  | 'Standby'
  | 'Detaching'
  | 'Terminating'
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Terminating:Retained';

export interface GroupInstance {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly imageId: string;
  readonly origin: LaunchOrigin;
  readonly spot: boolean;
  /** When EC2 launched it. */
  readonly launchedMs: number;
  readonly lifecycle: LifecycleState;
  /** When it came into its lifecycle state. */
  readonly sinceMs: number;
  /** When it last came into service: warm-up and grace are counted from here. */
  readonly inServiceMs?: number;
  readonly isProtected: boolean;
  readonly health: 'Healthy' | 'Unhealthy';
  /** What the cause of its replacement says. */
  readonly healthCause: string;
  /** What EC2 last said. */
  readonly compute: ComputeView;
  readonly generation: number;
  /** Launched beyond the desired capacity, to replace another one afterwards. */
  readonly surplus?: 'rebalance' | 'refresh';
  /** It leaves because the group became smaller. */
  readonly isScaledIn?: boolean;
  /** The activity that is in progress for it. */
  readonly activityId?: string;
  readonly actions: readonly LifecycleAction[];
}

export interface ComputeView {
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  readonly healthy: boolean;
  readonly reason: string;
}

/** A launch that EC2 has not answered yet; its id is the client token and the activity's id. */
export interface PendingLaunch {
  readonly id: string;
  readonly zone: string;
  readonly subnetId?: string;
  readonly source: LaunchSource;
  readonly override?: { readonly instanceType?: string; readonly template?: PendingTemplate };
  readonly spot: boolean;
  readonly surplus?: 'rebalance' | 'refresh';
  readonly generation: number;
}

type PendingTemplate = Extract<LaunchSource, { kind: 'template' }>['template'];

export type ActivityStatus =
  | 'WaitingForInstanceId'
  | 'PreInService'
  | 'InProgress'
  | 'MidLifecycleAction'
  | 'Successful'
  | 'Failed'
  | 'Cancelled';

export interface Activity {
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly status: ActivityStatus;
  readonly statusMessage?: string;
  /** Percent. */
  readonly progress: number;
  readonly details: Readonly<Record<string, string>>;
}

export interface GroupState {
  settings: GroupSettings;
  vitals: GroupVitals;
  readonly launches: Map<string, PendingLaunch>;
  readonly instances: Map<string, GroupInstance>;
  /** Oldest first. */
  readonly activities: Map<string, Activity>;
  readonly hooks: Map<string, LifecycleHook>;
  readonly policies: Map<string, ScalingPolicy>;
  /** The last word of each policy, by its name. */
  readonly proposals: Map<string, Proposal>;
  readonly scheduled: Map<string, ScheduledAction>;
  /** Process to the reason of its suspension. */
  readonly suspended: Map<ProcessName, string>;
  /** Oldest first. */
  readonly refreshes: Map<string, InstanceRefresh>;
  /** Types of notification by the topic that is told. */
  readonly notifications: Map<string, readonly string[]>;
}

export function emptyGroup(settings: GroupSettings): GroupState {
  return {
    settings,
    vitals: { status: 'active', desired: 0, desiredCause: '', replacements: [], generation: 0 },
    launches: new Map(),
    instances: new Map(),
    activities: new Map(),
    hooks: new Map(),
    policies: new Map(),
    proposals: new Map(),
    scheduled: new Map(),
    suspended: new Map(),
    refreshes: new Map(),
    notifications: new Map(),
  };
}
