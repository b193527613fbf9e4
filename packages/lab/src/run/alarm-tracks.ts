/** What each alarm of the group watched, and its states, as CloudWatch tells it afterwards. */
import type { AlarmAnswer, HistoryAnswer, QueryAnswer } from '../cloud/answers.ts';
import type { AlarmTrack } from './run-result.ts';
import type { Run } from './simulate.ts';

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};

export async function alarmTracks(run: Run): Promise<AlarmTrack[]> {
  const tracks: AlarmTrack[] = [];
  for (const alarm of run.deployment.alarms) {
    tracks.push({
      name: alarm.AlarmName,
      watches: describeWatch(alarm),
      threshold: alarm.Threshold,
      comparison: COMPARISONS[alarm.ComparisonOperator ?? ''] ?? '',
      values: await valuesOf(run, alarm),
      states: await statesOf(run, alarm),
    });
  }
  return tracks;
}

/** `Average ApproximateNumberOfMessagesVisible > 15, 1 of 1 x 300 s`. */
export function describeWatch(alarm: AlarmAnswer): string {
  const { Statistic, ExtendedStatistic, MetricName, EvaluationPeriods = 1, DatapointsToAlarm } = alarm;
  const math = (alarm.Metrics ?? []).find(({ ReturnData, Expression }) => ReturnData !== false && Expression);
  const what =
    MetricName === undefined ? (math?.Expression ?? '') : `${Statistic ?? ExtendedStatistic} ${MetricName}`;
  const comparison = COMPARISONS[alarm.ComparisonOperator ?? ''] ?? '';
  const points = `${DatapointsToAlarm ?? EvaluationPeriods} of ${EvaluationPeriods} x ${periodOf(alarm)} s`;
  return `${what} ${comparison} ${alarm.Threshold ?? ''}, ${points}`;
}

function periodOf({ Period, Metrics = [] }: AlarmAnswer): number {
  return Period ?? Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 60;
}

/** With a period of their own: at a speed above 1 periods of alarms are shorter than they say. */
function queriesOf(alarm: AlarmAnswer, Period: number): readonly QueryAnswer[] {
  if (alarm.Metrics !== undefined && alarm.Metrics.length > 0)
    return alarm.Metrics.map((query) =>
      query.MetricStat === undefined
        ? { ...query, Period }
        : { ...query, MetricStat: { ...query.MetricStat, Period } },
    ).map(({ Period: own, ...query }) =>
      query.MetricStat === undefined ? { ...query, Period: own! } : query,
    );
  const { Namespace = '', MetricName = '', Dimensions = [] } = alarm;
  const Stat = alarm.Statistic ?? alarm.ExtendedStatistic ?? 'Average';
  return [{ Id: 'watched', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat } }];
}

const SHORT_PERIODS = [30, 10, 5, 1];

/** The longest period that can be asked for and is no longer than the alarm's is in true time. */
function askedPeriod(seconds: number): number {
  if (seconds >= 60) return Math.floor(seconds / 60) * 60;
  return SHORT_PERIODS.find((short) => short <= seconds) ?? 1;
}

interface DataPage {
  readonly MetricDataResults?: readonly {
    readonly Timestamps?: readonly Date[];
    readonly Values?: readonly number[];
  }[];
  readonly NextToken?: string;
}

/** A point stands at the end of its period: that is when the alarm could see it. Windows slide by the minute, as the alarm's do. */
async function valuesOf(run: Run, alarm: AlarmAnswer): Promise<AlarmTrack['values']> {
  const period = askedPeriod(periodOf(alarm) / run.experiment.speed);
  const slides = Math.min(MOST_SLIDES, Math.max(1, period / 60));
  const points: { atSeconds: number; value: number }[] = [];
  for (let slide = 0; slide < slides; slide++)
    points.push(...(await windowsFrom(run, alarm, period, (slide * period) / slides)));
  return points.sort((one, other) => one.atSeconds - other.atSeconds);
}

const MOST_SLIDES = 5;

async function windowsFrom(
  { cloud, startMs, endMs }: Run,
  alarm: AlarmAnswer,
  period: number,
  offsetSeconds: number,
): Promise<{ atSeconds: number; value: number }[]> {
  const points: { atSeconds: number; value: number }[] = [];
  for (let NextToken: string | undefined, first = true; first || NextToken !== undefined; first = false) {
    const page: DataPage = await cloud.services.call('monitoring', 'GetMetricData', {
      MetricDataQueries: queriesOf(alarm, period),
      StartTime: new Date(startMs - (2 * period - offsetSeconds) * 1_000),
      EndTime: new Date(endMs),
      ScanBy: 'TimestampAscending',
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    const { Timestamps = [], Values = [] } = page.MetricDataResults?.[0] ?? {};
    Timestamps.forEach((time, index) => {
      const atMs = time.getTime() + period * 1_000;
      if (atMs <= endMs) points.push({ atSeconds: (atMs - startMs) / 1_000, value: Values[index]! });
    });
    NextToken = page.NextToken;
  }
  return points;
}

interface HistoryPage {
  readonly AlarmHistoryItems?: readonly HistoryAnswer[];
  readonly NextToken?: string;
}

/** Begins with the state in which the load found the alarm. */
async function statesOf(
  { cloud, startMs }: Run,
  { AlarmName, StateValue }: AlarmAnswer,
): Promise<AlarmTrack['states']> {
  const changes: { atSeconds: number; state: string }[] = [];
  for (let NextToken: string | undefined, first = true; first || NextToken !== undefined; first = false) {
    const page: HistoryPage = await cloud.services.call('monitoring', 'DescribeAlarmHistory', {
      AlarmName,
      HistoryItemType: 'StateUpdate',
      ScanBy: 'TimestampAscending',
      MaxRecords: 100,
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    for (const { Timestamp, HistorySummary } of page.AlarmHistoryItems ?? []) {
      const state = /to (OK|ALARM|INSUFFICIENT_DATA)/.exec(HistorySummary)?.[1];
      if (state !== undefined) changes.push({ atSeconds: (Timestamp.getTime() - startMs) / 1_000, state });
    }
    NextToken = page.NextToken;
  }
  const before = changes.findLast(({ atSeconds }) => atSeconds <= 0)?.state ?? StateValue;
  return [{ atSeconds: 0, state: before }, ...changes.filter(({ atSeconds }) => atSeconds > 0)];
}
