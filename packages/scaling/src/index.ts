/** The scaler: metrics, alarms, policies and groups as pure state machines that are given time. */
export * from './alarms/alarm.ts';
export * from './alarms/alarm-action.ts';
export * from './alarms/alarm-history.ts';
export * from './alarms/alarm-problem.ts';
export * from './alarms/alarm-rule.ts';
export * from './alarms/alarms-state.ts';
export * from './alarms/decide.ts';
export { SILENT_PERIODS } from './alarms/evaluate-alarm.ts';
export * from './alarms/step.ts';
export { isScalingAction } from './alarms/transition.ts';
export { groupWarmupSeconds, isWarming } from './groups/capacity.ts';
export { nextDeadline } from './groups/deadlines.ts';
export type * from './groups/group-effect.ts';
export type * from './groups/group-input.ts';
export * from './groups/group-refusal.ts';
export * from './groups/group-state.ts';
export { isGroupGone, stepGroup } from './groups/group-step.ts';
export { isGone } from './groups/health.ts';
export {
  activeRefresh,
  type InstanceRefresh,
  type RefreshPreferences,
  type RefreshStatus,
} from './groups/instance-refresh.ts';
export * from './groups/launch-source.ts';
export * from './groups/lifecycle-hook.ts';
export { NOTIFICATION_TYPES } from './groups/notifications.ts';
export * from './groups/process-name.ts';
export * from './groups/termination-policies.ts';
export type { StepContext } from './groups/turn.ts';
export { unfinishedEffects } from './groups/unfinished-effects.ts';
export * from './metrics/math/evaluate-queries.ts';
export * from './metrics/math/expression.ts';
export * from './metrics/math/math-error.ts';
export * from './metrics/math/math-value.ts';
export * from './metrics/math/parse-expression.ts';
export * from './metrics/metric.ts';
export * from './metrics/metric-store.ts';
export * from './metrics/read-window.ts';
export * from './metrics/sample.ts';
export * from './metrics/statistic.ts';
export * from './metrics/summary.ts';
export * from './metrics/unit.ts';
export { type AdjustmentType, clampCapacity } from './policies/adjustment.ts';
export { parseCron } from './policies/cron.ts';
export * from './policies/predefined-metrics.ts';
export type * from './policies/scaling-policy.ts';
export { nextRunMs, type ScheduledAction } from './policies/scheduled-action.ts';
export { type StepAdjustment, stepsProblem } from './policies/step-adjustments.ts';
export * from './policies/target-tracking.ts';
export { isTimeZone } from './policies/time-zone.ts';
