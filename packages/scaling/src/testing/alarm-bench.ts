/** One alarm over one metric, driven by hand: what tests of alarms need and nothing else. */
import { invariant } from '@crescendo/base';
import type { Alarm, AlarmState, AlarmStatus, MetricAlarmDefinition } from '../alarms/alarm.ts';
import type { AlarmAction } from '../alarms/alarm-action.ts';
import type { AlarmHistoryItem } from '../alarms/alarm-history.ts';
import { alarmProblem } from '../alarms/alarm-problem.ts';
import { type AlarmInput, createAlarms } from '../alarms/alarms-state.ts';
import { nextAlarmTickMs, stepAlarms } from '../alarms/step.ts';
import { MetricStore } from '../metrics/metric-store.ts';

export const METRIC = { namespace: 'App', name: 'Load', dimensions: [] };
export const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alarms';
export const SCALING =
  'arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:autoScalingGroupName/g:policyName/p';

export type PartOfAlarm = Partial<Omit<MetricAlarmDefinition, 'type' | 'watches'>> & {
  readonly period?: number;
  readonly statistic?: string;
  /** Over the metric as `m`. */
  readonly expression?: string;
};

/** An alarm named `cpu` on an average of more than 5 in one minute, unless told. */
export function alarmOf(part: PartOfAlarm): MetricAlarmDefinition {
  const { period = 60, statistic = 'Average', expression, ...rest } = part;
  const source = { metric: METRIC, period, statistic };
  return {
    ...{ type: 'metric', name: 'cpu', actionsEnabled: true, okActions: [], alarmActions: [] },
    ...{
      insufficientDataActions: [],
      comparison: 'GreaterThanThreshold',
      threshold: 5,
      evaluationPeriods: 1,
    },
    watches:
      expression === undefined
        ? { type: 'metric', source }
        : {
            type: 'math',
            queries: [
              { type: 'metric', id: 'm', source, returnData: false },
              { type: 'expression', id: 'e', expression, returnData: true },
            ],
          },
    ...rest,
  };
}

export class AlarmBench {
  readonly startMs = Date.UTC(2026, 0, 1, 12);
  readonly metrics: MetricStore;
  readonly actions: AlarmAction[] = [];
  readonly history: AlarmHistoryItem[] = [];
  readonly #kept = new Map<string, Alarm>();
  readonly #speed: number;
  #alarms;
  #nowMs = this.startMs;

  constructor(speed = 1, metrics = new MetricStore()) {
    this.#speed = speed;
    this.metrics = metrics;
    this.#alarms = createAlarms({ speed });
  }

  put(part: PartOfAlarm): void {
    const definition = alarmOf(part);
    invariant(alarmProblem(definition) === undefined, `${alarmProblem(definition)}`);
    this.step({ type: 'put', definition });
  }

  step(input: AlarmInput): void {
    for (const effect of stepAlarms(this.#alarms, input, this.#nowMs, this.metrics)) {
      if (effect.type === 'action') this.actions.push(effect.action);
      else if (effect.type === 'history') this.history.push(effect.item);
      else if (effect.type === 'changed') this.#kept.set(effect.alarm.definition.name, effect.alarm);
      else this.#kept.delete(effect.name);
    }
  }

  /** A sample of now. */
  sample(value: number, storageResolution: 1 | 60 = 60): void {
    const timeMs = this.#nowMs * this.#speed;
    this.metrics.put({ metric: METRIC, timeMs, data: { type: 'value', value }, storageResolution }, timeMs);
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    this.step({ type: 'tick' });
  }

  /** A minute with one sample, or without. */
  minute(value: number | undefined): void {
    if (value !== undefined) this.sample(value);
    this.advance(60_000);
  }

  restart(): void {
    this.#alarms = createAlarms({ speed: this.#speed });
    this.step({ type: 'restore', alarms: [...this.#kept.values()] });
  }

  status(name = 'cpu'): AlarmStatus {
    const entry = this.#alarms.entries.get(name);
    invariant(entry !== undefined, `there is no alarm ${name}`);
    return entry.alarm.status;
  }

  state(name = 'cpu'): AlarmState {
    return this.status(name).state;
  }

  dueInMs(): number {
    return nextAlarmTickMs(this.#alarms, this.#nowMs) - this.#nowMs;
  }
}
