/**
 * The alarms as a state machine: inputs in, effects out. It has no clock; times are milliseconds since 1970, and the metrics' times are
 * those multiplied by the speed.
 */
import type { MetricStore } from '../metrics/metric-store.ts';
import type { Alarm, AlarmDefinition, AlarmStatus } from './alarm.ts';
import { configured } from './alarm-history.ts';
import { parseAlarmRule } from './alarm-rule.ts';
import type {
  AlarmEffect,
  AlarmEntry,
  AlarmInput,
  AlarmsState,
  MetricAlarmEntry,
  Turn,
} from './alarms-state.ts';
import { evaluateComposite, evaluateParents, linkParents, unlinkParents } from './composite.ts';
import { evaluateAlarm } from './evaluate-alarm.ts';
import { INITIAL_REASON, valueInReason } from './reason.ts';
import { changeStatus, NO_EVIDENCE, replaceAlarm } from './transition.ts';
import { watchOf } from './watch.ts';

const MINUTE = 60_000;
const TEN_SECONDS = 10_000;

/** Changes `state`. The effects are to be carried out in their order. */
export function stepAlarms(
  state: AlarmsState,
  input: AlarmInput,
  nowMs: number,
  metrics: MetricStore,
): AlarmEffect[] {
  const turn: Turn = { state, nowMs, effects: [], changed: [] };
  handle(turn, input, metrics);
  evaluateParents(turn);
  return turn.effects;
}

/** When the next `tick` is due: in milliseconds since 1970, not always a whole number; Infinity when there is nothing to look at. */
export function nextAlarmTickMs(state: AlarmsState, nowMs: number): number {
  if (state.everyTenSeconds.size > 0) return nextBoundaryMs(state, nowMs, TEN_SECONDS);
  if (state.everyMinute.size > 0) return nextBoundaryMs(state, nowMs, MINUTE);
  return Number.POSITIVE_INFINITY;
}

function nextBoundaryMs({ speed }: AlarmsState, nowMs: number, everyMs: number): number {
  return ((Math.floor((nowMs * speed) / everyMs) + 1) * everyMs) / speed;
}

function handle(turn: Turn, input: AlarmInput, metrics: MetricStore): void {
  switch (input.type) {
    case 'tick':
      handleTick(turn, metrics);
      break;
    case 'put':
      handlePut(turn, input.definition);
      break;
    case 'delete':
      for (const name of input.names) deleteAlarm(turn, name);
      break;
    case 'set-state':
      handleSetState(turn, input);
      break;
    case 'enable-actions':
      for (const name of input.names) enableActions(turn, name, input.enabled);
      break;
    case 'restore':
      for (const alarm of input.alarms) addEntry(turn.state, alarm);
      break;
  }
}

/** A window that was slept through is not looked at any more: only the newest one is. The clock may also have gone back. */
function handleTick(turn: Turn, metrics: MetricStore): void {
  const { state } = turn;
  const metricNowMs = turn.nowMs * state.speed;
  const tenSecondsMs = Math.floor(metricNowMs / TEN_SECONDS) * TEN_SECONDS;
  const minuteMs = Math.floor(metricNowMs / MINUTE) * MINUTE;
  if (tenSecondsMs !== state.tenSecondsMs) {
    state.tenSecondsMs = tenSecondsMs;
    for (const entry of state.everyTenSeconds) evaluateAlarm(turn, entry, metrics, tenSecondsMs);
  }
  if (minuteMs !== state.minuteMs) {
    state.minuteMs = minuteMs;
    for (const entry of state.everyMinute) evaluateAlarm(turn, entry, metrics, minuteMs);
  }
}

function handlePut(turn: Turn, definition: AlarmDefinition): void {
  const { state, nowMs } = turn;
  const present = state.entries.get(definition.name);
  const status = present?.alarm.status ?? initialStatus(nowMs);
  if (present !== undefined) removeEntry(state, present);
  const entry = addEntry(state, { definition, status, configuredMs: nowMs });
  turn.effects.push({ type: 'changed', alarm: entry.alarm });
  const what = present === undefined ? 'Created' : 'Updated';
  turn.effects.push({ type: 'history', item: configured(entry.alarm, nowMs, what) });
  if (entry.type === 'metric' && present?.type === 'metric') entry.actedMs = present.actedMs;
  if (entry.type === 'composite') evaluateComposite(turn, entry, undefined);
  else if (present === undefined) turn.changed.push(definition.name);
}

function initialStatus(nowMs: number): AlarmStatus {
  return {
    ...{ state: 'INSUFFICIENT_DATA', reason: INITIAL_REASON, reasonData: undefined },
    ...{ updatedMs: nowMs, transitionedMs: nowMs },
  };
}

function handleSetState(turn: Turn, input: AlarmInput & { type: 'set-state' }): void {
  const entry = turn.state.entries.get(input.name);
  if (entry === undefined) return;
  const { state, reason, reasonData } = input;
  const evidence = { ...NO_EVIDENCE, metricValue: valueInReason(reasonData) };
  changeStatus(turn, entry, { state, reason, reasonData }, evidence);
}

function enableActions(turn: Turn, name: string, enabled: boolean): void {
  const entry = turn.state.entries.get(name);
  if (entry === undefined || entry.alarm.definition.actionsEnabled === enabled) return;
  const definition = { ...entry.alarm.definition, actionsEnabled: enabled };
  replaceAlarm(turn, entry, { ...entry.alarm, definition, configuredMs: turn.nowMs });
  turn.effects.push({ type: 'history', item: configured(entry.alarm, turn.nowMs, 'Updated') });
}

function deleteAlarm(turn: Turn, name: string): void {
  const entry = turn.state.entries.get(name);
  if (entry === undefined) return;
  removeEntry(turn.state, entry);
  turn.effects.push({ type: 'deleted', name });
  turn.effects.push({ type: 'history', item: configured(entry.alarm, turn.nowMs, 'Deleted') });
  turn.changed.push(name);
}

function addEntry(state: AlarmsState, alarm: Alarm): AlarmEntry {
  const entry = entryOf(alarm);
  state.entries.set(alarm.definition.name, entry);
  if (entry.type === 'composite') linkParents(state, entry);
  else groupOf(state, entry).add(entry);
  return entry;
}

function entryOf({ definition, ...rest }: Alarm): AlarmEntry {
  if (definition.type === 'composite')
    return { type: 'composite', alarm: { definition, ...rest }, rule: parseAlarmRule(definition.rule) };
  return {
    type: 'metric',
    alarm: { definition, ...rest },
    watch: watchOf(definition),
    actedMs: Number.NEGATIVE_INFINITY,
  };
}

function removeEntry(state: AlarmsState, entry: AlarmEntry): void {
  state.entries.delete(entry.alarm.definition.name);
  if (entry.type === 'composite') unlinkParents(state, entry);
  else groupOf(state, entry).delete(entry);
}

function groupOf(state: AlarmsState, { watch }: MetricAlarmEntry): Set<MetricAlarmEntry> {
  return watch.periodMs < MINUTE ? state.everyTenSeconds : state.everyMinute;
}
