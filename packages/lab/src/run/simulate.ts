/**
 * One run: a variant of a template on a virtual cloud, under a load, with one seed.
 *
 * (S1) Arrivals, service times and the moment within a minute hang on the seed alone, so every variant meets the same load.
 */
import { seededRandom } from '@crescendo/base';
import {
  startVirtualCloud,
  VirtualClock,
  type VirtualCloud,
  type VirtualCloudOptions,
  type VirtualQueue,
} from '@crescendo/cloud/virtual';
import { chooseQueue, type Deployment, deploy, findGroup, templateSource } from '../cloud/deployment.ts';
import { FleetWatch } from '../cloud/fleet-watch.ts';
import { InstanceLife } from '../cloud/instance-life.ts';
import { imagesOf } from '../cloud/lab-template.ts';
import { MetricFeed } from '../cloud/metric-feed.ts';
import type { Job } from '../work/job.ts';
import { RequestStream } from '../work/request-stream.ts';
import { WorkSystem } from '../work/work-system.ts';
import { beginOf, drawJobs, type Streams, streamsOf } from './draws.ts';
import type { Experiment, Variant } from './experiment.ts';
import { feedWatched } from './feed-watched.ts';
import { LoadRecorder } from './load-recorder.ts';
import { queueRulesOf } from './queue-rules.ts';
import type { RunResult } from './run-result.ts';
import { resultOf } from './summary.ts';
import { slotsFor } from './worker-slots.ts';

const MINUTE_MS = 60_000;

export interface RunOptions {
  /** Alarms, activities and charts are left out: for searches. */
  readonly isBrief?: boolean;
}

/** Everything of one run, while it runs. */
export interface Run {
  readonly experiment: Experiment;
  readonly variant: Variant;
  readonly seed: number;
  readonly cloud: VirtualCloud;
  readonly startMs: number;
  readonly endMs: number;
  readonly deployment: Deployment;
  readonly life: InstanceLife;
  readonly watch: FleetWatch;
  readonly recorder: LoadRecorder;
  readonly jobs: readonly Job[];
  readonly workload: WorkSystem | RequestStream;
  readonly notes: string[];
}

/** Fails with a `BadSpec` when the template cannot be put up. */
export async function simulate(
  experiment: Experiment,
  variant: Variant,
  seed: number,
  options: RunOptions = {},
): Promise<RunResult> {
  const { isBrief = false } = options;
  const stand = await putUp(experiment, variant, seed);
  const { clock } = stand.cloud;
  const { startMs, workload } = stand;
  const endMs = startMs + experiment.lastsMs;
  const jobs = drawJobs(experiment, startMs, stand.streams);
  if (workload instanceof WorkSystem) sendJobs(jobs, workload, clock);
  else clock.at(startMs, () => workload.beginCount());
  const recorder = new LoadRecorder({ clock, workload, startMs, lastsMs: experiment.lastsMs, isBrief });
  await clock.runUntil(endMs);
  const failure = stand.life.failure ?? stand.watch.failure;
  if (failure !== undefined) throw failure;
  return await resultOf({ ...stand, experiment, variant, seed, endMs, recorder, jobs }, isBrief);
}

type Stand = Omit<Run, 'experiment' | 'variant' | 'seed' | 'endMs' | 'recorder' | 'jobs'> & {
  readonly streams: Streams;
};

