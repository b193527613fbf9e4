/**
 * Publishes what AWS would publish of the load: the queue's numbers, processors, requests, and traces that were handed in, once a minute of
 * metric time.
 */
import { basicData, isOfWholeGroup, type VirtualCloud } from '@crescendo/cloud/virtual';
import type { MetricSample } from '@crescendo/scaling';
import type { RequestStream } from '../work/request-stream.ts';
import type { WorkSystem } from '../work/work-system.ts';
import type { Workload } from '../work/workload.ts';
import type { MetricAnswer } from './answers.ts';

export interface FeedOptions {
  readonly cloud: VirtualCloud;
  readonly speed: number;
  /** How long before the end of a minute measurements are made; `speed` divides it. */
  readonly leadMs: number;
  /** How often EC2 publishes, in seconds: 60 or 300. */
  readonly basicSeconds: number;
  /** Share of a processor that a job in hand uses. */
  readonly cpuPerJob: number;
  readonly workload: Workload;
}

/** A metric that somebody measured, or made up: its value at a time of the clock. */
export interface FedMetric {
  readonly metric: MetricSample['metric'];
  readonly valueAt: (timeMs: number) => number;
}

export class MetricFeed {
  readonly #options: FeedOptions;
  readonly #sources: ((nowMs: number) => MetricSample[])[] = [];
  readonly #lastCpuMs = new Map<string, { readonly atMs: number; readonly cpuMs: number }>();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#publishEvery(options.basicSeconds, (nowMs) => this.#processors(nowMs));
    this.#publishEvery(60, (nowMs) => this.#sources.flatMap((source) => source(nowMs)));
  }

  /** The numbers that AWS/SQS has of the queue. */
  addQueue(queueName: string, work: WorkSystem): void {
    const dimensions = [{ name: 'QueueName', value: queueName }];
    let before = { ...work.counters };
    this.#sources.push((timeMs) => {
      const { counters } = work;
      const values: readonly (readonly [string, number])[] = [
        ['ApproximateNumberOfMessagesVisible', work.visible],
        ['ApproximateNumberOfMessagesNotVisible', work.inFlight],
        ['ApproximateNumberOfMessagesDelayed', 0],
        ['NumberOfMessagesSent', counters.sent - before.sent],
        ['NumberOfMessagesReceived', counters.received - before.received],
        ['NumberOfMessagesDeleted', counters.deleted - before.deleted],
      ];
      before = { ...counters };
      const age = { name: 'ApproximateAgeOfOldestMessage', value: work.oldestAgeMs() / 1_000 };
      const data = values.map(([name, value]) => ({ name, value, unit: 'Count' as const }));
      return [...data, { ...age, unit: 'Seconds' as const }].map(({ name, value, unit }) => ({
        metric: { namespace: 'AWS/SQS', name, dimensions },
        timeMs,
        data: { type: 'value' as const, value },
        unit,
      }));
    });
  }

  addMetric({ metric, valueAt }: FedMetric): void {
    this.#sources.push((timeMs) => {
      const value = valueAt(timeMs);
      return Number.isFinite(value) ? [{ metric, timeMs, data: { type: 'value', value } }] : [];
    });
  }

  /** What a load balancer says of the requests of the last minute. */
  addRequests(stream: RequestStream, metrics: readonly MetricAnswer[]): void {
    let before = 0;
    let inMinute = 0;
    this.#sources.push(() => {
      inMinute = Math.max(0, stream.requests - before);
      before = stream.requests;
      return [];
    });
    for (const answer of metrics) {
      const isShared = answer.MetricName === 'RequestCountPerTarget';
      this.addMetric({
        metric: identityOf(answer),
        valueAt: () => (isShared ? inMinute / stream.serving : inMinute),
      });
    }
  }

  #publishEvery(seconds: number, measure: (nowMs: number) => MetricSample[]): void {
    const { cloud, speed } = this.#options;
    const { clock } = cloud;
    const everyMs = (seconds * 1_000) / speed;
    const leadMs = this.#options.leadMs / speed;
    const again = (): void => {
      const dueMs = (Math.floor((clock.nowMs() + leadMs) / everyMs + 1e-9) + 1) * everyMs - leadMs;
      clock.at(dueMs, () => {
        cloud.putSamples(measure(clock.nowMs()).map((sample) => this.#resolved(sample)));
        again();
      });
    };
    again();
  }

  #resolved(sample: MetricSample): MetricSample {
    return this.#options.speed === 1 ? sample : { ...sample, storageResolution: 1 };
  }

  /** An instance that is measured for the first time has no use yet. */
  #processors(nowMs: number): MetricSample[] {
    const { cloud, workload, cpuPerJob } = this.#options;
    return cloud.runningInstances().flatMap((instance) => {
      const last = this.#lastCpuMs.get(instance.instanceId);
      const cpuMs = workload.busyMs(instance.instanceId) * cpuPerJob;
      this.#lastCpuMs.set(instance.instanceId, { atMs: nowMs, cpuMs });
      const cpuPercent =
        last === undefined
          ? undefined
          : Math.min(100, (100 * (cpuMs - last.cpuMs)) / (nowMs - last.atMs) / instance.vcpus);
      const sample = { measured: { volumeBytes: 0 }, cpuPercent, atMs: nowMs, resolution: 60 } as const;
      const isWarming = cloud.isWarming(instance.instanceId);
      return basicData(instance, sample)
        .filter((one) => !isWarming || !isOfWholeGroup(one))
        .map(({ namespace, datum }) => ({
          metric: identityOf({ ...datum, Namespace: namespace } as MetricAnswer),
          timeMs: nowMs,
          data: { type: 'value' as const, value: datum.Value! },
          unit: datum.Unit as NonNullable<MetricSample['unit']>,
        }));
    });
  }
}

export function identityOf({ Namespace, MetricName, Dimensions = [] }: MetricAnswer): MetricSample['metric'] {
  return {
    namespace: Namespace ?? '',
    name: MetricName ?? '',
    dimensions: Dimensions.map(({ Name, Value }) => ({ name: Name, value: Value })),
  };
}
