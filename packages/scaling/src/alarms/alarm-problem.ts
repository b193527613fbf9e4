/** What is wrong with an alarm's definition, by AWS's rules. */
import { type MathLine, MathLines } from '../metrics/math/evaluate-queries.ts';
import { MathError } from '../metrics/math/math-error.ts';
import { parseExpression } from '../metrics/math/parse-expression.ts';
import { parseStatistic } from '../metrics/statistic.ts';
import type {
  AlarmDefinition,
  CompositeAlarmDefinition,
  MetricAlarmDefinition,
  MetricQuery,
} from './alarm.ts';
import { AlarmRuleError, alarmsIn, MAX_RULE_CHILDREN, parseAlarmRule } from './alarm-rule.ts';
import { periodOf, singleSeries } from './watch.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const MAX_ACTIONS = 5;
const MAX_QUERIES = 20;
const MAX_METRICS = 10;
const QUERY_ID = /^[a-z][A-Za-z0-9_]{0,254}$/;

/** A sentence for whoever defined it; undefined when nothing is wrong. */
export function alarmProblem(definition: AlarmDefinition): string | undefined {
  return (
    actionsProblem(definition) ??
    (definition.type === 'composite' ? ruleProblem(definition) : metricAlarmProblem(definition))
  );
}

function actionsProblem(definition: AlarmDefinition): string | undefined {
  const lists = {
    OKActions: definition.okActions,
    AlarmActions: definition.alarmActions,
    InsufficientDataActions: definition.insufficientDataActions,
  };
  for (const [name, list] of Object.entries(lists)) {
    if (list.length > MAX_ACTIONS)
      return `${name} has ${list.length} actions; at most ${MAX_ACTIONS} are allowed`;
    const foreign = list.find((arn) => !arn.startsWith('arn:'));
    if (foreign !== undefined) return `Invalid arn syntax: ${foreign}`;
  }
  return undefined;
}

function ruleProblem({ rule, ...definition }: CompositeAlarmDefinition): string | undefined {
  try {
    const children = alarmsIn(parseAlarmRule(rule)).size;
    if (children > MAX_RULE_CHILDREN)
      return `AlarmRule names ${children} alarms; at most ${MAX_RULE_CHILDREN} are allowed`;
  } catch (error) {
    if (error instanceof AlarmRuleError) return `Invalid alarm rule: ${error.message}`;
    throw error;
  }
  const actions = [
    ...definition.okActions,
    ...definition.alarmActions,
    ...definition.insufficientDataActions,
  ];
  const scaling = actions.find((arn) => /^arn:[^:]*:(?:autoscaling|automate|ec2):/.test(arn));
  return scaling === undefined
    ? undefined
    : `Action ${scaling} is not allowed in a composite alarm: only alarms on metrics can scale or change instances`;
}

function metricAlarmProblem(definition: MetricAlarmDefinition): string | undefined {
  const { evaluationPeriods, datapointsToAlarm, threshold } = definition;
  if (!Number.isFinite(threshold)) return `Threshold is ${threshold}; a finite number is needed`;
  if (!Number.isInteger(evaluationPeriods) || evaluationPeriods < 1)
    return `EvaluationPeriods is ${evaluationPeriods}; a whole number of at least 1 is needed`;
  if (datapointsToAlarm !== undefined && !isBetween(datapointsToAlarm, 1, evaluationPeriods))
    return `DatapointsToAlarm is ${datapointsToAlarm}; it must be between 1 and EvaluationPeriods (${evaluationPeriods})`;
  return sourcesProblem(definition) ?? rangeProblem(definition) ?? percentileProblem(definition);
}

