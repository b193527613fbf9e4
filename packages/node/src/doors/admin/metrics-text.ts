/** One sample of a metric in Prometheus' text format. */
export interface MetricSample {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Prometheus' text exposition format, version 0.0.4. Samples of one name must follow each other. */
export function metricsText(samples: readonly MetricSample[]): string {
  const lines: string[] = [];
  let last = '';
  for (const { name, type, help, value, labels } of samples) {
    if (name !== last) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    last = name;
    const text = Object.entries(labels ?? {}).map(([key, label]) => `${key}="${escapeLabel(label)}"`);
    lines.push(`${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
