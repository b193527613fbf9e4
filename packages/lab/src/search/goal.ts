/** What a search looks for: limits that must hold, and one number that is to be small. */
import { parseAmount, parseDuration } from '../load/duration.ts';
import { badSpec } from '../load/spec-error.ts';
import { missedOf } from '../run/outcome.ts';
import type { Metrics } from '../run/run-result.ts';

interface Measure {
  readonly of: (metrics: Metrics) => number | undefined;
  readonly unit: 'time' | 'number';
}

/** A run that was not drained, or had nobody wait, has no number: that is worse than any. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  drain: { of: ({ drainSeconds }) => drainSeconds, unit: 'time' },
  'mean-wait': { of: ({ waits }) => waits?.mean, unit: 'time' },
  'p50-wait': { of: ({ waits }) => waits?.p50, unit: 'time' },
  'p95-wait': { of: ({ waits }) => waits?.p95, unit: 'time' },
  'p99-wait': { of: ({ waits }) => waits?.p99, unit: 'time' },
  'max-wait': { of: ({ waits }) => waits?.max, unit: 'time' },
  cost: { of: ({ dollars }) => dollars, unit: 'number' },
  'instance-hours': { of: ({ instanceHours }) => instanceHours, unit: 'number' },
  launches: { of: ({ launches }) => launches, unit: 'number' },
  flaps: { of: ({ flaps }) => flaps, unit: 'number' },
  missed: { of: (metrics) => missedOf(metrics), unit: 'number' },
  'max-fleet': { of: ({ maxFleet }) => maxFleet, unit: 'number' },
};

export interface Limit {
  readonly measure: string;
  readonly most: number;
  readonly strict: boolean;
}

export interface Goal {
  readonly text: string;
  readonly limits: readonly Limit[];
  readonly objective: string;
}

export const GOAL_HELP = `limits and one "min-", between commas, such as p95-wait<60s,min-cost; measures are ${Object.keys(MEASURES).join(', ')}`;

/** Fails with what is allowed. Without a `min-` the cost is to be small. */
export function parseGoal(text: string): Goal {
  const limits: Limit[] = [];
  const objectives: string[] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, objective] = /^min-(.+)$/.exec(part) ?? [];
    if (objective !== undefined) objectives.push(known(objective, part));
    else limits.push(parseLimit(part));
  }
  if (objectives.length > 1) throw badSpec(`"${text}" wants several things to be small: give ${GOAL_HELP}`);
  return { text, limits, objective: objectives[0] ?? 'cost' };
}

function parseLimit(part: string): Limit {
  const [, name = '', sign, value = ''] = /^([a-z0-9-]+)\s*(<=?)\s*(.+)$/.exec(part) ?? [];
  if (sign === undefined) throw badSpec(`"${part}" is no goal: give ${GOAL_HELP}`);
  const measure = known(name, part);
  const most =
    MEASURES[measure]!.unit === 'time' ? parseDuration(value, name) / 1_000 : parseAmount(value, name);
  return { measure, most, strict: sign === '<' };
}

function known(name: string, part: string): string {
  if (MEASURES[name] !== undefined) return name;
  throw badSpec(`"${part}" names nothing that is measured: give ${GOAL_HELP}`);
}

export function measureOf(name: string, metrics: Metrics): number {
  return MEASURES[name]!.of(metrics) ?? Number.POSITIVE_INFINITY;
}

/** How far the limits are passed, as a sum of shares; 0 when all hold. */
export function excess({ limits }: Goal, metrics: Metrics): number {
  return limits.reduce((sum, { measure, most, strict }) => {
    const value = measureOf(measure, metrics);
    const holds = strict ? value < most : value <= most;
    // What touches a strict limit passes it, if by nothing.
    return holds ? sum : sum + Math.max(Number.EPSILON, (value - most) / Math.max(most, 1e-9));
  }, 0);
}

/** Negative when the first is better: limits first, then what is to be small, then cost, then time. */
export function compareForGoal(goal: Goal, one: Metrics, other: Metrics): number {
  const keys = (metrics: Metrics): number[] => [
    excess(goal, metrics),
    measureOf(goal.objective, metrics),
    metrics.dollars,
    measureOf('drain', metrics),
    measureOf('p95-wait', metrics),
  ];
  const [first, second] = [keys(one), keys(other)];
  for (const [index, key] of first.entries()) {
    if (key !== second[index]! && !(Number.isNaN(key) || Number.isNaN(second[index]!)))
      return key < second[index]! ? -1 : 1;
  }
  return 0;
}
