/** Scheduled changes of a group's bounds and desired capacity. */
import { nextCronTime, parseCron } from './cron.ts';

export interface ScheduledAction {
  readonly name: string;
  /** A UUID: part of the action's ARN. */
  readonly id: string;
  readonly startMs?: number;
  readonly endMs?: number;
  /** A cron expression that was checked; absent: the action runs once, at its start. */
  readonly recurrence?: string;
  readonly timeZone?: string;
  readonly min?: number;
  readonly max?: number;
  readonly desired?: number;
  /** When it runs next; absent: never again. */
  readonly nextMs?: number;
}

/**
 * When the action runs next after `afterMs`. With a start and a recurrence it runs at the start and then as the recurrence says. At or
 * after its end it does not run.
 */
export function nextRunMs(action: ScheduledAction, afterMs: number): number | undefined {
  const next = candidate(action, afterMs);
  return next === undefined || (action.endMs !== undefined && next >= action.endMs) ? undefined : next;
}

function candidate(action: ScheduledAction, afterMs: number): number | undefined {
  if (action.startMs !== undefined && action.startMs > afterMs) return action.startMs;
  if (action.recurrence === undefined) return undefined;
  const cron = parseCron(action.recurrence);
  return typeof cron === 'string' ? undefined : nextCronTime(cron, afterMs, action.timeZone);
}
