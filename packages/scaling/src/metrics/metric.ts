/** A metric's identity: two metrics are the same when namespace, name and the exact set of dimensions are. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  /** In any order; a name stands once. */
  readonly dimensions: readonly Dimension[];
}

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

const PART = '\u0000';

/** One string for each metric: the order of the dimensions does not matter. */
export function metricKey({ namespace, name, dimensions }: MetricIdentity): string {
  const head = namespace + PART + name;
  if (dimensions.length === 0) return head;
  if (dimensions.length === 1) return head + PART + dimensions[0]!.name + PART + dimensions[0]!.value;
  const pairs = dimensions.map((dimension) => dimension.name + PART + dimension.value).sort();
  return head + PART + pairs.join(PART);
}
