/** Requests about scaling policies. */
import type {
  PutScalingPolicyType,
  StepAdjustment as StepAdjustmentInput,
  TargetTrackingConfiguration,
} from '@aws-sdk/client-auto-scaling';
import {
  type AdjustmentType,
  PREDEFINED_METRIC_TYPES,
  predefinedMetric,
  type ScalingPolicy,
  type StepAdjustment,
  stepsProblem,
} from '@crescendo/scaling';
import { checkName, checkOneOf, checkRange, given, invalid, required } from './checks.ts';

const POLICY_TYPES = ['SimpleScaling', 'StepScaling', 'TargetTrackingScaling', 'PredictiveScaling'] as const;
export const ADJUSTMENT_TYPES: readonly AdjustmentType[] = [
  'ChangeInCapacity',
  'ExactCapacity',
  'PercentChangeInCapacity',
];
const MAX_SECONDS = 1_000_000_000;
const MAX_STEPS = 20;

/** The policy; one that exists under the name keeps its id. */
export function readPolicy(
  input: PutScalingPolicyType,
  groupName: string,
  present: ScalingPolicy | undefined,
  newId: () => string,
): ScalingPolicy {
  const name = checkName(input.PolicyName, 'policyName');
  const identity = { name, id: present?.id ?? newId(), enabled: input.Enabled ?? true };
  const type = checkOneOf(input.PolicyType, 'policyType', POLICY_TYPES) ?? 'SimpleScaling';
  if (type === 'PredictiveScaling') {
    throw invalid(
      'PredictiveScaling is not done here; the policy types are SimpleScaling, StepScaling and TargetTrackingScaling.',
    );
  }
  if (type === 'TargetTrackingScaling') return readTracking(input, groupName, identity);
  if (input.TargetTrackingConfiguration !== undefined) {
    throw invalid(`TargetTrackingConfiguration is not supported for the policy type ${type}.`);
  }
  return type === 'StepScaling' ? readStep(input, identity) : readSimple(input, identity);
}

type Identity = Pick<ScalingPolicy, 'name' | 'id' | 'enabled'>;

function readAdjustmentType(input: PutScalingPolicyType): AdjustmentType {
  const type = required(input.AdjustmentType, 'adjustmentType');
  return checkOneOf(type, 'adjustmentType', ADJUSTMENT_TYPES)!;
}

function readMagnitude(input: PutScalingPolicyType, type: AdjustmentType): number | undefined {
  const magnitude = input.MinAdjustmentMagnitude ?? input.MinAdjustmentStep;
  if (magnitude !== undefined && type !== 'PercentChangeInCapacity') {
    throw invalid('MinAdjustmentMagnitude is valid only for the adjustment type PercentChangeInCapacity.');
  }
  return checkRange(magnitude, 'MinAdjustmentMagnitude', 0, MAX_SECONDS);
}

function readSimple(input: PutScalingPolicyType, identity: Identity): ScalingPolicy {
  const adjustmentType = readAdjustmentType(input);
  if (input.StepAdjustments !== undefined && input.StepAdjustments.length > 0) {
    throw invalid('StepAdjustments are not supported for the policy type SimpleScaling.');
  }
  const adjustment = required(input.ScalingAdjustment, 'scalingAdjustment');
  return given({
    ...identity,
    type: 'SimpleScaling',
    adjustmentType,
    adjustment: checkAdjustment(adjustment, adjustmentType),
    minMagnitude: readMagnitude(input, adjustmentType),
    cooldownSeconds: checkRange(input.Cooldown, 'Cooldown', 0, MAX_SECONDS),
  }) as ScalingPolicy;
}

function checkAdjustment(adjustment: number, type: AdjustmentType): number {
  if (!Number.isInteger(adjustment))
    throw invalid(`ScalingAdjustment must be a whole number, but it is ${adjustment}.`);
  if (type === 'ExactCapacity' && adjustment < 0) {
    throw invalid(
      `For the adjustment type ExactCapacity ScalingAdjustment must not be negative, but it is ${adjustment}.`,
    );
  }
  return adjustment;
}

