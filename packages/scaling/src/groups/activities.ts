/** The activities of a group: every change is one, with AWS's statuses and texts. A finished activity never changes again. */
import { invariant } from '@crescendo/base';
import type { Activity, ActivityStatus, GroupState } from './group-state.ts';
import { newUuid, type Turn } from './turn.ts';

/** Approximation: AWS keeps activities for six weeks; here the newest of them stay. */
export const MAX_ACTIVITIES = 500;

export interface ActivityPlace {
  readonly zone: string;
  readonly subnetId?: string;
}

export function beginActivity(
  turn: Turn,
  description: string,
  cause: string,
  place: ActivityPlace,
  status: ActivityStatus = 'InProgress',
  progress = 0,
): Activity {
  const details = {
    ...(place.subnetId === undefined ? {} : { 'Subnet ID': place.subnetId }),
    'Availability Zone': place.zone,
  };
  const activity = { id: newUuid(turn), description, cause, startMs: turn.nowMs, status, progress, details };
  turn.state.activities.set(activity.id, activity);
  forgetOldest(turn.state);
  return activity;
}

/** Only finished ones go: what is in progress is still to be told. */
function forgetOldest(state: GroupState): void {
  if (state.activities.size <= MAX_ACTIVITIES) return;
  for (const [id, activity] of state.activities) {
    if (activity.endMs === undefined) continue;
    state.activities.delete(id);
    return;
  }
}

export function changeActivity(turn: Turn, id: string | undefined, change: Partial<Activity>): void {
  const activity = id === undefined ? undefined : turn.state.activities.get(id);
  if (activity === undefined) return;
  invariant(activity.endMs === undefined, `activity ${activity.id} has ended and changes again`);
  turn.state.activities.set(activity.id, { ...activity, ...change });
}

export function endActivity(
  turn: Turn,
  id: string | undefined,
  status: 'Successful' | 'Failed' | 'Cancelled',
  statusMessage?: string,
): void {
  changeActivity(turn, id, {
    status,
    progress: 100,
    endMs: turn.nowMs,
    ...(statusMessage === undefined ? {} : { statusMessage }),
  });
}

/** `At 2026-01-01T00:00:00Z `, as AWS begins each sentence of a cause. */
export function at(turn: Turn, sentence: string): string {
  return `At ${new Date(turn.nowMs).toISOString().slice(0, 19)}Z ${sentence}`;
}

/** Sentences of a cause, joined as AWS joins them. */
export function joinCauses(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join('  ');
}
