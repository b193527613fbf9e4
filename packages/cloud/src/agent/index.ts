/**
 * Publishes metrics of instances: what EC2 publishes by itself, and what CloudWatch's agent would in each instance that has its
 * configuration. One sampler serves all instances; it knows nothing of alarms.
 *
 * (G1) What was not measured is not published: a silent instance has no data, never a zero.
 * (G2) An instance's own configuration wins over its image's. One that cannot be read is told once and counts as none.
 * (G3) A call that fails is told and not repeated: the next sample is newer.
 * (G4) An instance that warms up is in no series of its whole group, only in its own.
 */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Timer } from '@crescendo/base';
import { messageOf } from '@crescendo/base';
import type { ServiceCaller } from '../contract/service.ts';
import type { CloudTime } from '../contract/time.ts';
import type { InstanceProvider } from '../instances/instance-provider.ts';
import type { AgentConfig } from './agent-config.ts';
import { parseAgentConfig } from './agent-config.ts';
import type { NamedDatum, Sample, SampledInstance } from './metric-data.ts';
import { basicData, isOfWholeGroup, pluginData } from './metric-data.ts';

export type { SampledInstance } from './metric-data.ts';

export interface AgentPorts extends CloudTime {
  readonly provider: Pick<InstanceProvider, 'measure' | 'agentConfiguration' | 'images'>;
  readonly services: ServiceCaller;
  /** The instances that run now. */
  readonly instances: () => readonly SampledInstance[];
  /** Whether the instance does not count in its group's metrics yet, or no more. */
  readonly isWarming: (instanceId: string) => boolean;
  readonly log?: (line: string) => void;
}

export interface Agent {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How often EC2's own metrics come; on AWS five minutes, or one with detailed monitoring. */
const BASIC_SECONDS = 60;
const LOOK_MS = 1000;
const SHORTEST_LOOK_MS = 50;
/** CloudWatch takes 1000 at a time. */
const DATA_A_CALL = 500;

interface Watched {
  /** What is published, by name -> when it is due next. */
  readonly dueMs: Map<string, number>;
  last: { readonly cpuMs: number; readonly atMs: number } | undefined;
}

export function createAgent(ports: AgentPorts): Agent {
  return new Sampler(ports);
}

class Sampler implements Agent {
  readonly #ports: AgentPorts;
  readonly #watched = new Map<string, Watched>();
  readonly #told = new Set<string>();
  #timer: Timer | undefined;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(ports: AgentPorts) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#working;
  }

  #schedule(): void {
    if (this.#stopped) return;
    const lookMs = Math.max(SHORTEST_LOOK_MS, LOOK_MS / this.#ports.speed);
    this.#timer = this.#ports.clock.setTimer(lookMs, () => {
      this.#working = this.#look()
        .catch((error: unknown) => this.#ports.log?.(`metrics of instances: ${messageOf(error)}`))
        .then(() => this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const instances = this.#ports.instances();
    const living = new Set(instances.map(({ instanceId }) => instanceId));
    for (const id of this.#watched.keys()) if (!living.has(id)) this.#watched.delete(id);
    const data: NamedDatum[] = [];
    for (const instance of instances) data.push(...(await this.#sample(instance)));
    await this.#publish(data);
  }

  /** What is due of an instance. It is measured once for all of it. */
  async #sample(instance: SampledInstance): Promise<NamedDatum[]> {
    const config = await this.#configOf(instance);
    const plugins = config?.plugins ?? [];
    const watched = this.#watched.get(instance.instanceId) ?? { dueMs: new Map(), last: undefined };
    this.#watched.set(instance.instanceId, watched);
    const basicIsDue = this.#isDue(watched, 'basic', BASIC_SECONDS);
    const due = plugins.filter(({ plugin, intervalSeconds }) =>
      this.#isDue(watched, plugin, intervalSeconds),
    );
    if (!basicIsDue && due.length === 0) return [];
    const sample = await this.#measure(
      instance,
      watched,
      Math.min(BASIC_SECONDS, ...due.map((one) => one.intervalSeconds)),
    );
    if (sample === undefined) return []; // (G1)
    const data = [
      ...(basicIsDue ? basicData(instance, sample) : []),
      ...due.flatMap((plugin) => pluginData(config!, plugin, instance, sample)),
    ];
    if (!this.#ports.isWarming(instance.instanceId)) return data;
    return data.filter((one) => !isOfWholeGroup(one)); // (G4)
  }

  #isDue({ dueMs }: Watched, what: string, intervalSeconds: number): boolean {
    const nowMs = this.#ports.clock.nowMs();
    const due = dueMs.get(what) ?? nowMs;
    if (nowMs < due) return false;
    dueMs.set(what, Math.max(due, nowMs - 1000) + (intervalSeconds * 1000) / this.#ports.speed);
    return true;
  }

  async #measure(
    { instanceId, vcpus }: SampledInstance,
    watched: Watched,
    seconds: number,
  ): Promise<Sample | undefined> {
    const measured = await this.#ports.provider.measure(instanceId);
    if (measured === undefined) return undefined;
    const { clock, speed } = this.#ports;
    const atMs = clock.nowMs();
    const { last } = watched;
    if (measured.cpuMs !== undefined) watched.last = { cpuMs: measured.cpuMs, atMs };
    else this.#tellOnce('processor', 'the use of processors cannot be measured on this system');
    if (measured.volumeUsedBytes === undefined)
      this.#tellOnce('volume', 'volumes cannot be measured on this system');
    const cpuPercent =
      last === undefined || measured.cpuMs === undefined || atMs <= last.atMs
        ? undefined
        : Math.min(100, (100 * (measured.cpuMs - last.cpuMs)) / (atMs - last.atMs) / vcpus);
    return { measured, cpuPercent, atMs: clock.wallMs(), resolution: seconds / speed < 60 ? 1 : 60 };
  }

  /** (G2) */
  async #configOf({ instanceId, imageId }: SampledInstance): Promise<AgentConfig | undefined> {
    try {
      const own = this.#ports.provider.agentConfiguration(instanceId);
      const value =
        own === undefined
          ? this.#ports.provider.images().find((image) => image.imageId === imageId)?.agent
          : JSON.parse('json' in own ? own.json : await this.#parameter(own.parameter));
      if (value === undefined) return undefined;
      const config = parseAgentConfig(value);
      for (const sentence of config.unmeasured) this.#tellOnce(sentence, sentence);
      return config;
    } catch (error) {
      this.#tellOnce(
        `${instanceId} ${messageOf(error)}`,
        `${instanceId}: the agent's configuration: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  async #parameter(name: string): Promise<string> {
    type Answer = { readonly Parameter?: { readonly Value?: string } };
    const answer = await this.#ports.services.call<Answer>('ssm', 'GetParameter', {
      Name: name,
      WithDecryption: true,
    });
    return answer.Parameter?.Value ?? '';
  }

  async #publish(data: readonly NamedDatum[]): Promise<void> {
    for (const namespace of new Set(data.map((one) => one.namespace))) {
      const own: MetricDatum[] = data.filter((one) => one.namespace === namespace).map(({ datum }) => datum);
      for (let from = 0; from < own.length; from += DATA_A_CALL) {
        const input = { Namespace: namespace, MetricData: own.slice(from, from + DATA_A_CALL) };
        try {
          await this.#ports.services.call('monitoring', 'PutMetricData', input);
        } catch (error) {
          this.#ports.log?.(`metrics of ${namespace} were not taken: ${messageOf(error)}`); // (G3)
        }
      }
    }
  }

  #tellOnce(key: string, line: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#ports.log?.(line);
  }
}
