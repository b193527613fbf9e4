import type { AlarmState, ComparisonOperator } from './alarm.ts';

/**
 * An alarm calls one of its actions: once when it enters a state, and Auto Scaling's actions again every minute while it stays there.
 */
export interface AlarmAction {
  readonly alarmName: string;
  readonly actionArn: string;
  readonly state: AlarmState;
  readonly previousState: AlarmState;
  /** False when the alarm entered the state just now. */
  readonly repeated: boolean;
  /** The newest datapoint that was evaluated; undefined for composite alarms and where none was found. */
  readonly metricValue: number | undefined;
  /** Start of the period of `metricValue`, in milliseconds since 1970. */
  readonly metricTimeMs: number | undefined;
  /**
   * True when no datapoint came in the newest periods (`SILENT_PERIODS`): the state rests on old or assumed points. Who is told so must
   * never take capacity away.
   */
  readonly silent: boolean;
  /** Undefined for composite alarms, as is `comparison`. */
  readonly threshold: number | undefined;
  readonly comparison: ComparisonOperator | undefined;
  readonly reason: string;
  readonly timeMs: number;
}
