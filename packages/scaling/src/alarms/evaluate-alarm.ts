/** One look at one metric alarm. */
import type { MetricStore } from '../metrics/metric-store.ts';
import type { AlarmState } from './alarm.ts';
import type { MetricAlarmEntry, Turn } from './alarms-state.ts';
import { decideState } from './decide.ts';
import { evaluatedPoints, reasonJson, reasonText } from './reason.ts';
import { actionsOf, changeStatus, type Evidence, repeatActions } from './transition.ts';
import { hasFewSamples, type Reading, readWatch } from './watch.ts';

/**
 * So many of the newest periods without a datapoint make an alarm silent (approximation of ours: a single period may be late). AWS has
 * no such mark; it keeps scaling in from following a publisher that has stopped.
 */
export const SILENT_PERIODS = 2;

const MINUTE = 60_000;

/** Looks at the periods that end at `endMs`, in metric time. */
export function evaluateAlarm(
  turn: Turn,
  entry: MetricAlarmEntry,
  metrics: MetricStore,
  endMs: number,
): void {
  const { state } = turn;
  const { reading } = state;
  const { watch } = entry;
  readWatch(watch, metrics, endMs, state.speed, reading);
  const verdict = hasFewSamples(watch, reading)
    ? 'keep'
    : decideState(watch.rule, reading.values, reading.count);
  if (verdict === 'keep' || verdict === entry.alarm.status.state) maybeRepeat(turn, entry, endMs);
  else enterState(turn, entry, verdict);
}

function enterState(turn: Turn, entry: MetricAlarmEntry, to: AlarmState): void {
  const { speed, reading } = turn.state;
  const { watch, alarm } = entry;
  const endMs = reading.startMs + reading.count * reading.periodMs;
  const points = evaluatedPoints(watch, reading, speed);
  const reason = reasonText(watch, reading, points, to);
  const reasonData = reasonJson(alarm.definition, watch, points, turn.nowMs);
  changeStatus(turn, entry, { state: to, reason, reasonData }, evidenceOf(reading, speed));
  entry.actedMs = endMs;
}

/** Once a minute, however often the alarm is looked at. */
function maybeRepeat(turn: Turn, entry: MetricAlarmEntry, endMs: number): void {
  if (actionsOf(entry.alarm).length === 0) return;
  const sinceMs = endMs - Math.floor(entry.actedMs / TEN_SECONDS) * TEN_SECONDS;
  if (sinceMs >= 0 && sinceMs < MINUTE) return;
  const { speed, reading } = turn.state;
  entry.actedMs = endMs;
  repeatActions(turn, entry, () => evidenceOf(reading, speed));
}

const TEN_SECONDS = 10_000;

function evidenceOf({ values, count, startMs, periodMs }: Reading, speed: number): Evidence {
  let newest = count - 1;
  while (newest >= 0 && Number.isNaN(values[newest]!)) newest--;
  if (newest < 0) return { metricValue: undefined, metricTimeMs: undefined, silent: true };
  return {
    metricValue: values[newest]!,
    metricTimeMs: Math.round((startMs + newest * periodMs) / speed),
    silent: newest < count - SILENT_PERIODS,
  };
}
