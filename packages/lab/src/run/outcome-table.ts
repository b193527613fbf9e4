/** The table that answers what each variant did. */
import { clockText } from '../load/duration.ts';
import { missedOf, type Outcome } from './outcome.ts';

const HEADS = {
  jobs: [
    'VARIANT',
    'DRAINED',
    'WAIT P50',
    'P95',
    'P99',
    'INST-H',
    'COST $',
    'STARTED',
    'ENDED',
    'FLAPS',
    'MISSED',
    'MOST',
  ],
  requests: ['VARIANT', 'REQUESTS', 'OVER CAPACITY', 'INST-H', 'COST $', 'STARTED', 'ENDED', 'FLAPS', 'MOST'],
} as const;

/** Rows of cells; the first row is the head. Numbers stay numbers only where they are whole. */
export function outcomeTable(
  outcomes: readonly Pick<Outcome, 'name' | 'mean'>[],
  kind: 'jobs' | 'requests',
): (readonly (string | number)[])[] {
  const rows = outcomes.map(({ name, mean }) => {
    const fleet = [
      mean.instanceHours.toFixed(2),
      mean.dollars.toFixed(4),
      count(mean.launches),
      count(mean.terminations),
      count(mean.flaps),
    ];
    if (kind === 'requests') {
      const share = mean.arrived === 0 ? 0 : (100 * mean.overCapacity) / mean.arrived;
      return [name, Math.round(mean.arrived), `${share.toFixed(2)} %`, ...fleet, mean.maxFleet];
    }
    const { waits } = mean;
    const waited = waits === undefined ? ['-', '-', '-'] : [waits.p50, waits.p95, waits.p99].map(clockText);
    const drained = mean.drainSeconds === undefined ? 'no' : clockText(mean.drainSeconds);
    return [name, drained, ...waited, ...fleet, count(missedOf(mean)), mean.maxFleet];
  });
  return [HEADS[kind], ...rows];
}

/** Means of counts are not always whole. */
function count(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
