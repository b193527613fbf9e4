/** What is tried: a load, what it costs to work it off, delays; and variants of a template that are tried on it. */
import type { LabTemplate } from '../cloud/lab-template.ts';
import type { Distribution } from '../load/distribution.ts';
import type { Load } from '../load/load.ts';

/** Jobs of a queue, each held by one worker; or requests, of which an instance answers so many a second. */
export type WorkKind =
  | {
      readonly kind: 'jobs';
      readonly serviceTime: Distribution;
      /** Workers of an instance; undefined: one for each processor of its type. */
      readonly workers: number | undefined;
      /** Share of a processor that a job in hand uses, 0 to 1. */
      readonly cpuPerJob: number;
    }
  | { readonly kind: 'requests'; readonly capacityPerSecond: number };

export interface Timing {
  /** From the request of an instance until EC2 says that it runs. */
  readonly launchDelay: Distribution;
  /** From then until it can work. */
  readonly bootDelay: Distribution;
  /** From the order to end until the instance is gone. */
  readonly endDelay: Distribution;
  /** From a measurement until CloudWatch has it. */
  readonly metricDelayMs: number;
  /** How long before the end of a minute the queue is looked at; `speed` divides it. */
  readonly metricLeadMs: number;
  /** How often EC2 publishes CPUUtilization: 60 or 300. */
  readonly basicSeconds: number;
}

/** A metric that the load does not make. Its times are milliseconds since the load began. */
export interface MetricTrace {
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
  readonly valueAt: (timeMs: number) => number;
  /** The value is the group's, and each instance in service has its share. */
  readonly shared: boolean;
}

export interface Experiment {
  readonly load: Load;
  readonly work: WorkKind;
  readonly timing: Timing;
  readonly traces: readonly MetricTrace[];
  /** Name or logical id; undefined: the one that alarms watch, or scale. */
  readonly queue: string | undefined;
  readonly group: string | undefined;
  /** Whether an instance that is ended gives back what it holds, or the queue's lease must run out. */
  readonly givesBack: boolean;
  readonly speed: number;
  /** Virtual time before the load, for alarms and fleet to come to rest. */
  readonly leadInMs: number;
  /** How long the load comes; what has no end by itself ends then. */
  readonly loadLastsMs: number;
  /** Virtual time from the begin of the load to the end of the run. */
  readonly lastsMs: number;
  /** When the load begins, in milliseconds since 1970; undefined: a Monday at midnight and some seconds that hang on the seed. */
  readonly startMs: number | undefined;
}

export interface Variant {
  readonly name: string;
  readonly source: LabTemplate;
  /** Values of parameters that differ from their defaults. */
  readonly values: Readonly<Record<string, string>>;
}
