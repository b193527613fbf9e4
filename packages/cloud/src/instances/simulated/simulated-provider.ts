/**
 * Instances in virtual time: nothing runs, boots and halts take as long as they are told, and failures are called up by tests and by
 * the policy laboratory.
 */
import type { Clock } from '@crescendo/base';
import { sleep } from '@crescendo/base';
import type {
  ImageDescription,
  InstanceAddress,
  InstanceEvent,
  InstanceMeasurement,
  InstanceProvider,
  InstanceSpec,
  LimitReport,
} from '../instance-provider.ts';
import { CONSOLE_BYTES } from '../instance-provider.ts';

export interface SimulatedProviderOptions {
  readonly clock: Clock;
  readonly bootMs?: number | (() => number);
  readonly haltMs?: number | (() => number);
  readonly images?: readonly ImageDescription[];
}

interface Machine {
  readonly spec: InstanceSpec;
  healthy: boolean;
  gone: boolean;
  measurement: InstanceMeasurement;
}

export class SimulatedProvider implements InstanceProvider {
  readonly #options: SimulatedProviderOptions;
  readonly #machines = new Map<string, Machine>();
  readonly #consoles = new Map<string, string>();
  readonly #agents = new Map<string, { json: string } | { parameter: string }>();
  readonly #volumes = new Set<string>();
  readonly #listeners = new Set<(event: InstanceEvent) => void>();
  readonly #given = new Set<string>();
  readonly #failures: string[] = [];
  readonly #booting = new Map<string, Promise<void>>();
  readonly #halting = new Map<string, Promise<void>>();
  /** What was done, for tests: `boot i-...`, `halt i-...`, `delete vol-...`, `forget i-...`. */
  readonly journal: string[] = [];

