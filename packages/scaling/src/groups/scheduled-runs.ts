/**
 * Scheduled actions that are due. What was missed while nobody gave the group time is made up for once, not once for each time missed.
 */

import { clampCapacity } from '../policies/adjustment.ts';
import { nextRunMs, type ScheduledAction } from '../policies/scheduled-action.ts';
import { constraints, setDesired } from './desired-capacity.ts';
import type { GroupInput } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import type { Turn } from './turn.ts';

type Input<Type extends GroupInput['type']> = Extract<GroupInput, { type: Type }>;

export function handleScheduledPut(turn: Turn, input: Input<'scheduled-put'>): void {
  for (const action of input.actions) {
    turn.state.scheduled.set(action.name, withNextRun(action, turn.nowMs));
  }
}

function withNextRun(action: ScheduledAction, afterMs: number): ScheduledAction {
  const { nextMs: _, ...rest } = action;
  const nextMs = nextRunMs(rest, afterMs);
  return nextMs === undefined ? rest : { ...rest, nextMs };
}

export function handleScheduledDeleted(turn: Turn, input: Input<'scheduled-deleted'>): void {
  for (const name of input.names) {
    if (!turn.state.scheduled.has(name)) {
      refuse('ValidationError', `Scheduled action name not found - ${name}`);
    }
  }
  for (const name of input.names) turn.state.scheduled.delete(name);
}

export function runDueActions(turn: Turn): void {
  const due = [...turn.state.scheduled.values()]
    .filter(({ nextMs }) => nextMs !== undefined && nextMs <= turn.nowMs)
    .sort((a, b) => a.nextMs! - b.nextMs!);
  for (const action of due) {
    const next = withNextRun(action, turn.nowMs);
    if (next.nextMs === undefined) turn.state.scheduled.delete(action.name);
    else turn.state.scheduled.set(action.name, next);
    if (!turn.state.suspended.has('ScheduledActions')) run(turn, action);
  }
}

/** Bounds that would contradict each other give way to the one that the action names. */
function run(turn: Turn, action: ScheduledAction): void {
  const { state } = turn;
  const min = action.min ?? Math.min(state.settings.min, action.max ?? state.settings.max);
  const max = Math.max(min, action.max ?? state.settings.max);
  state.settings = { ...state.settings, min, max };
  const desired = clampCapacity(action.desired ?? state.vitals.desired, state.settings);
  const bounds = constraints(state.settings, desired);
  setDesired(turn, desired, `a scheduled action update of AutoScalingGroup constraints to ${bounds}`);
}
