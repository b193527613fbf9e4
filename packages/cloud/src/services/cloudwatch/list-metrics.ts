import type {
  DimensionFilter,
  ListMetricsCommandInput,
  ListMetricsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import { type ListedMetric, metricKey } from '@crescendo/scaling';
import type { RequestContext } from '../../contract/service.ts';
import { invalidValue } from './errors.ts';
import type { KeptMetrics } from './kept-metrics.ts';
import { toMetric } from './metric-shapes.ts';
import type { MetricTime } from './metric-time.ts';
import { pageOf } from './paging.ts';

const PAGE = 500;
const MAX_FILTERS = 10;
const LISTED_MS = 14 * 24 * 3_600_000;
const RECENT_MS = 3 * 3_600_000;

type Output = Omit<ListMetricsCommandOutput, '$metadata'>;

/** Metrics that had data in the last two weeks. */
export function listMetrics(
  metrics: KeptMetrics,
  time: MetricTime,
  input: ListMetricsCommandInput,
  { nowMs }: RequestContext,
): Output {
  const { Dimensions: filters = [], RecentlyActive, NextToken } = input;
  if (filters.length > MAX_FILTERS)
    throw invalidValue(`The collection Dimensions must not have a size greater than ${MAX_FILTERS}.`);
  if (RecentlyActive !== undefined && RecentlyActive !== 'PT3H')
    throw invalidValue(
      `The value ${String(RecentlyActive)} for parameter RecentlyActive is invalid: PT3H is allowed.`,
    );
  const sinceMs = time.toMetric(nowMs - (RecentlyActive === undefined ? LISTED_MS : RECENT_MS));
  const found = [...metrics.store.metrics()].filter(
    (listed) => listed.newestMs >= sinceMs && isWanted(listed, input, filters),
  );
  const { items, nextToken } = pageOf(found, ({ metric }) => metricKey(metric), NextToken, PAGE);
  return {
    Metrics: items.map(({ metric }) => toMetric(metric)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function isWanted(
  { metric }: ListedMetric,
  { Namespace, MetricName }: ListMetricsCommandInput,
  filters: readonly DimensionFilter[],
): boolean {
  if (Namespace !== undefined && metric.namespace !== Namespace) return false;
  if (MetricName !== undefined && metric.name !== MetricName) return false;
  return filters.every(({ Name, Value }) =>
    metric.dimensions.some(({ name, value }) => name === Name && (Value === undefined || value === Value)),
  );
}
