/** Scaling policies. */
import type {
  Alarm,
  DeletePolicyType,
  DescribePoliciesType,
  ExecutePolicyType,
  ScalingPolicy as PolicyView,
  PutScalingPolicyType,
} from '@aws-sdk/client-auto-scaling';
import type { ScalingPolicy } from '@crescendo/scaling';
import { AwsError } from '../../../contract/service.ts';
import { alarmArn, parsePolicyArn, policyArn } from '../arns.ts';
import { invalid, required } from '../checks.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { pageOf } from '../paging.ts';
import { ADJUSTMENT_TYPES, readPolicy } from '../policy-input.ts';
import { alarmNamesOf, dropTrackingAlarms, putTrackingAlarms } from '../tracking-alarms.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

const MAX_POLICIES = 50;

export const policyOperations: MakeOperations = (keeper) =>
  operationSet({
    PutScalingPolicy: (input: PutScalingPolicyType) => put(keeper, input),
    DescribePolicies: (input: DescribePoliciesType) => describe(keeper, input),
    DeletePolicy: (input: DeletePolicyType) => remove(keeper, input),
    ExecutePolicy: (input: ExecutePolicyType) => execute(keeper, input),
    DescribeAdjustmentTypes: () => ({
      AdjustmentTypes: ADJUSTMENT_TYPES.map((AdjustmentType) => ({ AdjustmentType })),
    }),
  });

async function put(keeper: GroupKeeper, input: PutScalingPolicyType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const { policies } = keeper.find(name).state;
  const present = policies.get(input.PolicyName ?? '');
  if (present === undefined && policies.size >= MAX_POLICIES) {
    throw new AwsError('LimitExceeded', `A group may have ${MAX_POLICIES} scaling policies, and has them.`);
  }
  const policy = readPolicy(input, name, present, () => keeper.newId());
  keeper.apply(name, { type: 'policy-put', policy });
  if (policy.type === 'TargetTrackingScaling') {
    try {
      await putTrackingAlarms(keeper, name, policy);
    } catch (error) {
      await undo(keeper, name, policy, present);
      throw error;
    }
  }
  await dropTrackingAlarms(keeper, present, policy);
  return {
    PolicyARN: policyArn(keeper.ports, policy.id, name, policy.name),
    Alarms: alarmNamesOf(policy).map((alarm) => describeAlarm(keeper, alarm)),
  };
}

/** CloudWatch refused the metric: the policy is as it was before. */
async function undo(
  keeper: GroupKeeper,
  name: string,
  policy: ScalingPolicy,
  present: ScalingPolicy | undefined,
): Promise<void> {
  if (keeper.groups.get(name)?.state.policies.get(policy.name) === policy) {
    keeper.apply(
      name,
      present === undefined
        ? { type: 'policy-deleted', name: policy.name }
        : { type: 'policy-put', policy: present },
    );
  }
  await dropTrackingAlarms(keeper, policy, present);
}

function describeAlarm(keeper: GroupKeeper, AlarmName: string): Alarm {
  return { AlarmName, AlarmARN: alarmArn(keeper.ports, AlarmName) };
}

/** A policy by its name in a group, or by its ARN. */
function findPolicy(keeper: GroupKeeper, policyName: string | undefined, groupName: string | undefined) {
  const reference = required(policyName, 'policyName');
  const arn = parsePolicyArn(reference);
  const name = arn?.group ?? required(groupName, 'autoScalingGroupName');
  const policy = keeper.find(name).state.policies.get(arn?.policy ?? reference);
  if (policy === undefined || (arn !== undefined && arn.id !== policy.id)) {
    throw invalid(
      `PolicyName not found - No policy found with name or ARN ${reference} in the AutoScalingGroup ${name}`,
    );
  }
  return { name, policy };
}

async function remove(keeper: GroupKeeper, input: DeletePolicyType): Promise<void> {
  const { name, policy } = findPolicy(keeper, input.PolicyName, input.AutoScalingGroupName);
  keeper.apply(name, { type: 'policy-deleted', name: policy.name });
  await dropTrackingAlarms(keeper, policy);
}

