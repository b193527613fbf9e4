/** Which of the metrics that the group's alarms watch the load feeds, and which nobody does. */
import { metricKey } from '@crescendo/scaling';
import type { MetricAnswer } from '../cloud/answers.ts';
import { type Deployment, metricsOf } from '../cloud/deployment.ts';
import type { FleetWatch } from '../cloud/fleet-watch.ts';
import { identityOf, type MetricFeed } from '../cloud/metric-feed.ts';
import { RequestStream } from '../work/request-stream.ts';
import { WorkSystem } from '../work/work-system.ts';
import type { Experiment } from './experiment.ts';

export interface FeedInputs {
  readonly experiment: Experiment;
  readonly deployment: Deployment;
  readonly feed: MetricFeed;
  readonly workload: WorkSystem | RequestStream;
  readonly watch: FleetWatch;
  readonly startMs: number;
  readonly queueName: string | undefined;
  readonly notes: string[];
}

/** Adds to `notes` what stays without data. */
export function feedWatched(inputs: FeedInputs): void {
  const { feed, workload, queueName, notes } = inputs;
  if (workload instanceof WorkSystem && queueName !== undefined) feed.addQueue(queueName, workload);
  const requests: MetricAnswer[] = [];
  for (const metric of watchedMetrics(inputs.deployment)) {
    const unfed = feedOne(metric, inputs, requests);
    if (unfed !== undefined) notes.push(unfed);
  }
  if (workload instanceof RequestStream) feed.addRequests(workload, requests);
}

function watchedMetrics({ alarms }: Deployment): MetricAnswer[] {
  const all = alarms.flatMap(metricsOf).map((metric) => [metricKey(identityOf(metric)), metric] as const);
  return [...new Map(all).values()];
}

const GROUP_METRIC = /^Group/;

/** Why it has no data; undefined when it has. */
function feedOne(metric: MetricAnswer, inputs: FeedInputs, requests: MetricAnswer[]): string | undefined {
  const { experiment, feed, watch, startMs, workload, queueName } = inputs;
  const { Namespace = '', MetricName = '', Dimensions = [] } = metric;
  const trace = experiment.traces.find(
    ({ namespace, name }) => namespace === Namespace && name === MetricName,
  );
  if (trace !== undefined) {
    const share = (): number => (trace.shared ? (watch.sights.at(-1)?.inService ?? 1) : 1);
    feed.addMetric({
      metric: identityOf(metric),
      valueAt: (timeMs) => trace.valueAt(timeMs - startMs) / share(),
    });
    return undefined;
  }
  const isOwnQueue = Dimensions.some(({ Name, Value }) => Name === 'QueueName' && Value === queueName);
  if (Namespace === 'AWS/SQS' && isOwnQueue) return undefined;
  if (Namespace === 'AWS/EC2' && /^(?:CPUUtilization|StatusCheckFailed.*)$/.test(MetricName))
    return undefined;
  if (Namespace === 'AWS/AutoScaling' && GROUP_METRIC.test(MetricName)) return undefined;
  if (workload instanceof RequestStream && /^RequestCount(?:PerTarget)?$/.test(MetricName)) {
    requests.push(metric);
    return undefined;
  }
  const place = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(', ');
  return `${Namespace} ${MetricName}${place === '' ? '' : ` (${place})`} has no data: nothing in this load feeds it; give it values with --metric ${Namespace}/${MetricName}=...`;
}
