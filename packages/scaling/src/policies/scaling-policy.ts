/** The policies of a group as plain records. */
import type { AdjustmentType } from './adjustment.ts';
import type { StepAdjustment } from './step-adjustments.ts';

interface PolicyIdentity {
  readonly name: string;
  /** A UUID: part of the policy's ARN and of its alarms' names. */
  readonly id: string;
  readonly enabled: boolean;
}

export interface SimplePolicy extends PolicyIdentity {
  readonly type: 'SimpleScaling';
  readonly adjustmentType: AdjustmentType;
  readonly adjustment: number;
  readonly minMagnitude?: number;
  /** Absent: the group's default cooldown. */
  readonly cooldownSeconds?: number;
}

export interface StepPolicy extends PolicyIdentity {
  readonly type: 'StepScaling';
  readonly adjustmentType: AdjustmentType;
  readonly steps: readonly StepAdjustment[];
  readonly minMagnitude?: number;
  /** Absent: the group's default instance warm-up. */
  readonly warmupSeconds?: number;
  readonly aggregation?: string;
}

export interface TrackingPolicy extends PolicyIdentity {
  readonly type: 'TargetTrackingScaling';
  readonly target: number;
  readonly disableScaleIn: boolean;
  readonly warmupSeconds?: number;
  /** The metric as the caller gave it: only whoever makes the alarms reads it. */
  readonly metric: Readonly<Record<string, unknown>>;
  readonly alarmNames: { readonly high: string; readonly low?: string };
}

export type ScalingPolicy = SimplePolicy | StepPolicy | TrackingPolicy;
