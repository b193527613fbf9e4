/** The charts of one run: what came and waits, the fleet, and each alarm with what it watched. */

import type { AlarmTrack, RunResult } from '../run/run-result.ts';
import type { BestSchedule } from '../search/best-schedule.ts';
import { type Mark, type Plot, plot, type Series, type Stretch } from './plot.ts';

/** @param prefix of the ids of the charts, unique within a page. */
export function runCharts(
  run: RunResult,
  kind: 'jobs' | 'requests',
  prefix: string,
  best?: BestSchedule,
): Plot[] {
  return [
    kind === 'jobs' ? queueChart(run, prefix) : requestChart(run, prefix),
    fleetChart(run, prefix, best),
    ...run.alarms.map((alarm, index) => alarmChart(alarm, run, `${prefix}-alarm-${index}`)),
  ];
}

function queueChart({ load, lastsSeconds }: RunResult, prefix: string): Plot {
  return plot({
    id: `${prefix}-queue`,
    title: 'Queue',
    unit: 'jobs',
    lastsSeconds,
    whole: true,
    series: [
      {
        name: 'waiting',
        colour: 'c1',
        filled: true,
        points: load.map(({ atSeconds, visible }) => [atSeconds, visible]),
      },
      { name: 'in hand', colour: 'c2', points: load.map(({ atSeconds, inFlight }) => [atSeconds, inFlight]) },
    ],
  });
}

function requestChart({ load, lastsSeconds }: RunResult, prefix: string): Plot {
  return plot({
    id: `${prefix}-requests`,
    title: 'Requests',
    unit: 'a second',
    lastsSeconds,
    series: [
      {
        name: 'requests',
        colour: 'c1',
        filled: true,
        points: load.map(({ atSeconds, rate }) => [atSeconds, rate]),
      },
    ],
  });
}

function fleetChart(run: RunResult, prefix: string, best: BestSchedule | undefined): Plot {
  const { fleet, load, lastsSeconds, activities } = run;
  const series: Series[] = [
    {
      name: 'working',
      colour: 'c3',
      filled: true,
      steps: true,
      points: load.map(({ atSeconds, working }) => [atSeconds, working]),
    },
    {
      name: 'desired',
      colour: 'c1',
      steps: true,
      points: fleet.map(({ atSeconds, desired }) => [atSeconds, desired]),
    },
    {
      name: 'in service',
      colour: 'c2',
      steps: true,
      dashed: true,
      points: fleet.map(({ atSeconds, inService }) => [atSeconds, inService]),
    },
  ];
  if (best !== undefined)
    series.push({
      name: 'best possible order',
      colour: 'c4',
      steps: true,
      dashed: true,
      points: planPoints(best, run),
    });
  return plot({
    id: `${prefix}-fleet`,
    title: 'Fleet',
    unit: 'instances; marks are launches (up) and terminations (down)',
    lastsSeconds,
    whole: true,
    height: 110,
    series,
    marks: activities
      .filter(({ kind }) => kind !== 'other')
      .map(({ atSeconds, kind, text }): Mark => ({ at: atSeconds, kind, text })),
  });
}

function planPoints(
  { plan, slotSeconds, firstOrderSeconds }: BestSchedule,
  { beginning }: RunResult,
): [number, number][] {
  const points: [number, number][] = [[0, beginning.inService]];
  for (const [slot, size] of plan.entries())
    if (size !== points.at(-1)![1]) points.push([firstOrderSeconds + slot * slotSeconds, size]);
  return points;
}

function alarmChart(
  { name, watches, threshold, comparison, values, states }: AlarmTrack,
  run: RunResult,
  id: string,
): Plot {
  const { lastsSeconds } = run;
  const points = values
    .map(({ atSeconds, value }) => [atSeconds, value] as const)
    .filter(([at]) => at >= 0 && at <= lastsSeconds);
  return plot({
    id,
    title: shortName(name),
    unit: watches,
    lastsSeconds,
    height: 80,
    series: [{ name: 'watched', colour: 'c1', points }],
    ...(threshold === undefined
      ? {}
      : { threshold: { value: threshold, text: `${comparison} ${threshold}` } }),
    stretches: states.map(
      ({ atSeconds, state }, index): Stretch => ({
        from: atSeconds,
        to: states[index + 1]?.atSeconds ?? lastsSeconds,
        state,
      }),
    ),
  });
}

/** `lab-QueueLong-U9QLPMZP076R` is `QueueLong` in the template. */
export function shortName(name: string): string {
  const tracking = /^TargetTracking-lab-(\w+)-\w+-Alarm(High|Low)-/.exec(name);
  if (tracking !== null) return `${tracking[1]}: target tracking, ${tracking[2] === 'High' ? 'out' : 'in'}`;
  return name.replace(/^lab-(\w+)-[A-Z0-9]{10,}$/, '$1');
}
