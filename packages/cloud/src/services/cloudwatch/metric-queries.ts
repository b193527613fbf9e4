/** Lines of metric math as clients send them, checked, for alarms and for GetMetricData. */
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { MetricQuery } from '@crescendo/scaling';
import { invalidCombination, missingParameter, validationError } from './errors.ts';
import { metricStatisticOf, periodOf } from './metric-shapes.ts';

export function metricQueriesOf(queries: readonly MetricDataQuery[], name: string): MetricQuery[] {
  return queries.map((query, i) => metricQueryOf(query, `${name}.member.${i + 1}.`));
}

function metricQueryOf(query: MetricDataQuery, path: string): MetricQuery {
  const { Id: id, MetricStat, Expression } = query;
  if (id === undefined || id === '') throw missingParameter(`${path}Id`);
  if (MetricStat !== undefined && Expression !== undefined)
    throw invalidCombination(
      `The parameters ${path}MetricStat and ${path}Expression are mutually exclusive.`,
    );
  const common = {
    id,
    returnData: query.ReturnData ?? true,
    ...(query.Label === undefined ? {} : { label: query.Label }),
  };
  if (MetricStat !== undefined)
    return { type: 'metric', ...common, source: metricStatisticOf(MetricStat, `${path}MetricStat.`) };
  if (Expression === undefined) throw missingParameter(`${path}MetricStat or ${path}Expression`);
  if (/^\s*SELECT\b/i.test(Expression))
    throw validationError(
      `Error in expression '${id}': queries of Metrics Insights (SELECT ...) are not supported by the local cloud`,
    );
  const period = query.Period === undefined ? {} : { period: periodOf(query.Period, `${path}Period`) };
  return { type: 'expression', ...common, expression: Expression, ...period };
}

export function toMetricDataQuery(query: MetricQuery): MetricDataQuery {
  const common = {
    Id: query.id,
    ...(query.label === undefined ? {} : { Label: query.label }),
    ReturnData: query.returnData,
  };
  if (query.type === 'expression')
    return {
      ...common,
      Expression: query.expression,
      ...(query.period === undefined ? {} : { Period: query.period }),
    };
  const { metric, period, statistic, unit } = query.source;
  return {
    ...common,
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: metric.dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
      },
      Period: period,
      Stat: statistic,
      ...(unit === undefined ? {} : { Unit: unit }),
    },
  };
}
