/** What an alarm is told to do, and what is known of it. Plain data: it is stored and read back as it is. */
import type { MetricIdentity } from '../metrics/metric.ts';
import type { Unit } from '../metrics/unit.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type ComparisonOperator =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** A statistic of a metric over periods. */
export interface MetricStatistic {
  readonly metric: MetricIdentity;
  /** Seconds. */
  readonly period: number;
  /** As AWS writes it: `Average`, `p99.9`, `TM(10%:90%)` ... */
  readonly statistic: string;
  /** Only samples of this unit; all of them unless told. */
  readonly unit?: Unit;
}

/** One line of metric math: a metric or an expression over other lines, by their ids. */
export type MetricQuery =
  | {
      readonly type: 'metric';
      readonly id: string;
      readonly source: MetricStatistic;
      readonly label?: string;
      readonly returnData: boolean;
    }
  | {
      readonly type: 'expression';
      readonly id: string;
      readonly expression: string;
      readonly label?: string;
      /** Seconds; that of the metrics it uses unless told. */
      readonly period?: number;
      readonly returnData: boolean;
    };

/** What both kinds of alarm have. Actions are ARNs. */
interface AlarmActions {
  readonly name: string;
  readonly description?: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
}

export interface MetricAlarmDefinition extends AlarmActions {
  readonly type: 'metric';
  /** What is watched: one metric, or several lines of which exactly one returns data. */
  readonly watches:
    | { readonly type: 'metric'; readonly source: MetricStatistic }
    | { readonly type: 'math'; readonly queries: readonly MetricQuery[] };
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** N: how many periods are looked at. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach; N unless told. */
  readonly datapointsToAlarm?: number;
  /** `missing` unless told. */
  readonly treatMissingData?: MissingData;
  /** Percentiles only: `ignore` keeps the state while samples are too few to say anything. */
  readonly lowSampleCountPercentile?: 'evaluate' | 'ignore';
}

export interface CompositeAlarmDefinition extends AlarmActions {
  readonly type: 'composite';
  readonly rule: string;
}

export type AlarmDefinition = MetricAlarmDefinition | CompositeAlarmDefinition;

export interface AlarmStatus {
  readonly state: AlarmState;
  readonly reason: string;
  /** JSON, as AWS writes it. */
  readonly reasonData: string | undefined;
  /** When `reason` or `state` last changed; milliseconds since 1970, as all times here. */
  readonly updatedMs: number;
  /** When `state` last changed. */
  readonly transitionedMs: number;
}

/** A whole alarm. Every change makes a new value. */
export interface Alarm<Definition extends AlarmDefinition = AlarmDefinition> {
  readonly definition: Definition;
  readonly status: AlarmStatus;
  /** When the definition last changed. */
  readonly configuredMs: number;
}
