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
import { beginOf, drawJobs, streamsOf } from './draws.ts';
import type { Experiment, Schedule, Variant } from './experiment.ts';
import { feedWatched } from './feed-watched.ts';
import { LoadRecorder } from './load-recorder.ts';
import { queueRulesOf } from './queue-rules.ts';
import type { RunResult } from './run-result.ts';
import { resultOf } from './summary.ts';
import { slotsFor } from './worker-slots.ts';

const MINUTE_MS = 60_000;

export interface RunOptions {
  /** Sizes that are ordered instead of what the policies would ask for. */
  readonly schedule?: Schedule;
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
  const streams = streamsOf(seededRandom(seed));
  const startMs = beginOf(experiment, streams);
  const clock = new VirtualClock(Math.floor((startMs - experiment.leadInMs) / MINUTE_MS) * MINUTE_MS);
  const workload = workloadOf(experiment, clock, startMs);
  const queues: VirtualQueue[] = [];
  const bench: { life?: InstanceLife; watch?: FleetWatch } = {};
  const cloud = await startVirtualCloud({
    clock,
    random: streams.cloud,
    bootMs: () => experiment.timing.launchDelay.draw(streams.launch),
    haltMs: () => experiment.timing.endDelay.draw(streams.end),
    images: imagesOf(variant.source, variant.values),
    speed: experiment.speed,
    metricDelayMs: experiment.timing.metricDelayMs,
    onTargetState: (instanceId, state) => bench.life?.setTarget(instanceId, state),
    onQueue: (queue) => queues.push(queue),
    onAlarmAction: () => bench.watch?.look(),
    templateAt: templateSource(variant.source).templateAt,
  });
  const life = new InstanceLife({
    cloud,
    random: streams.boot,
    bootDelay: experiment.timing.bootDelay,
    workload,
    slotsOf: slotsFor(experiment.work),
  });
  bench.life = life;
  await deploy(cloud, variant.source, variant.values);
  const deployment = await findGroup(cloud, variant.source, experiment.group);
  life.setGroup(deployment.group);
  const notes: string[] = [];
  const queue =
    workload instanceof WorkSystem ? chooseQueue(queues, deployment.alarms, experiment.queue) : undefined;
  if (workload instanceof WorkSystem) workload.setRules(queueRulesOf(queue, experiment.givesBack));
  const feed = new MetricFeed({
    cloud,
    speed: experiment.speed,
    basicSeconds: experiment.timing.basicSeconds,
    cpuPerJob: experiment.work.kind === 'jobs' ? experiment.work.cpuPerJob : 1,
    workload,
  });
  const watch = new FleetWatch(cloud, deployment.group.AutoScalingGroupName);
  bench.watch = watch;
  feedWatched({ experiment, deployment, feed, workload, watch, startMs, queueName: queue?.name, notes });
  if (deployment.group.NewInstancesProtectedFromScaleIn === true)
    notes.push('instances take their protection from scale-in off as soon as they can work');
  if (clock.nowMs() > startMs)
    notes.push('the stack stood only after the load had begun: make the lead-in longer (--lead-in)');
  if (options.schedule !== undefined) await followSchedule(cloud, deployment, options.schedule, startMs);
  const jobs = drawJobs(experiment, startMs, streams);
  if (workload instanceof WorkSystem) sendJobs(jobs, workload, clock);
  else clock.at(startMs, () => workload.beginCount());
  const recorder = new LoadRecorder({
    clock,
    workload,
    startMs,
    lastsMs: experiment.lastsMs,
    isBrief: options.isBrief === true,
  });
  const endMs = startMs + experiment.lastsMs;
  await clock.runUntil(endMs);
  const failure = life.failure ?? watch.failure;
  if (failure !== undefined) throw failure;
  const run: Run = {
    experiment,
    variant,
    seed,
    cloud,
    startMs,
    endMs,
    deployment,
    life,
    watch,
    recorder,
    jobs,
    workload,
    notes,
  };
  return await resultOf(run, options.isBrief === true);
}

function workloadOf(
  { load, work }: Experiment,
  clock: VirtualClock,
  startMs: number,
): WorkSystem | RequestStream {
  if (work.kind === 'jobs') return new WorkSystem(clock, queueRulesOf(undefined, true));
  const rateAt = (timeMs: number): number => load.rateAt(Math.max(0, timeMs - startMs));
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

async function followSchedule(
  { services, clock }: VirtualCloud,
  { group }: Deployment,
  schedule: Schedule,
  startMs: number,
): Promise<void> {
  const { AutoScalingGroupName } = group;
  const ScalingProcesses = ['AlarmNotification', 'ScheduledActions'];
  await services.call('autoscaling', 'SuspendProcesses', { AutoScalingGroupName, ScalingProcesses });
  for (const { atMs, desired } of schedule) {
    clock.setTimer(startMs + atMs - clock.nowMs(), () => {
      const input = { AutoScalingGroupName, DesiredCapacity: desired, HonorCooldown: false };
      void services.call('autoscaling', 'SetDesiredCapacity', input);
    });
  }
}
