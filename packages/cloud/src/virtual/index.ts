/** The cloud in virtual time, for the policy laboratory. */
export type { SampledInstance } from '../agent/index.ts';
export { basicData, isOfWholeGroup } from '../agent/metric-data.ts';
export type { ComputeInstance } from '../contract/compute.ts';
export type { AlarmActionEvent } from '../services/cloudwatch/index.ts';
export { findInstanceType, type InstanceType } from '../services/ec2/index.ts';
export { LEAD_MS as QUEUE_METRICS_LEAD_MS } from '../services/sqs/metrics.ts';
export { PUBLIC_PARAMETERS } from '../services/ssm/public-parameters.ts';
export type { VirtualQueue } from './outside-handlers.ts';
export * from './virtual-clock.ts';
export * from './virtual-cloud.ts';
