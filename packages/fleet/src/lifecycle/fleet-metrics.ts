/** The store's own metrics, published at an interval: of the group, and of this instance in it. */
import { messageOf } from '@crescendo/base';
import type { NodeSample } from '@crescendo/node';
import type { MetricPublisher, MetricValue } from '../ports.ts';
import type { Report } from '../report.ts';

export interface FleetMetricsParts {
  readonly publisher: MetricPublisher;
  readonly dimensions: { readonly group: string | undefined; readonly instanceId: string };
  readonly sample: () => NodeSample;
  /** How many partitions lack copies; asked for only where `speaksForAll`. */
  readonly underReplicated: () => Promise<number>;
  /** Whether this node reports what concerns the whole store. */
  readonly speaksForAll: () => boolean;
  readonly report: Report;
}

export class FleetMetrics {
  private readonly parts: FleetMetricsParts;
  private failed = false;

  constructor(parts: FleetMetricsParts) {
    this.parts = parts;
  }

  /** A failure is told once and the values of that round are lost: metrics never hold the node up. */
  async publish(): Promise<void> {
    try {
      await this.publishAll();
      this.failed = false;
    } catch (cause) {
      if (!this.failed) this.parts.report('warn', 'metrics not published', { cause: messageOf(cause) });
      this.failed = true;
    }
  }

  private async publishAll(): Promise<void> {
    const { publisher, dimensions, speaksForAll, underReplicated } = this.parts;
    const group: Record<string, string> =
      dimensions.group === undefined ? {} : { AutoScalingGroupName: dimensions.group };
    const values = nodeValues(this.parts.sample());
    await publisher.publish(values, { ...group, InstanceId: dimensions.instanceId });
    await publisher.publish(values, group);
    if (!speaksForAll()) return;
    const count = await underReplicated();
    await publisher.publish([{ name: 'UnderReplicatedPartitions', unit: 'Count', value: count }], group);
  }
}

/** Latencies are left out while nothing was asked: there are none, and 0 would pull an average down. */
export function nodeValues(sample: NodeSample): MetricValue[] {
  const { s3, capacityBytes } = sample;
  const values: MetricValue[] = [
    { name: 'PartitionRequests', unit: 'Count', value: sample.partitionRequests },
    { name: 'S3Requests', unit: 'Count', value: s3.requests },
    { name: 'S3Failures', unit: 'Count', value: s3.failures },
    { name: 'HeldBytes', unit: 'Bytes', value: sample.heldBytes },
    { name: 'MissingChunks', unit: 'Count', value: sample.missingChunks },
  ];
  if (capacityBytes > 0)
    values.push({
      name: 'VolumeUsedPercent',
      unit: 'Percent',
      value: (100 * sample.usedBytes) / capacityBytes,
    });
  if (s3.requests > 0)
    values.push(
      { name: 'S3LatencyP50', unit: 'Milliseconds', value: s3.p50Ms },
      { name: 'S3LatencyP99', unit: 'Milliseconds', value: s3.p99Ms },
    );
  return values;
}