function execute(keeper: GroupKeeper, input: ExecutePolicyType): void {
  const { name, policy } = findPolicy(keeper, input.PolicyName, input.AutoScalingGroupName);
  if (policy.type === 'SimpleScaling' && (input.MetricValue ?? input.BreachThreshold) !== undefined) {
    throw invalid('MetricValue and BreachThreshold are not supported for a policy of type SimpleScaling.');
  }
  keeper.apply(name, {
    type: 'policy-triggered',
    policyName: policy.name,
    honorCooldown: input.HonorCooldown === true,
    ...(input.MetricValue === undefined ? {} : { metricValue: input.MetricValue }),
    ...(input.BreachThreshold === undefined ? {} : { threshold: input.BreachThreshold }),
  });
}

async function describe(keeper: GroupKeeper, input: DescribePoliciesType) {
  const wanted = input.PolicyNames ?? [];
  if (input.AutoScalingGroupName !== undefined) keeper.find(input.AutoScalingGroupName);
  const alarms = await alarmsByAction(keeper);
  const all = [...keeper.groups]
    .filter(([name]) => input.AutoScalingGroupName === undefined || name === input.AutoScalingGroupName)
    .flatMap(([name, { state }]) =>
      [...state.policies.values()].map((policy) => view(keeper, name, policy, alarms)),
    )
    .filter(
      (policy) =>
        wanted.length === 0 || wanted.includes(policy.PolicyName!) || wanted.includes(policy.PolicyARN!),
    )
    .filter(({ PolicyType }) => input.PolicyTypes === undefined || input.PolicyTypes.includes(PolicyType!));
  const { items, NextToken } = pageOf(all, (policy) => policy.PolicyARN!, input);
  return { ScalingPolicies: items, NextToken };
}

/** Names of alarms by the ARN of the policy that they call; empty when CloudWatch does not answer. */
async function alarmsByAction(keeper: GroupKeeper): Promise<ReadonlyMap<string, readonly string[]>> {
  const byAction = new Map<string, string[]>();
  let token: string | undefined;
  try {
    do {
      const answer = await keeper.ports.services.call<{
        MetricAlarms?: { AlarmName?: string; AlarmActions?: string[]; OKActions?: string[] }[];
        NextToken?: string;
      }>('monitoring', 'DescribeAlarms', {
        ActionPrefix: 'arn:aws:autoscaling:',
        ...(token === undefined ? {} : { NextToken: token }),
      });
      for (const { AlarmName = '', AlarmActions = [], OKActions = [] } of answer.MetricAlarms ?? []) {
        for (const action of new Set([...AlarmActions, ...OKActions])) {
          byAction.set(action, [...(byAction.get(action) ?? []), AlarmName]);
        }
      }
      token = answer.NextToken;
    } while (token !== undefined);
  } catch (error) {
    keeper.ports.log?.(`alarms of policies: ${error instanceof Error ? error.message : error}`);
  }
  return byAction;
}

function view(
  keeper: GroupKeeper,
  group: string,
  policy: ScalingPolicy,
  alarms: ReadonlyMap<string, readonly string[]>,
): PolicyView {
  const arn = policyArn(keeper.ports, policy.id, group, policy.name);
  const alarmNames = policy.type === 'TargetTrackingScaling' ? alarmNamesOf(policy) : (alarms.get(arn) ?? []);
  return {
    AutoScalingGroupName: group,
    PolicyName: policy.name,
    PolicyARN: arn,
    PolicyType: policy.type,
    Enabled: policy.enabled,
    Alarms: alarmNames.map((name) => describeAlarm(keeper, name)),
    ...particulars(policy),
  };
}

function particulars(policy: ScalingPolicy): PolicyView {
  if (policy.type === 'TargetTrackingScaling') {
    return {
      EstimatedInstanceWarmup: policy.warmupSeconds,
      TargetTrackingConfiguration: {
        ...(policy.metric as object),
        TargetValue: policy.target,
        DisableScaleIn: policy.disableScaleIn,
      },
    };
  }
  const shared = { AdjustmentType: policy.adjustmentType, MinAdjustmentMagnitude: policy.minMagnitude };
  if (policy.type === 'SimpleScaling') {
    return { ...shared, ScalingAdjustment: policy.adjustment, Cooldown: policy.cooldownSeconds };
  }
  return {
    ...shared,
    MetricAggregationType: policy.aggregation,
    EstimatedInstanceWarmup: policy.warmupSeconds,
    StepAdjustments: policy.steps.map(({ lowerBound, upperBound, adjustment }) => ({
      MetricIntervalLowerBound: lowerBound,
      MetricIntervalUpperBound: upperBound,
      ScalingAdjustment: adjustment,
    })),
  };
}
