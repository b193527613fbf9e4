/** The functions of metric math, by AWS's names. */
import {
  type Call,
  listAt,
  mapSeriesAt,
  numberAt,
  refuse,
  seriesAt,
  textAt,
  valueAt,
  wordAt,
} from './arguments.ts';
import { fillSeries } from './fill.ts';
import { MathError } from './math-error.ts';
import { joinSeries, type MathValue, mapPoints, scalar, type TimeSeries } from './math-value.ts';
import { SORT_KEYS, sortSeries } from './sort.ts';

export interface MathFunction {
  readonly least: number;
  readonly most: number;
  readonly run: (call: Call) => MathValue;
}

export const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ABS: pointwise(Math.abs),
  CEIL: pointwise(Math.ceil),
  FLOOR: pointwise(Math.floor),
  LOG: pointwise(Math.log),
  LOG10: pointwise(Math.log10),
  AVG: aggregate((values) => sum(values) / values.length),
  SUM: aggregate(sum),
  MIN: aggregate((values) => values.reduce((least, value) => Math.min(least, value))),
  MAX: aggregate((values) => values.reduce((most, value) => Math.max(most, value))),
  STDDEV: aggregate(deviation),
  DATAPOINT_COUNT: aggregate((values) => values.length, 0),
  DIFF: overSeries((series) => differences(series, () => 1)),
  RATE: overSeries((series, call) =>
    differences(series, (elapsedMs) => elapsedMs / (1_000 * call.context.speed)),
  ),
  DIFF_TIME: overSeries((series, call) => {
    const { times } = series;
    return mapPoints(series, (_, timeMs, i) =>
      i === 0 ? Number.NaN : (timeMs - times[i - 1]!) / (1_000 * call.context.speed),
    );
  }),
  RUNNING_SUM: overSeries((series) => {
    let total = 0;
    return mapPoints(series, (value) => {
      total += value;
      return total;
    });
  }),
  PERIOD: {
    least: 1,
    most: 1,
    run: (call) => scalar(seriesAt(call, 0).periodMs / (1_000 * call.context.speed)),
  },
  FILL: { least: 2, most: 2, run: runFill },
  IF: { least: 3, most: 3, run: runIf },
  METRICS: { least: 0, most: 1, run: runMetrics },
  METRIC_COUNT: { least: 1, most: 1, run: (call) => scalar(listAt(call, 0).length) },
  FIRST: { least: 1, most: 1, run: (call) => pick(call, 0) },
  LAST: { least: 1, most: 1, run: (call) => pick(call, listAt(call, 0).length - 1) },
  SLICE: { least: 2, most: 3, run: runSlice },
  SORT: { least: 3, most: 4, run: runSort },
  REMOVE_EMPTY: {
    least: 1,
    most: 1,
    run: (call) => ({ type: 'list', items: listAt(call, 0).filter(({ times }) => times.length > 0) }),
  },
  TIME_SERIES: { least: 1, most: 1, run: runTimeSeries },
  SEARCH: { least: 2, most: 3, run: runSearch },
  EPOCH: calendar((timeMs) => timeMs / 1_000),
  MINUTE: calendar((timeMs) => new Date(timeMs).getUTCMinutes()),
  HOUR: calendar((timeMs) => new Date(timeMs).getUTCHours()),
  DATE: calendar((timeMs) => new Date(timeMs).getUTCDate()),
  DAY: calendar((timeMs) => new Date(timeMs).getUTCDay() || 7),
  MONTH: calendar((timeMs) => new Date(timeMs).getUTCMonth() + 1),
  YEAR: calendar((timeMs) => new Date(timeMs).getUTCFullYear()),
};

function overSeries(map: (series: TimeSeries, call: Call) => TimeSeries): MathFunction {
  return { least: 1, most: 1, run: (call) => mapSeriesAt(call, 0, (series) => map(series, call)) };
}

/** Of a number, a series or a list. */
function pointwise(map: (value: number) => number): MathFunction {
  return {
    least: 1,
    most: 1,
    run: (call) => {
      const value = valueAt(call, 0);
      if (value.type === 'scalar') return scalar(map(value.value));
      return mapSeriesAt(call, 0, (series) => mapPoints(series, map));
    },
  };
}

