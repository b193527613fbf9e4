/** The desired capacity: who changes it, and how the cause says so. */

import { clampCapacity } from '../policies/adjustment.ts';
import { at } from './activities.ts';
import { isScaling } from './capacity.ts';
import type { GroupInput } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import type { GroupSettings, GroupState } from './group-state.ts';
import { changeVitals, policyMs, type StepContext, type Turn } from './turn.ts';

type Input<Type extends GroupInput['type']> = Extract<GroupInput, { type: Type }>;

/** Changes the desired capacity for one cause; the sentence ends where the numbers begin. Returns whether it changed. */
export function setDesired(turn: Turn, desired: number, cause: string): boolean {
  const { state } = turn;
  const before = state.vitals.desired;
  if (desired === before) return false;
  changeVitals(state, {
    desired,
    desiredCause: at(turn, `${cause} changing the desired capacity from ${before} to ${desired}.`),
    scaleInDueMs: undefined,
  });
  return true;
}

export function handleCreated(turn: Turn, input: Input<'created'>): void {
  setDesired(turn, input.desired, 'a user request created an AutoScalingGroup');
}

export function handleSettings(turn: Turn, input: Input<'settings-changed'>): void {
  const { state } = turn;
  const before = state.settings;
  const { settings } = input;
  if (settings.min > settings.max) refuse('ValidationError', boundsProblem(settings));
  if (input.desired !== undefined && clampCapacity(input.desired, settings) !== input.desired) {
    refuse(
      'ValidationError',
      `Desired capacity:${input.desired} must be between the specified min size:${settings.min} and max size:${settings.max}`,
    );
  }
  state.settings = settings;
  const desired = input.desired ?? clampCapacity(state.vitals.desired, settings);
  const bounds = constraints(settings, desired);
  setDesired(turn, desired, `a user request update of AutoScalingGroup constraints to ${bounds}`);
  // What is launched is another thing now: the failures of the one before say nothing about it.
  if (before.source !== settings.source) changeVitals(state, { launchFailures: undefined });
}

export function boundsProblem({ min, max }: Pick<GroupSettings, 'min' | 'max'>): string {
  return `Max bound, ${max}, must be greater than or equal to min bound, ${min}`;
}

export function constraints({ min, max }: Pick<GroupSettings, 'min' | 'max'>, desired: number): string {
  return `min: ${min}, max: ${max}, desired: ${desired}`;
}

export function handleDesiredSet(turn: Turn, input: Input<'desired-set'>): void {
  const { min, max } = turn.state.settings;
  if (input.desired > max) {
    refuse(
      'ValidationError',
      `New SetDesiredCapacity value ${input.desired} is above max value ${max} for the AutoScalingGroup.`,
    );
  }
  if (input.desired < min) {
    refuse(
      'ValidationError',
      `New SetDesiredCapacity value ${input.desired} is below min value ${min} for the AutoScalingGroup.`,
    );
  }
  if (input.honorCooldown) refuseInCooldown(turn);
  setDesired(turn, input.desired, 'a user request explicitly set group desired capacity');
  if (input.honorCooldown) beginCooldown(turn, turn.state.settings.defaultCooldownSeconds);
}

/** A cooldown that begins when the activity that it follows has finished. */
export function beginCooldown(turn: Turn, seconds: number): void {
  changeVitals(turn.state, { cooldown: { seconds } });
}

export function isCoolingDown(context: StepContext, state: GroupState): boolean {
  const { cooldown } = state.vitals;
  if (cooldown === undefined) return false;
  return (
    cooldown.startedMs === undefined ||
    context.nowMs < cooldown.startedMs + policyMs(context, cooldown.seconds)
  );
}

export function refuseInCooldown(turn: Turn): void {
  const inProgress = [...turn.state.activities.values()].findLast(({ endMs }) => endMs === undefined);
  if (inProgress !== undefined && isScaling(turn.state)) {
    refuse(
      'ScalingActivityInProgress',
      `Scaling activity ${inProgress.id} is in progress and blocks this action`,
    );
  }
  if (isCoolingDown(turn, turn.state)) {
    refuse(
      'ScalingActivityInProgress',
      `AutoScalingGroup ${turn.state.settings.name} is in cooldown and blocks this action`,
    );
  }
}

/** Starts the cooldown whose activity is over, and ends the one whose time is. */
export function followCooldown(turn: Turn): void {
  const { cooldown } = turn.state.vitals;
  if (cooldown === undefined) return;
  if (cooldown.startedMs === undefined) {
    if (!isScaling(turn.state)) {
      changeVitals(turn.state, { cooldown: { ...cooldown, startedMs: turn.nowMs } });
    }
  } else if (!isCoolingDown(turn, turn.state)) changeVitals(turn.state, { cooldown: undefined });
}
