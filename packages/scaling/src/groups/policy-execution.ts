/**
 * Policies that act on a group.
 *
 * (E1) A simple policy waits for the activity before it and for the cooldown; no other policy does.
 * (E2) Step and tracking policies add only what exceeds the desired capacity, reckoned from the instances that are warm, and take
 *      away only while nothing warms up, reckoned with the instances that are leaving.
 * (E3) Who has no data takes nothing away.
 * (E4) A scale-out asked for by an alarm happens at once; a scale-in a moment later, so that all alarms of one evaluation are heard.
 */
import { adjustCapacity, clampCapacity } from '../policies/adjustment.ts';
import { decideScaleIn, PROPOSAL_LIFE_SECONDS, type Proposal } from '../policies/proposal.ts';
import type { ScalingPolicy, SimplePolicy, StepPolicy, TrackingPolicy } from '../policies/scaling-policy.ts';
import { findStep } from '../policies/step-adjustments.ts';
import { capacityForTarget } from '../policies/target-tracking.ts';
import { groupWarmupSeconds, isScaling, policyCapacity } from './capacity.ts';
import { beginCooldown, isCoolingDown, refuseInCooldown, setDesired } from './desired-capacity.ts';
import type { PolicyTrigger } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import { changeVitals, policyMs, type Turn } from './turn.ts';

/** Approximation: the alarms of one evaluation report within this time, in seconds of the policies' time. */
export const DECISION_SECONDS = 1;

export function handlePolicyTriggered(turn: Turn, input: PolicyTrigger): void {
  const policy = turn.state.policies.get(input.policyName);
  if (policy === undefined) return refuse('ValidationError', `Policy ${input.policyName} not found`);
  if (input.alarm !== undefined && (!policy.enabled || turn.state.suspended.has('AlarmNotification'))) return;
  const capacity = capacityAsked(turn, policy, input);
  if (capacity === undefined) return;
  const proposal = makeProposal(turn, policy, input, clampCapacity(capacity, turn.state.settings));
  if (input.alarm === undefined) {
    apply(turn, proposal);
    return;
  }
  // (E3)
  if (input.alarm.silent === true && proposal.direction === 'in') return;
  turn.state.proposals.set(policy.name, proposal);
  if (proposal.direction === 'out') apply(turn, proposal);
  else if (proposal.capacity < turn.state.vitals.desired && turn.state.vitals.scaleInDueMs === undefined) {
    changeVitals(turn.state, { scaleInDueMs: turn.nowMs + policyMs(turn, DECISION_SECONDS) });
  }
}

function makeProposal(turn: Turn, policy: ScalingPolicy, input: PolicyTrigger, capacity: number): Proposal {
  const { alarm } = input;
  const cause =
    alarm === undefined
      ? `a user request executed policy ${policy.name}`
      : `a monitor alarm ${alarm.name} in state ${alarm.state} triggered policy ${policy.name}`;
  const cooldownSeconds =
    policy.type === 'SimpleScaling'
      ? (policy.cooldownSeconds ?? turn.state.settings.defaultCooldownSeconds)
      : undefined;
  return {
    policyName: policy.name,
    direction: isScaleIn(policy, input) || capacity < turn.state.vitals.desired ? 'in' : 'out',
    capacity,
    atMs: turn.nowMs,
    cause,
    ...(cooldownSeconds === undefined ? {} : { cooldownSeconds }),
  };
}

/** A low alarm is a word for scaling in, even when it asks for no fewer. */
function isScaleIn(policy: ScalingPolicy, { alarm }: PolicyTrigger): boolean {
  return policy.type === 'TargetTrackingScaling' && alarm?.name === policy.alarmNames.low;
}

function apply(turn: Turn, proposal: Proposal): void {
  if (!setDesired(turn, proposal.capacity, proposal.cause)) return;
  if (proposal.cooldownSeconds !== undefined) beginCooldown(turn, proposal.cooldownSeconds);
}

