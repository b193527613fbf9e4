import { invalidValue, missingParameter } from './errors.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

export function timeRangeOf(input: {
  readonly StartTime?: Date | undefined;
  readonly EndTime?: Date | undefined;
}): TimeRange {
  if (input.StartTime === undefined) throw missingParameter('StartTime');
  if (input.EndTime === undefined) throw missingParameter('EndTime');
  const range = { startMs: input.StartTime.getTime(), endMs: input.EndTime.getTime() };
  if (range.startMs < range.endMs) return range;
  throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
}

/** The periods of a range: AWS rounds its start down, by the minute, and more coarsely the older it is. */
export interface Periods {
  readonly startMs: number;
  readonly periodMs: number;
  readonly count: number;
}

/**
 * `period` in seconds. The range is cut to what can hold data: what is kept of periods so short, and two hours ahead.
 */
export function periodsOf({ startMs, endMs }: TimeRange, period: number, nowMs: number): Periods {
  const periodMs = period * 1_000;
  const oldestMs = nowMs - keptMs(period);
  const from =
    startMs < oldestMs ? startMs + Math.floor((oldestMs - startMs) / periodMs) * periodMs : startMs;
  const roundMs = roundingMs(period, nowMs - from);
  const start = Math.floor(from / roundMs) * roundMs;
  const end = Math.min(endMs, nowMs + 3 * HOUR);
  return { startMs: start, periodMs, count: Math.max(0, Math.ceil((end - start) / periodMs)) };
}

function roundingMs(period: number, ageMs: number): number {
  if (period < 60) return period * 1_000;
  if (ageMs < 15 * DAY) return MINUTE;
  return ageMs < 63 * DAY ? 5 * MINUTE : HOUR;
}

/** How long data of such periods can be asked for. */
function keptMs(period: number): number {
  if (period < 60) return 3 * HOUR;
  if (period % 300 !== 0) return 15 * DAY;
  return period % 3_600 === 0 ? 455 * DAY : 63 * DAY;
}
