/** Partitions, placement, objects, chunks and repair over the ports in `ports/`. SPEC.md has the rules. */
export * from './group.ts';
export type { EventBacklog } from './host/event-backlog.ts';
export { DEFAULT_EVENT_LIMITS, type EventLimits } from './host/event-courier.ts';
export type { Codec, StoreEvent, StoreNodePorts } from './host/ports.ts';
export { planRecovery, type RecoveryStep, type SurvivingReplica } from './host/recovery.ts';
export {
  type ClusterStatus,
  clusterStatus,
  type NodeReport,
  type NodeStatus,
} from './host/status-service.ts';
export { StoreFront, type StoreFrontOptions, type StoreFrontPorts } from './host/store-front.ts';
export { StoreNode, type StoreNodeEvents } from './host/store-node.ts';
export {
  DEFAULT_STORE_OPTIONS,
  DEFAULT_TIMING,
  type StoreNodeOptions,
  type StoreTiming,
} from './host/store-node-options.ts';
export * from './objects/check.ts';
export * from './objects/command.ts';
export { type EventRule, ruleMatches } from './objects/event-rule.ts';
export * from './objects/gateway/create-object-store.ts';
export * from './objects/gateway/options.ts';
export * from './objects/identifiers.ts';
export * from './objects/limits.ts';
export * from './objects/machine/answer.ts';
export * from './objects/machine/apply.ts';
export * from './objects/machine/context.ts';
export * from './objects/maintenance/bucket-deletion.ts';
export * from './objects/maintenance/sweep.ts';
export * from './objects/object-store.ts';
export * from './objects/query.ts';
export * from './objects/router.ts';
export * from './objects/state/counters.ts';
export * from './objects/store-failure.ts';
export * from './ports/chunk-store.ts';
export * from './ports/event-sink.ts';
export * from './ports/identity-store.ts';
export * from './ports/loan.ts';
export * from './ports/log-store.ts';
export * from './ports/network.ts';
export * from './ports/state-store.ts';
export * from './system/capacity.ts';
export * from './system/command.ts';
export { isWorthReporting } from './system/configurations.ts';
export { type FoundingInput, foundCommand } from './system/founding.ts';
export * from './system/machine.ts';
export * from './system/move-room.ts';
export * from './system/moves.ts';
export * from './system/plan.ts';
export {
  mergeSystemChanges,
  readSystemChanges,
  readSystemState,
  type SystemChanges,
} from './system/records.ts';
export * from './system/ring-position.ts';
export * from './system/state.ts';
export {
  LOAD_BOUND,
  type Placement,
  planTargets,
  type TargetInput,
  type TargetMember,
} from './system/targets.ts';
