/** What happened to an alarm, as DescribeAlarmHistory tells it. */
import type { Alarm, AlarmStatus } from './alarm.ts';
import type { AlarmAction } from './alarm-action.ts';

export interface AlarmHistoryItem {
  readonly alarmName: string;
  readonly alarmType: 'MetricAlarm' | 'CompositeAlarm';
  readonly timeMs: number;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

function item(
  alarm: Alarm,
  timeMs: number,
  type: AlarmHistoryItem['type'],
  summary: string,
  data: object,
): AlarmHistoryItem {
  const { definition } = alarm;
  return {
    alarmName: definition.name,
    alarmType: definition.type === 'metric' ? 'MetricAlarm' : 'CompositeAlarm',
    ...{ timeMs, type, summary },
    data: JSON.stringify({ version: '1.0', ...data }),
  };
}

export function configured(
  alarm: Alarm,
  timeMs: number,
  what: 'Created' | 'Updated' | 'Deleted',
): AlarmHistoryItem {
  const summary = `Alarm "${alarm.definition.name}" ${what.toLowerCase()}`;
  return item(alarm, timeMs, 'ConfigurationUpdate', summary, {
    type: what === 'Created' ? 'Create' : what === 'Updated' ? 'Update' : 'Delete',
    definition: alarm.definition,
  });
}

export function transitioned(alarm: Alarm, before: AlarmStatus): AlarmHistoryItem {
  const { status } = alarm;
  const summary = `Alarm updated from ${before.state} to ${status.state}`;
  return item(alarm, status.updatedMs, 'StateUpdate', summary, {
    oldState: stateData(before),
    newState: stateData(status),
  });
}

/** To be written by whoever carried the action out; `failure` says why it could not. */
export function actionTaken(action: AlarmAction, timeMs: number, failure?: string): AlarmHistoryItem {
  const { alarmName, actionArn, state, comparison } = action;
  const summary =
    failure === undefined
      ? `Successfully executed action ${actionArn}`
      : `Failed to execute action ${actionArn}. Received error: "${failure}"`;
  return {
    alarmName,
    alarmType: comparison === undefined ? 'CompositeAlarm' : 'MetricAlarm',
    ...{ timeMs, type: 'Action', summary },
    data: JSON.stringify({
      version: '1.0',
      ...{ actionState: failure === undefined ? 'Succeeded' : 'Failed', stateUpdateTimestamp: action.timeMs },
      ...{ notificationResource: actionArn, stateValue: state },
      ...(failure === undefined ? {} : { error: failure }),
    }),
  };
}

function stateData({ state, reason, reasonData }: AlarmStatus): object {
  return {
    stateValue: state,
    stateReason: reason,
    ...(reasonData === undefined ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
  };
}