function readStep(input: PutScalingPolicyType, identity: Identity): ScalingPolicy {
  const adjustmentType = readAdjustmentType(input);
  if (input.Cooldown !== undefined)
    throw invalid('Cooldown is only supported for the policy type SimpleScaling.');
  if (input.ScalingAdjustment !== undefined) {
    throw invalid('ScalingAdjustment is only supported for the policy type SimpleScaling.');
  }
  const steps = (input.StepAdjustments ?? []).map((step) => readStepAdjustment(step, adjustmentType));
  if (steps.length > MAX_STEPS)
    throw invalid(`A policy may have ${MAX_STEPS} step adjustments, not ${steps.length}.`);
  const problem = stepsProblem(steps);
  if (problem !== undefined) throw invalid(problem);
  const aggregations = ['Average', 'Minimum', 'Maximum'];
  return given({
    ...identity,
    type: 'StepScaling',
    adjustmentType,
    steps,
    minMagnitude: readMagnitude(input, adjustmentType),
    warmupSeconds: checkRange(input.EstimatedInstanceWarmup, 'EstimatedInstanceWarmup', 0, MAX_SECONDS),
    aggregation: checkOneOf(input.MetricAggregationType, 'metricAggregationType', aggregations) ?? 'Average',
  }) as ScalingPolicy;
}

function readStepAdjustment(step: StepAdjustmentInput, type: AdjustmentType): StepAdjustment {
  return given({
    lowerBound: step.MetricIntervalLowerBound,
    upperBound: step.MetricIntervalUpperBound,
    adjustment: checkAdjustment(required(step.ScalingAdjustment, 'scalingAdjustment'), type),
  }) as StepAdjustment;
}

function readTracking(input: PutScalingPolicyType, groupName: string, identity: Identity): ScalingPolicy {
  const configuration = input.TargetTrackingConfiguration;
  if (configuration === undefined) {
    throw invalid('TargetTrackingConfiguration is required for the policy type TargetTrackingScaling.');
  }
  for (const member of ['AdjustmentType', 'ScalingAdjustment', 'Cooldown', 'StepAdjustments'] as const) {
    if (input[member] !== undefined) {
      throw invalid(`${member} is not supported for the policy type TargetTrackingScaling.`);
    }
  }
  checkTrackedMetric(configuration, groupName);
  const target = required(configuration.TargetValue, 'targetTrackingConfiguration.targetValue');
  if (!(target > 0)) throw invalid(`TargetValue must be greater than 0, but it is ${target}.`);
  const disableScaleIn = configuration.DisableScaleIn === true;
  const alarmName = (side: string): string => `TargetTracking-${groupName}-Alarm${side}-${identity.id}`;
  return given({
    ...identity,
    type: 'TargetTrackingScaling',
    target,
    disableScaleIn,
    warmupSeconds: checkRange(input.EstimatedInstanceWarmup, 'EstimatedInstanceWarmup', 0, MAX_SECONDS),
    metric: { ...configuration },
    alarmNames: disableScaleIn
      ? { high: alarmName('High') }
      : { high: alarmName('High'), low: alarmName('Low') },
  }) as ScalingPolicy;
}

function checkTrackedMetric(configuration: TargetTrackingConfiguration, groupName: string): void {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } =
    configuration;
  if ((predefined === undefined) === (customized === undefined)) {
    throw invalid('Either a PredefinedMetricSpecification or a CustomizedMetricSpecification must be given.');
  }
  if (predefined !== undefined) {
    const type = required(predefined.PredefinedMetricType, 'predefinedMetricType');
    checkOneOf<string>(type, 'predefinedMetricType', PREDEFINED_METRIC_TYPES);
    if (predefinedMetric(type, groupName, predefined.ResourceLabel) === undefined) {
      throw invalid(
        `The metric ${type} needs a ResourceLabel of the form app/NAME/ID/targetgroup/NAME/ID, but it is ${predefined.ResourceLabel}.`,
      );
    }
    return;
  }
  if (customized!.Metrics !== undefined && customized!.Metrics.length > 0) return;
  required(customized!.MetricName, 'customizedMetricSpecification.metricName');
  required(customized!.Namespace, 'customizedMetricSpecification.namespace');
  required(customized!.Statistic, 'customizedMetricSpecification.statistic');
}
