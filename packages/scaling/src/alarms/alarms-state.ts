/**
 * All alarms of one cloud, between steps. Only `step.ts` and what it calls change it.
 *
 * (A1) An `Alarm` is never changed in place: every change makes a new one and tells it as an effect.
 * (A2) What is not in an `Alarm` can be lost: after a restart the alarms are put back with `restore`, keep their states without a new
 *      transition, and Auto Scaling's actions go on with the next evaluation.
 */
import type {
  Alarm,
  AlarmDefinition,
  AlarmState,
  CompositeAlarmDefinition,
  MetricAlarmDefinition,
} from './alarm.ts';
import type { AlarmAction } from './alarm-action.ts';
import type { AlarmHistoryItem } from './alarm-history.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { newReading, type Reading, type Watch } from './watch.ts';

export type AlarmInput =
  /** Looks at what is due; also after every jump of the clock. */
  | { readonly type: 'tick' }
  /** A definition that passed `alarmProblem`. A new alarm has INSUFFICIENT_DATA; one that is there keeps its state. */
  | { readonly type: 'put'; readonly definition: AlarmDefinition }
  /** Unknown names are passed over. */
  | { readonly type: 'delete'; readonly names: readonly string[] }
  /** `reasonData` is JSON. Unknown names are passed over. */
  | {
      readonly type: 'set-state';
      readonly name: string;
      readonly state: AlarmState;
      readonly reason: string;
      readonly reasonData: string | undefined;
    }
  | { readonly type: 'enable-actions'; readonly names: readonly string[]; readonly enabled: boolean }
  /** What an earlier `changed` effect told; before the first tick. */
  | { readonly type: 'restore'; readonly alarms: readonly Alarm[] };

export type AlarmEffect =
  /** To be kept, before the actions that follow are carried out. */
  | { readonly type: 'changed'; readonly alarm: Alarm }
  | { readonly type: 'deleted'; readonly name: string }
  | { readonly type: 'history'; readonly item: AlarmHistoryItem }
  | { readonly type: 'action'; readonly action: AlarmAction };

export interface MetricAlarmEntry {
  readonly type: 'metric';
  alarm: Alarm<MetricAlarmDefinition>;
  readonly watch: Watch;
  /** When its actions were last called, in metric time. */
  actedMs: number;
}

export interface CompositeAlarmEntry {
  readonly type: 'composite';
  alarm: Alarm<CompositeAlarmDefinition>;
  readonly rule: AlarmRule;
}

export type AlarmEntry = MetricAlarmEntry | CompositeAlarmEntry;

export interface AlarmsState {
  /** Metric time is true time multiplied by it. */
  readonly speed: number;
  readonly entries: Map<string, AlarmEntry>;
  /** Metric alarms by how often they are looked at. */
  readonly everyMinute: Set<MetricAlarmEntry>;
  readonly everyTenSeconds: Set<MetricAlarmEntry>;
  /** By the name of an alarm, the composite alarms whose rules name it. */
  readonly parents: Map<string, Set<string>>;
  /** When they were last looked at, in metric time. */
  minuteMs: number;
  tenSecondsMs: number;
  readonly reading: Reading;
}

/** `speed` divides the periods of alarms and the time between evaluations. */
export function createAlarms(options: { readonly speed?: number } = {}): AlarmsState {
  return {
    speed: options.speed ?? 1,
    entries: new Map(),
    everyMinute: new Set(),
    everyTenSeconds: new Set(),
    parents: new Map(),
    minuteMs: Number.NEGATIVE_INFINITY,
    tenSecondsMs: Number.NEGATIVE_INFINITY,
    reading: newReading(),
  };
}

/** One step: the state, the moment, and what has come of it so far. */
export interface Turn {
  readonly state: AlarmsState;
  readonly nowMs: number;
  readonly effects: AlarmEffect[];
  /** Alarms whose state changed and whose parents have not been looked at yet. */
  readonly changed: string[];
}
