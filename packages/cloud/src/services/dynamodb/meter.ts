/** What happened since it was last asked, summed up for CloudWatch. It does not know time. */
export interface MeteredMetric {
  readonly MetricName: string;
  readonly Unit: 'Count' | 'Milliseconds';
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly StatisticValues: {
    SampleCount: number;
    Sum: number;
    Minimum: number;
    Maximum: number;
  };
}

export class Meter {
  #metrics = new Map<string, MeteredMetric>();

  /** Of a table, or with `index` of a global index. */
  consume(table: string, index: string | undefined, kind: 'read' | 'write', units: number): void {
    const name = kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
    const dimensions = {
      TableName: table,
      ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }),
    };
    this.#add(name, 'Count', dimensions, units);
  }

  succeed(table: string, operation: string, latencyMs: number): void {
    this.#add(
      'SuccessfulRequestLatency',
      'Milliseconds',
      { TableName: table, Operation: operation },
      latencyMs,
    );
  }

  returnItems(table: string, operation: string, items: number): void {
    this.#add('ReturnedItemCount', 'Count', { TableName: table, Operation: operation }, items);
  }

  failCondition(table: string): void {
    this.#add('ConditionalCheckFailedRequests', 'Count', { TableName: table }, 1);
  }

  /** A request that was refused, for whatever table. */
  refuse(): void {
    this.#add('UserErrors', 'Count', {}, 1);
  }

  expire(table: string, items: number): void {
    this.#add('TimeToLiveDeletedItemCount', 'Count', { TableName: table }, items);
  }

  /** Everything since the last time. */
  take(): MeteredMetric[] {
    const metrics = [...this.#metrics.values()];
    this.#metrics = new Map();
    return metrics;
  }

  #add(
    MetricName: string,
    Unit: MeteredMetric['Unit'],
    dimensions: Readonly<Record<string, string>>,
    value: number,
  ): void {
    const key = JSON.stringify([MetricName, dimensions]);
    const known = this.#metrics.get(key)?.StatisticValues;
    if (known === undefined) {
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      const StatisticValues = { SampleCount: 1, Sum: value, Minimum: value, Maximum: value };
      this.#metrics.set(key, { MetricName, Unit, Dimensions, StatisticValues });
      return;
    }
    known.SampleCount += 1;
    known.Sum += value;
    known.Minimum = Math.min(known.Minimum, value);
    known.Maximum = Math.max(known.Maximum, value);
  }
}