/** The template on its cloud, with workers and metrics, before the load. */
async function putUp(experiment: Experiment, variant: Variant, seed: number): Promise<Stand> {
  const streams = streamsOf(seededRandom(seed));
  const startMs = beginOf(experiment, streams);
  const clock = new VirtualClock(Math.floor((startMs - experiment.leadInMs) / MINUTE_MS) * MINUTE_MS);
  const workload = workloadOf(experiment, clock, startMs);
  const queues: VirtualQueue[] = [];
  const parts: { life?: InstanceLife; watch?: FleetWatch } = {};
  const cloud = await startVirtualCloud({
    ...cloudOptions(experiment, variant, streams, clock),
    onTargetState: (instanceId, state) => parts.life?.setTarget(instanceId, state),
    onQueue: (queue) => queues.push(queue),
    onAlarmAction: () => parts.watch?.look(),
  });
  const { bootDelay } = experiment.timing;
  const slotsOf = slotsFor(experiment.work);
  const life = new InstanceLife({ cloud, random: streams.boot, bootDelay, workload, slotsOf });
  parts.life = life;
  await deploy(cloud, variant.source, variant.values);
  const deployment = await findGroup(cloud, variant.source, experiment.group);
  life.setGroup(deployment.group);
  const watch = new FleetWatch(cloud, deployment.group.AutoScalingGroupName);
  parts.watch = watch;
  const notes = notesOn(deployment, clock.nowMs() > startMs);
  const stand = { cloud, startMs, deployment, life, watch, workload, notes, streams };
  feed(experiment, stand, queues);
  return stand;
}

function cloudOptions(
  { timing, speed }: Experiment,
  { source, values }: Variant,
  streams: Streams,
  clock: VirtualClock,
): VirtualCloudOptions {
  return {
    clock,
    random: streams.cloud,
    bootMs: () => timing.launchDelay.draw(streams.launch),
    haltMs: () => timing.endDelay.draw(streams.end),
    images: imagesOf(source, values),
    speed,
    metricDelayMs: timing.metricDelayMs,
    templateAt: templateSource(source).templateAt,
  };
}

function notesOn({ group }: Deployment, isLate: boolean): string[] {
  const notes: string[] = [];
  if (group.NewInstancesProtectedFromScaleIn === true)
    notes.push('instances take their protection from scale-in off as soon as they can work');
  if (isLate)
    notes.push('the stack stood only after the load had begun: make the lead-in longer (--lead-in)');
  return notes;
}

/** Begins to publish what the load makes of the metrics that the alarms watch. */
function feed(experiment: Experiment, stand: Stand, queues: readonly VirtualQueue[]): void {
  const { cloud, workload, deployment } = stand;
  const isQueue = workload instanceof WorkSystem;
  const queue = isQueue ? chooseQueue(queues, deployment.alarms, experiment.queue) : undefined;
  if (isQueue) workload.setRules(queueRulesOf(queue, experiment.givesBack));
  const metrics = new MetricFeed({
    cloud,
    speed: experiment.speed,
    basicSeconds: experiment.timing.basicSeconds,
    leadMs: experiment.timing.metricLeadMs,
    cpuPerJob: experiment.work.kind === 'jobs' ? experiment.work.cpuPerJob : 1,
    workload,
  });
  feedWatched({ ...stand, experiment, feed: metrics, queueName: queue?.name });
}

function workloadOf(
  { load, work, loadLastsMs }: Experiment,
  clock: VirtualClock,
  startMs: number,
): WorkSystem | RequestStream {
  if (work.kind === 'jobs') return new WorkSystem(clock, queueRulesOf(undefined, true));
  // Before the load begins its first moment holds, so that the fleet is found as such a load would have left it.
  const rateAt = (timeMs: number): number =>
    timeMs - startMs > loadLastsMs ? 0 : load.rateAt(Math.max(0, timeMs - startMs));
  return new RequestStream({ clock, rateAt, capacity: work.capacityPerSecond });
}

/** Each arrival asks for the next, so that few of them wait on the clock. */
function sendJobs(jobs: readonly Job[], workload: WorkSystem, clock: VirtualClock): void {
  const sendFrom = (index: number): void => {
    const job = jobs[index];
    if (job === undefined) return;
    clock.at(job.arrivedMs, () => {
      let next = index;
      for (; jobs[next]?.arrivedMs === job.arrivedMs; next++) workload.arrive(jobs[next]!);
      sendFrom(next);
    });
  };
  sendFrom(0);
}
