import type { EventBacklog, StoreNode } from '@crescendo/store';
import type { MetricSample } from '../doors/admin/metrics-text.ts';

/** What one node tells Prometheus. */
export function nodeMetrics(node: StoreNode): MetricSample[] {
  const report = node.status.report();
  const { retries, unavailable } = node.router.counters;
  const gauge = (name: string, help: string, value: number): MetricSample => ({
    name: `crescendo_${name}`,
    type: 'gauge',
    help,
    value,
  });
  const counter = (name: string, help: string, value: number): MetricSample => ({
    name: `crescendo_${name}_total`,
    type: 'counter',
    help,
    value,
  });
  return [
    gauge('member', '1 when the node belongs to a cluster.', node.isMember ? 1 : 0),
    gauge('groups', 'Replicas of groups on this node.', report.groups),
    gauge('groups_asleep', 'Replicas that count no time and send nothing.', report.asleep),
    gauge('groups_led', 'Groups that this node leads.', report.leads),
    gauge('held_bytes', 'Bytes that the node itself holds: chunks, state and log.', report.heldBytes),
    gauge('volume_used_bytes', 'Bytes of the capacity that are used, by whomever.', report.usedBytes),
    gauge('volume_capacity_bytes', 'Size of the volume, or the limit that was given.', report.capacityBytes),
    gauge('volume_full', '1 while writes of new data are refused.', report.full ? 1 : 0),
    gauge('chunks_missing', 'Registered chunks that are not yet on this disk.', report.missingChunks),
    counter(
      'chunk_bytes_received',
      'Bytes of chunks fetched from other nodes, to become whole.',
      report.receivedBytes,
    ),
    ...eventMetrics(report.events, Date.now()),
    counter('ring_messages', 'Ring messages sent and received.', report.ringMessages),
    counter('request_retries', 'Times that a group was asked again.', retries),
    counter('requests_unavailable', 'Requests that found no majority in time.', unavailable),
    ...requestMetrics(node),
    gauge('process_resident_bytes', 'Resident memory of the process.', process.memoryUsage.rss()),
    counter(
      'process_cpu_seconds',
      'Processor time of the process.',
      process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    ),
  ];
}

/** Notifications in the partitions that this node leads. */
function eventMetrics(backlogs: readonly EventBacklog[], nowMs: number): MetricSample[] {
  const waiting = backlogs.reduce((sum, backlog) => sum + backlog.waiting, 0);
  const oldestMs = Math.min(nowMs, ...backlogs.map((backlog) => backlog.oldestMs));
  const sample = { type: 'gauge' } as const;
  return [
    {
      ...{ ...sample, name: 'crescendo_events_waiting', value: waiting },
      help: 'Events of partitions led here that wait for delivery.',
    },
    {
      ...{ ...sample, name: 'crescendo_events_oldest_seconds', value: (nowMs - oldestMs) / 1000 },
      help: 'How long the oldest of them has waited.',
    },
  ];
}

function requestMetrics(node: StoreNode): MetricSample[] {
  return Object.entries(node.status.counters()).map(([name, value]) => ({
    name: `crescendo_${name}_total`,
    type: 'counter' as const,
    help: `Count of ${name.replaceAll('_', ' ')}.`,
    value,
  }));
}