/** A series becomes one number, a list becomes one series of what is present at each time. */
function aggregate(map: (values: readonly number[]) => number, ofNothing = Number.NaN): MathFunction {
  return {
    least: 1,
    most: 1,
    run: (call) => {
      const value = valueAt(call, 0);
      if (value.type === 'series') return scalar(value.values.length === 0 ? ofNothing : map(value.values));
      if (value.type !== 'list') return refuse(call, 0, value, 'a time series or a list of them');
      return joinSeries(value.items, (row) => map(row.filter((one) => one !== undefined)));
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Of the whole population (approximation: AWS does not say). */
function deviation(values: readonly number[]): number {
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
}

function differences(series: TimeSeries, divisor: (elapsedMs: number) => number): TimeSeries {
  const { times, values } = series;
  return mapPoints(series, (value, timeMs, i) =>
    i === 0 ? Number.NaN : (value - values[i - 1]!) / divisor(timeMs - times[i - 1]!),
  );
}

function calendar(part: (trueTimeMs: number) => number): MathFunction {
  return overSeries((series, call) => mapPoints(series, (_, timeMs) => part(timeMs / call.context.speed)));
}

function runFill(call: Call): MathValue {
  const word = wordAt(call, 1, ['REPEAT', 'LINEAR']);
  const filling = word ?? valueAt(call, 1);
  return mapSeriesAt(call, 0, (series) => {
    if (typeof filling === 'string') return fillSeries(series, call.context, filling);
    if (filling.type === 'scalar') return fillSeries(series, call.context, filling.value);
    if (filling.type === 'series') return fillSeries(series, call.context, filling);
    return refuse(call, 1, filling, 'a number, a time series, REPEAT or LINEAR');
  });
}

/** At the times of the condition; a branch that has no value there leaves the point out. */
function runIf(call: Call): MathValue {
  const condition = valueAt(call, 0);
  const whenTrue = valueAt(call, 1);
  const whenFalse = valueAt(call, 2);
  if (condition.type === 'scalar') return condition.value !== 0 ? whenTrue : whenFalse;
  if (condition.type !== 'series') return refuse(call, 0, condition, 'a number or a time series');
  const [yes, no] = [branchAt(call, 1, whenTrue), branchAt(call, 2, whenFalse)];
  return mapPoints(condition, (value, timeMs) => (value !== 0 ? yes(timeMs) : no(timeMs)));
}

function branchAt(call: Call, index: number, value: MathValue): (timeMs: number) => number {
  if (value.type === 'scalar') return () => value.value;
  if (value.type !== 'series') return refuse(call, index, value, 'a number or a time series');
  const points = new Map(value.times.map((timeMs, i) => [timeMs, value.values[i]!]));
  return (timeMs) => points.get(timeMs) ?? Number.NaN;
}

function runMetrics(call: Call): MathValue {
  const part = call.args.length === 0 ? '' : textAt(call, 0);
  const found = call.context.metrics().filter(([id]) => id.includes(part));
  return { type: 'list', items: found.map(([, series]) => series) };
}

function pick(call: Call, index: number): MathValue {
  const series = listAt(call, 0)[index];
  if (series !== undefined) return series;
  throw new MathError(`${call.name} at position ${call.position + 1} was given an empty list`, call.position);
}

function runSlice(call: Call): MathValue {
  const list = listAt(call, 0);
  const start = numberAt(call, 1);
  if (call.args.length > 2) return { type: 'list', items: list.slice(start, numberAt(call, 2)) };
  const series = list[start];
  if (series !== undefined) return series;
  const has = `a list of ${list.length}`;
  throw new MathError(
    `${call.name} at position ${call.position + 1} asks for item ${start} of ${has}`,
    call.position,
  );
}

function runSort(call: Call): MathValue {
  const key = wordAt(call, 1, SORT_KEYS);
  if (key === undefined) return refuse(call, 1, scalarOrText(call, 1), `one of ${SORT_KEYS.join(', ')}`);
  const order = wordAt(call, 2, ['ASC', 'DESC']);
  if (order === undefined) return refuse(call, 2, scalarOrText(call, 2), 'ASC or DESC');
  const sorted = sortSeries(listAt(call, 0), key, order);
  return { type: 'list', items: call.args.length > 3 ? sorted.slice(0, numberAt(call, 3)) : sorted };
}

/** What stands where a word was expected, for the message. */
function scalarOrText(call: Call, index: number): MathValue {
  const argument = call.args[index]!;
  return argument.type === 'name' ? { type: 'string', value: argument.name } : valueAt(call, index);
}

function runTimeSeries(call: Call): MathValue {
  const value = numberAt(call, 0);
  const { startMs, endMs, periodMs } = call.context;
  const none: TimeSeries = { type: 'series', label: '', periodMs, times: [], values: [] };
  return fillSeries(none, { startMs, endMs }, value);
}

function runSearch(call: Call): MathValue {
  const { search } = call.context;
  if (search === undefined)
    throw new MathError(`SEARCH at position ${call.position + 1} is not allowed in alarms`, call.position);
  const period =
    call.args.length > 2 ? numberAt(call, 2) : call.context.periodMs / (1_000 * call.context.speed);
  return { type: 'list', items: search(textAt(call, 0), textAt(call, 1), period) };
}
