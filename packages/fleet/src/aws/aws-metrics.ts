/** Metrics of the store in CloudWatch, in a namespace of their own. */
import { type CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MetricPublisher, MetricValue } from '../ports.ts';

export const METRIC_NAMESPACE = 'Crescendo';

export class AwsMetrics implements MetricPublisher {
  private readonly client: CloudWatchClient;

  constructor(client: CloudWatchClient) {
    this.client = client;
  }

  async publish(values: readonly MetricValue[], dimensions: Readonly<Record<string, string>>): Promise<void> {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    await this.client.send(
      new PutMetricDataCommand({
        Namespace: METRIC_NAMESPACE,
        MetricData: values.map(({ name, unit, value }) => ({
          MetricName: name,
          Unit: unit,
          Value: value,
          Dimensions,
          StorageResolution: 1,
        })),
      }),
    );
  }
}
