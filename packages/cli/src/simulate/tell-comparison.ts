/** `simulate --against`: a simulated run beside one that happened. */
import {
  type Comparison,
  clockText,
  layBeside,
  type Outcome,
  pointOf,
  type RecordedRun,
} from '@crescendo/lab';
import { formatTable } from '../terminal/table.ts';

export function compareWith(live: RecordedRun, startMs: number, { runs }: Outcome): Comparison {
  const { activities, lastsSeconds } = runs[0]!;
  const points = live.activities
    .map((activity) => pointOf(activity, startMs))
    .filter(({ atSeconds }) => atSeconds >= 0 && atSeconds <= lastsSeconds);
  return layBeside(points, activities);
}

/** Lines for people, and whether the runs agree. */
export function comparisonLines(
  { pairs, sameSteps, ordersApartSeconds, launchJitterSeconds }: Comparison,
  toleranceSeconds: number,
): { readonly lines: readonly string[]; readonly agree: boolean } {
  const rows = pairs.map(({ kind, number, liveSeconds, simulatedSeconds }) => [
    `${kind} ${number}`,
    liveSeconds === undefined ? '-' : clockText(liveSeconds),
    simulatedSeconds === undefined ? '-' : clockText(simulatedSeconds),
    liveSeconds === undefined || simulatedSeconds === undefined
      ? '-'
      : (simulatedSeconds - liveSeconds).toFixed(1),
  ]);
  const agree = sameSteps && ordersApartSeconds <= toleranceSeconds;
  const verdict = agree
    ? `the runs agree: the same orders, at most ${ordersApartSeconds.toFixed(1)} s apart; launch jitter ${launchJitterSeconds.toFixed(1)} s`
    : sameSteps
      ? `the runs differ: the same orders, but up to ${ordersApartSeconds.toFixed(1)} s apart, and ${toleranceSeconds} s are allowed (--tolerance)`
      : 'the runs differ: the group did not order the same';
  return {
    lines: [...formatTable([['STEP', 'LIVE', 'SIMULATED', 'SECONDS APART'], ...rows]), '', verdict],
    agree,
  };
}