  constructor(options: SimulatedProviderOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  images(): readonly ImageDescription[] {
    return this.#options.images ?? [{ imageId: 'ami-minimal', name: 'minimal', description: 'nothing runs' }];
  }

  async allocateAddress(network: number, taken: ReadonlySet<string>): Promise<InstanceAddress> {
    for (const host of taken) this.#given.delete(host);
    for (let number = 4; ; number++) {
      const host = `127.0.${16 + network * 16 + Math.floor(number / 256)}.${number % 256}`;
      if (taken.has(host) || this.#given.has(host)) continue;
      this.#given.add(host);
      return { host, metadataPort: 0 };
    }
  }

  async boot(spec: InstanceSpec): Promise<void> {
    const before = this.#booting.get(spec.instanceId);
    if (before !== undefined) return await before;
    const booting = this.#begin(spec).finally(() => this.#booting.delete(spec.instanceId));
    this.#booting.set(spec.instanceId, booting);
    await booting;
  }

  async #begin(spec: InstanceSpec): Promise<void> {
    await this.#halting.get(spec.instanceId);
    if (this.#machines.has(spec.instanceId)) return;
    if (!this.images().some(({ imageId }) => imageId === spec.imageId)) {
      throw new Error(`there is no image ${spec.imageId}`);
    }
    this.journal.push(`boot ${spec.instanceId}`);
    await this.#pass(this.#options.bootMs);
    const failure = this.#failures.shift();
    if (failure !== undefined) throw new Error(failure);
    for (const { volumeId } of spec.volumes) this.#volumes.add(volumeId);
    const measurement = {
      cpuMs: 0,
      memoryBytes: 0,
      volumeUsedBytes: 0,
      volumeBytes: spec.volumes[0]?.bytes ?? 0,
    };
    this.#machines.set(spec.instanceId, { spec, healthy: true, gone: false, measurement });
    this.write(spec.instanceId, `crescendo: boot of ${spec.instanceId}, image ${spec.imageId}\n`);
  }

  async halt(instanceId: string): Promise<void> {
    const before = this.#halting.get(instanceId);
    if (before !== undefined) return await before;
    const halting = this.#end(instanceId).finally(() => this.#halting.delete(instanceId));
    this.#halting.set(instanceId, halting);
    await halting;
  }

  async #end(instanceId: string): Promise<void> {
    this.journal.push(`halt ${instanceId}`);
    await this.#pass(this.#options.haltMs);
    this.#machines.delete(instanceId);
  }

  async #pass(durationMs: number | (() => number) = 0): Promise<void> {
    const ms = typeof durationMs === 'number' ? durationMs : durationMs();
    if (ms > 0) await sleep(this.#options.clock, ms);
  }

  isRunning(instanceId: string): boolean {
    const machine = this.#machines.get(instanceId);
    return machine !== undefined && !machine.gone && !this.#halting.has(instanceId);
  }

  isHealthy(instanceId: string): boolean {
    return this.isRunning(instanceId) && this.#machines.get(instanceId)!.healthy;
  }

  console(instanceId: string): string {
    return this.#consoles.get(instanceId) ?? '';
  }

  async measure(instanceId: string): Promise<InstanceMeasurement | undefined> {
    return this.#machines.get(instanceId)?.measurement;
  }

  limits(): readonly LimitReport[] {
    return (['cpu', 'memory', 'volume'] as const).map((limit) => {
      return { limit, enforced: true, detail: 'simulated' };
    });
  }

  agentConfiguration(instanceId: string): ReturnType<InstanceProvider['agentConfiguration']> {
    return this.#agents.get(instanceId);
  }

  /** What the instance declares for itself. */
  setAgentConfiguration(instanceId: string, configuration: { json: string } | { parameter: string }): void {
    this.#agents.set(instanceId, configuration);
  }

  async deleteVolume(volumeId: string): Promise<void> {
    if (this.#volumes.delete(volumeId)) this.journal.push(`delete ${volumeId}`);
  }

  async forget(instanceId: string): Promise<void> {
    if (this.#consoles.delete(instanceId)) this.journal.push(`forget ${instanceId}`);
  }

  onEvent(listener: (event: InstanceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The next boot fails with this. */
  failNextBoot(reason: string): void {
    this.#failures.push(reason);
  }

  /** As if every process of the instance were killed. */
  kill(instanceId: string): void {
    const machine = this.#machines.get(instanceId);
    if (machine === undefined || machine.gone || this.#halting.has(instanceId)) return;
    machine.gone = true;
    this.#tell({ instanceId, kind: 'gone', reason: 'it was killed' });
  }

  setHealthy(instanceId: string, healthy: boolean): void {
    const machine = this.#machines.get(instanceId);
    if (machine === undefined || machine.healthy === healthy) return;
    machine.healthy = healthy;
    const reason = healthy ? 'its processes run' : 'its processes are stopped';
    this.#tell({ instanceId, kind: 'health', healthy, reason });
  }

  /** As a program in the instance does with `shutdown` or `reboot`. */
  request(instanceId: string, request: 'poweroff' | 'reboot'): void {
    if (this.isRunning(instanceId)) this.#tell({ instanceId, kind: 'request', request });
  }

  setMeasurement(instanceId: string, change: Partial<InstanceMeasurement>): void {
    const machine = this.#machines.get(instanceId);
    if (machine !== undefined) machine.measurement = { ...machine.measurement, ...change };
  }

  /** Adds to the instance's console. */
  write(instanceId: string, text: string): void {
    this.#consoles.set(instanceId, (this.console(instanceId) + text).slice(-CONSOLE_BYTES));
  }

  /** Whether anything is kept on a volume of this name. */
  hasVolume(volumeId: string): boolean {
    return this.#volumes.has(volumeId);
  }

  /** The environment that the instance was booted with. */
  environmentOf(instanceId: string): Readonly<Record<string, string>> | undefined {
    return this.#machines.get(instanceId)?.spec.environment;
  }

  #tell(event: InstanceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
