/** What came of one run. Times are seconds since the load began. */
import type { ActivityAnswer } from '../cloud/answers.ts';

export interface Waits {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Metrics {
  /** From the first arrival until the last job was done; undefined when work was left, or the load is of requests. */
  readonly drainSeconds: number | undefined;
  /** From arrival until a worker took the job, in seconds; those never taken have waited until the end. */
  readonly waits: Waits | undefined;
  readonly instanceHours: number;
  readonly dollars: number;
  readonly launches: number;
  readonly terminations: number;
  /** Launches within ten minutes of a scale-in: capacity that was given away and had to be bought back. */
  readonly flaps: number;
  readonly maxFleet: number;
  readonly arrived: number;
  readonly done: number;
  /** Not done at the end. */
  readonly left: number;
  readonly deadLettered: number;
  readonly expired: number;
  /** Requests that came when all instances together could not answer them. */
  readonly overCapacity: number;
}

export interface Point {
  readonly atSeconds: number;
}

export interface LoadPoint extends Point {
  readonly visible: number;
  readonly inFlight: number;
  /** Requests a second; 0 for jobs. */
  readonly rate: number;
  readonly working: number;
}

export interface FleetPoint extends Point {
  readonly desired: number;
  readonly inService: number;
  readonly total: number;
}

export interface AlarmTrack {
  readonly name: string;
  /** What it watches, for people. */
  readonly watches: string;
  readonly threshold: number | undefined;
  readonly comparison: string;
  readonly values: readonly (Point & { readonly value: number })[];
  readonly states: readonly (Point & { readonly state: string })[];
}

export interface ActivityPoint extends Point {
  readonly kind: 'launch' | 'terminate' | 'other';
  /** When it was over: for a launch, when the instance came into service. */
  readonly endSeconds: number | undefined;
  readonly text: string;
  readonly cause: string;
  readonly status: ActivityAnswer['StatusCode'];
}

/** What the run found when the load began. */
export interface Beginning {
  readonly min: number;
  readonly max: number;
  readonly inService: number;
  /** Instances that had been launched by then. */
  readonly launched: number;
  readonly instanceType: string;
  /** Workers of an instance. */
  readonly slots: number;
  readonly dollarsAnHour: number;
}

export interface RunResult {
  readonly beginning: Beginning;
  readonly variant: string;
  readonly seed: number;
  readonly metrics: Metrics;
  readonly lastsSeconds: number;
  readonly load: readonly LoadPoint[];
  readonly fleet: readonly FleetPoint[];
  readonly alarms: readonly AlarmTrack[];
  readonly activities: readonly ActivityPoint[];
  /** What the simulation leaves out or takes for granted, for people. */
  readonly notes: readonly string[];
}
