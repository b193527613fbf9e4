/** What came of a run, in numbers and as what the charts show. */
import { findInstanceType } from '@crescendo/cloud/virtual';
import type { ActivityAnswer } from '../cloud/answers.ts';
import { RequestStream } from '../work/request-stream.ts';
import { alarmTracks } from './alarm-tracks.ts';
import { waitsOf } from './percentiles.ts';
import type { ActivityPoint, Beginning, FleetPoint, Metrics, RunResult } from './run-result.ts';
import type { Run } from './simulate.ts';
import { slotsFor } from './worker-slots.ts';

const FLAP_SECONDS = 600;
/** AWS bills running instances by the second, at least this many. */
const LEAST_BILLED_SECONDS = 60;

export async function resultOf(run: Run, isBrief: boolean): Promise<RunResult> {
  const { variant, seed, experiment, startMs, endMs, notes } = run;
  const activities = (await activitiesOf(run)).filter(({ atSeconds }) => atSeconds >= 0);
  const fleet = fleetOf(run);
  return {
    beginning: beginningOf(run, fleet),
    variant: variant.name,
    seed,
    metrics: metricsOf(run, activities, fleet),
    lastsSeconds: (endMs - startMs) / 1_000,
    load: run.recorder.points,
    fleet,
    alarms: isBrief ? [] : await alarmTracks(run),
    activities,
    notes: [...notes, ...outcomeNotes(run, experiment.lastsMs)],
  };
}

function metricsOf(run: Run, activities: readonly ActivityPoint[], fleet: readonly FleetPoint[]): Metrics {
  const { jobs, workload } = run;
  const done = jobs.filter(({ doneMs }) => doneMs !== undefined);
  const left = jobs.filter(({ doneMs, lost }) => doneMs === undefined && lost === undefined);
  const waited = jobs
    .filter(({ lost }) => lost === undefined)
    .map(({ arrivedMs, takenMs }) => ((takenMs ?? run.endMs) - arrivedMs) / 1_000);
  const lastMs = done.reduce((latest, { doneMs }) => Math.max(latest, doneMs!), 0);
  const cost = costOf(run);
  const launched = activities.filter(({ kind }) => kind === 'launch');
  const ended = activities.filter(({ kind }) => kind === 'terminate');
  return {
    drainSeconds: jobs.length === 0 || left.length > 0 ? undefined : (lastMs - jobs[0]!.arrivedMs) / 1_000,
    waits: waitsOf(waited),
    ...cost,
    launches: launched.length,
    terminations: ended.length,
    flaps: flapsOf(launched, ended),
    maxFleet: Math.max(...fleet.map(({ total }) => total)),
    arrived: workload instanceof RequestStream ? Math.round(workload.requests) : jobs.length,
    done: done.length,
    left: left.length,
    deadLettered: jobs.filter(({ lost }) => lost === 'dead-letter').length,
    expired: jobs.filter(({ lost }) => lost === 'expired').length,
    overCapacity: workload instanceof RequestStream ? Math.round(workload.overCapacity) : 0,
  };
}

function beginningOf(
  { deployment, life, startMs, experiment }: Run,
  fleet: readonly FleetPoint[],
): Beginning {
  const { MinSize: min, MaxSize: max } = deployment.group;
  const before = [...life.spans.values()].filter(({ requestedMs }) => requestedMs < startMs);
  const instanceType = before.at(-1)?.instanceType ?? [...life.spans.values()][0]?.instanceType ?? '';
  return {
    min,
    max,
    inService: fleet[0]?.inService ?? 0,
    launched: before.length,
    instanceType,
    slots: slotsFor(experiment.work)(instanceType),
    dollarsAnHour: findInstanceType(instanceType)?.dollarsAnHour ?? 0,
  };
}

function flapsOf(launched: readonly ActivityPoint[], ended: readonly ActivityPoint[]): number {
  return launched.filter(({ atSeconds }) =>
    ended.some((end) => end.atSeconds <= atSeconds && atSeconds - end.atSeconds <= FLAP_SECONDS),
  ).length;
}

/** From running to gone, within the time of the load. */
function costOf({ life, startMs, endMs }: Run): Pick<Metrics, 'instanceHours' | 'dollars'> {
  let instanceHours = 0;
  let dollars = 0;
  for (const span of life.spans.values()) {
    if (span.runningMs === undefined || !life.belongs(span.instanceId)) continue;
    const fromMs = Math.max(startMs, span.runningMs);
    const toMs = Math.min(endMs, span.endMs ?? endMs);
    if (toMs <= fromMs) continue;
    const least = span.runningMs >= startMs ? LEAST_BILLED_SECONDS : 0;
    const hours = Math.max(least, (toMs - fromMs) / 1_000) / 3_600;
    instanceHours += hours;
    dollars += hours * (findInstanceType(span.instanceType)?.dollarsAnHour ?? 0);
  }
  return { instanceHours, dollars };
}

function fleetOf({ watch, startMs }: Run): FleetPoint[] {
  const points = watch.sights.map(({ atMs, ...rest }) => ({ atSeconds: (atMs - startMs) / 1_000, ...rest }));
  const before = points.findLast(({ atSeconds }) => atSeconds <= 0);
  const after = points.filter(({ atSeconds }) => atSeconds > 0);
  return before === undefined ? after : [{ ...before, atSeconds: 0 }, ...after];
}

interface ActivityPage {
  readonly Activities?: readonly ActivityAnswer[];
  readonly NextToken?: string;
}

/** Oldest first. */
async function activitiesOf({ cloud, deployment, startMs }: Run): Promise<ActivityPoint[]> {
  const { AutoScalingGroupName } = deployment.group;
  const points: ActivityPoint[] = [];
  for (let NextToken: string | undefined, first = true; first || NextToken !== undefined; first = false) {
    const page: ActivityPage = await cloud.services.call('autoscaling', 'DescribeScalingActivities', {
      AutoScalingGroupName,
      MaxRecords: 100,
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    for (const activity of page.Activities ?? []) points.push(pointOf(activity, startMs));
    NextToken = page.NextToken;
  }
  return points.reverse();
}

export function pointOf(activity: ActivityAnswer, startMs: number): ActivityPoint {
  const { Description, Cause, StatusCode, StartTime, EndTime } = activity;
  const kind = /^Launching/.test(Description)
    ? 'launch'
    : /^Terminating/.test(Description)
      ? 'terminate'
      : 'other';
  const atSeconds = (StartTime.getTime() - startMs) / 1_000;
  const endSeconds = EndTime === undefined ? undefined : (EndTime.getTime() - startMs) / 1_000;
  return { atSeconds, endSeconds, kind, text: Description, cause: Cause, status: StatusCode };
}

function outcomeNotes({ deployment }: Run, lastsMs: number): string[] {
  const { group, alarms, launchHooks } = deployment;
  const notes: string[] = [];
  if (alarms.length === 0) notes.push(`no alarm calls a policy of ${group.AutoScalingGroupName}`);
  if (launchHooks.length > 0) notes.push('an instance completes its launch hooks when it can work');
  if (lastsMs <= 0) notes.push('the run has no length');
  return notes;
}