function isBetween(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

export function isAlarmPeriod(period: number): boolean {
  return [10, 20, 30].includes(period) || (Number.isInteger(period) && period > 0 && period % 60 === 0);
}

function rangeProblem(definition: MetricAlarmDefinition): string | undefined {
  const period = periodOf(definition);
  const seconds = period * definition.evaluationPeriods;
  const limit = period >= HOUR ? 7 * DAY : DAY;
  if (seconds <= limit) return undefined;
  return `Metrics cannot be checked across more than ${limit === DAY ? 'a day' : 'seven days'} (EvaluationPeriods * Period must be <= ${limit}, and is ${seconds})`;
}

function percentileProblem({ watches, lowSampleCountPercentile }: MetricAlarmDefinition): string | undefined {
  if (lowSampleCountPercentile === undefined) return undefined;
  const statistic = watches.type === 'metric' ? parseStatistic(watches.source.statistic) : undefined;
  return statistic?.type === 'percentile'
    ? undefined
    : 'EvaluateLowSampleCountPercentile is for alarms on percentiles only';
}

function sourcesProblem({ watches }: MetricAlarmDefinition): string | undefined {
  if (watches.type === 'metric') return sourceProblem(watches.source);
  return queriesProblem(watches.queries);
}

function sourceProblem({ period, statistic }: { period: number; statistic: string }): string | undefined {
  if (parseStatistic(statistic) === undefined) return `Invalid statistic: ${statistic}`;
  return isAlarmPeriod(period)
    ? undefined
    : `Period must be 10, 20, 30 or a multiple of 60, and is ${period}`;
}

function queriesProblem(queries: readonly MetricQuery[]): string | undefined {
  const ids = queries.map(({ id }) => id);
  if (queries.length === 0 || queries.length > MAX_QUERIES)
    return `Metrics has ${queries.length} items; 1 to ${MAX_QUERIES} are allowed`;
  const metrics = queries.filter(({ type }) => type === 'metric').length;
  if (metrics > MAX_METRICS) return `Metrics names ${metrics} metrics; at most ${MAX_METRICS} are allowed`;
  const wrongId = ids.find((id) => !QUERY_ID.test(id));
  if (wrongId !== undefined)
    return `Invalid metrics list: the id "${wrongId}" must begin with a lower-case letter and hold only letters, digits and _`;
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) return `Invalid metrics list: the id "${twice}" is used twice`;
  const returned = queries.filter(({ returnData }) => returnData);
  if (returned.length !== 1)
    return `Invalid metrics list: ${returned.length} items have ReturnData; exactly one must`;
  return linesProblem(queries);
}

function linesProblem(queries: readonly MetricQuery[]): string | undefined {
  const periods = new Set<number>();
  for (const query of queries) {
    const problem = query.type === 'metric' ? sourceProblem(query.source) : undefined;
    if (problem !== undefined) return problem;
    if (query.type === 'metric') periods.add(query.source.period);
    else if (query.period !== undefined) periods.add(query.period);
  }
  if (periods.size > 1)
    return `All metrics of an alarm must have the same period; they have ${[...periods].join(', ')}`;
  const period = [...periods][0] ?? 60;
  if (!isAlarmPeriod(period)) return `Period must be 10, 20, 30 or a multiple of 60, and is ${period}`;
  return expressionsProblem(queries, period);
}

/** Works the lines out over two made-up points, which finds every mistake that does not lie in the data. */
function expressionsProblem(queries: readonly MetricQuery[], period: number): string | undefined {
  const periodMs = period * 1_000;
  const points = { times: [0, periodMs], values: [1, 1] };
  let underWay = '';
  try {
    const lines = queries.map((query): MathLine => {
      underWay = query.id;
      if (query.type === 'expression') return { id: query.id, expression: parseExpression(query.expression) };
      return { id: query.id, series: { type: 'series', label: query.id, periodMs, ...points } };
    });
    const context = { startMs: 0, endMs: 2 * periodMs, periodMs, speed: 1 };
    const values = new MathLines(lines, context);
    for (const { id, returnData } of queries) {
      underWay = id;
      if (returnData) singleSeries(values.valueOf(id));
      else values.valueOf(id);
    }
  } catch (error) {
    if (error instanceof MathError) return `Error in expression '${underWay}': ${error.message}`;
    throw error;
  }
  return undefined;
}