/** What the policy makes of the moment; undefined when it has nothing to say. */
function capacityAsked(turn: Turn, policy: ScalingPolicy, input: PolicyTrigger): number | undefined {
  if (policy.type === 'SimpleScaling') return askSimple(turn, policy, input);
  if (policy.type === 'StepScaling') return askStep(turn, policy, input);
  return askTracking(turn, policy, input);
}

/** (E1) */
function askSimple(turn: Turn, policy: SimplePolicy, input: PolicyTrigger): number | undefined {
  if (input.honorCooldown && input.alarm === undefined) refuseInCooldown(turn);
  if (input.honorCooldown && (isScaling(turn.state) || isCoolingDown(turn, turn.state))) return undefined;
  const { adjustmentType: type, adjustment: value, minMagnitude } = policy;
  return adjustCapacity(turn.state.vitals.desired, {
    type,
    value,
    ...(minMagnitude === undefined ? {} : { minMagnitude }),
  });
}

/** (E2) */
function askStep(turn: Turn, policy: StepPolicy, input: PolicyTrigger): number | undefined {
  if (input.metricValue === undefined || input.threshold === undefined) {
    if (input.alarm !== undefined) return undefined;
    return refuse(
      'ValidationError',
      'MetricValue and BreachThreshold are required for a policy of type StepScaling',
    );
  }
  const step = findStep(policy.steps, input.metricValue - input.threshold);
  if (step === undefined) {
    if (input.alarm !== undefined) return undefined;
    return refuse('ValidationError', `There is no step adjustment for the metric value ${input.metricValue}`);
  }
  const { desired } = turn.state.vitals;
  const { warm, warming, leaving } = policyCapacity(
    turn,
    policy.warmupSeconds ?? groupWarmupSeconds(turn.state),
  );
  const change = {
    type: policy.adjustmentType,
    value: step.adjustment,
    ...(policy.minMagnitude === undefined ? {} : { minMagnitude: policy.minMagnitude }),
  };
  if (policy.adjustmentType === 'ExactCapacity') {
    return step.adjustment < desired && warming > 0 ? undefined : step.adjustment;
  }
  if (step.adjustment >= 0) return Math.max(desired, adjustCapacity(Math.min(desired, warm), change));
  return warming > 0 ? undefined : Math.min(desired, adjustCapacity(desired + leaving, change));
}

/** (E2) */
function askTracking(turn: Turn, policy: TrackingPolicy, input: PolicyTrigger): number | undefined {
  if (input.alarm === undefined) {
    return refuse(
      'ValidationError',
      `ExecutePolicy is not supported for policy ${policy.name} of type TargetTrackingScaling`,
    );
  }
  if (input.metricValue === undefined) return undefined;
  const { desired } = turn.state.vitals;
  const { warm, warming, leaving } = policyCapacity(
    turn,
    policy.warmupSeconds ?? groupWarmupSeconds(turn.state),
  );
  if (input.alarm.name === policy.alarmNames.high) {
    const wanted = capacityForTarget(Math.min(desired, warm), input.metricValue, policy.target);
    return input.metricValue > policy.target ? Math.max(desired, wanted) : undefined;
  }
  if (warming > 0 || policy.disableScaleIn) return undefined;
  return Math.min(desired, capacityForTarget(desired + leaving, input.metricValue, policy.target));
}

/** (E4) */
export function decideDueScaleIn(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.vitals.scaleInDueMs === undefined || nowMs < state.vitals.scaleInDueMs) return;
  changeVitals(state, { scaleInDueMs: undefined });
  const lifeMs = policyMs(turn, PROPOSAL_LIFE_SECONDS);
  const fresh = [...state.proposals.values()].filter(({ atMs }) => nowMs - atMs <= lifeMs);
  const decision = decideScaleIn(fresh, state.policies, state.vitals.desired);
  if (decision !== undefined) apply(turn, decision);
}
