/**
 * The configuration of CloudWatch's agent, as far as the cloud's sampler carries it out: metrics of processor, memory and root disk.
 * Source: AWS's user guide, "Manually create or edit the CloudWatch agent configuration file".
 */

export interface AgentConfig {
  readonly namespace: string;
  /** Name -> value or placeholder such as `${aws:InstanceId}`. */
  readonly appendDimensions: Readonly<Record<string, string>>;
  /** Each list makes one more series of those dimensions alone. */
  readonly aggregations: readonly (readonly string[])[];
  readonly plugins: readonly PluginConfig[];
  /** What is asked for and not measured here, each as a sentence. */
  readonly unmeasured: readonly string[];
}

export type PluginName = 'cpu' | 'mem' | 'disk';

export interface PluginConfig {
  readonly plugin: PluginName;
  readonly intervalSeconds: number;
  readonly measurements: readonly MeasurementConfig[];
  readonly dimensions: Readonly<Record<string, string>>;
  /** Full names of metrics of which only the aggregations are published. */
  readonly dropped: readonly string[];
}

export interface MeasurementConfig {
  /** In the plugin's own words, for example `used_percent`. */
  readonly measurement: string;
  /** As it is published. */
  readonly metricName: string;
  readonly unit: string;
}

/** What each plugin measures here, and its unit. */
const MEASURABLE: Readonly<Record<PluginName, Readonly<Record<string, string>>>> = {
  cpu: { usage_active: 'Percent', usage_idle: 'Percent' },
  mem: {
    used_percent: 'Percent',
    available_percent: 'Percent',
    used: 'Bytes',
    free: 'Bytes',
    available: 'Bytes',
    total: 'Bytes',
  },
  disk: { used_percent: 'Percent', used: 'Bytes', free: 'Bytes', total: 'Bytes' },
};

const DEFAULT_INTERVAL_SECONDS = 60;
const DEFAULT_NAMESPACE = 'CWAgent';

type Json = Readonly<Record<string, unknown>>;

/** Throws an `Error` that says what is wrong when the text is no JSON or not an object. */
export function parseAgentConfig(value: unknown): AgentConfig {
  if (!isObject(value))
    throw new Error(`the agent's configuration is ${JSON.stringify(value)}; give an object`);
  const metrics = objectOf(value['metrics']);
  const interval = numberOf(
    objectOf(value['agent'])['metrics_collection_interval'],
    DEFAULT_INTERVAL_SECONDS,
  );
  const unmeasured: string[] = [];
  const plugins = Object.entries(objectOf(metrics['metrics_collected'])).flatMap(([name, settings]) => {
    if (isPlugin(name)) return parsePlugin(name, objectOf(settings), interval, unmeasured) ?? [];
    unmeasured.push(`metrics of ${name} are not measured here`);
    return [];
  });
  return {
    namespace: typeof metrics['namespace'] === 'string' ? metrics['namespace'] : DEFAULT_NAMESPACE,
    appendDimensions: textsOf(metrics['append_dimensions']),
    aggregations: listOf(metrics['aggregation_dimensions']).map((list) => listOf(list).map(String)),
    plugins,
    unmeasured,
  };
}

function parsePlugin(
  plugin: PluginName,
  settings: Json,
  interval: number,
  unmeasured: string[],
): PluginConfig | undefined {
  const resources = listOf(settings['resources']).map(String);
  if (plugin === 'disk' && resources.length > 0 && !resources.some((one) => one === '/' || one === '*')) {
    unmeasured.push(`of disks only / is measured here, not ${resources.join(', ')}`);
    return undefined;
  }
  return {
    plugin,
    intervalSeconds: numberOf(settings['metrics_collection_interval'], interval),
    measurements: listOf(settings['measurement']).flatMap(
      (one) => parseMeasurement(plugin, one, unmeasured) ?? [],
    ),
    dimensions: { ...ownDimensions(plugin, settings), ...textsOf(settings['append_dimensions']) },
    dropped: listOf(settings['drop_original_metrics']).map((name) => fullName(plugin, String(name))),
  };
}

/** A name, with or without the plugin's in front, or an object with `name`, `rename` and `unit`. */
function parseMeasurement(
  plugin: PluginName,
  value: unknown,
  unmeasured: string[],
): MeasurementConfig | undefined {
  const { name, rename, unit } =
    typeof value === 'string' ? { name: value, rename: undefined, unit: undefined } : objectOf(value);
  const full = fullName(plugin, String(name));
  const measurement = full.slice(plugin.length + 1);
  const known = MEASURABLE[plugin][measurement];
  if (known === undefined) {
    unmeasured.push(`${full} is not measured here`);
    return undefined;
  }
  return {
    measurement,
    metricName: typeof rename === 'string' ? rename : full,
    unit: typeof unit === 'string' ? unit : known,
  };
}

function fullName(plugin: PluginName, name: string): string {
  return name.startsWith(`${plugin}_`) ? name : `${plugin}_${name}`;
}

/** Dimensions that the agent gives to a plugin's metrics by itself. */
function ownDimensions(plugin: PluginName, settings: Json): Record<string, string> {
  if (plugin === 'cpu') return { cpu: 'cpu-total' };
  if (plugin === 'mem') return {};
  return { path: '/', ...(settings['drop_device'] === true ? {} : { device: 'xvda' }), fstype: 'ext4' };
}

function isPlugin(name: string): name is PluginName {
  return Object.hasOwn(MEASURABLE, name);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, text]) => [name, String(text)]));
}
