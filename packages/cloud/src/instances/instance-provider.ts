/**
 * What EC2 needs of whatever runs instances. Implementations: `process` (an instance is a process tree on this machine) and
 * `simulated` (virtual time). Both pass the suite in `testing/provider-contract.ts`.
 *
 * A provider knows nothing of records or AWS's states: EC2 decides what should run, a provider makes it so and says what happened.
 */

/** Where an instance is reached, and where its metadata service listens. */
export interface InstanceAddress {
  readonly host: string;
  readonly metadataPort: number;
}

/** The address of instances that have none of their own; each then has a metadata port of its own. */
export const SHARED_HOST = '127.0.0.1';

/** What an address takes from others: the host, or where it is shared the port on it. */
export function placeOf({ host, metadataPort }: InstanceAddress): string {
  return host === SHARED_HOST ? `${host}:${metadataPort}` : host;
}

export interface VolumeSpec {
  readonly volumeId: string;
  readonly deviceName: string;
  readonly bytes: number;
}

export interface InstanceSpec {
  readonly instanceId: string;
  readonly imageId: string;
  readonly address: InstanceAddress;
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** As it was given to EC2, after base64. */
  readonly userData: Uint8Array | undefined;
  /** The root device first. */
  readonly volumes: readonly VolumeSpec[];
  /** What the instance's programs find in their environment beside the image's own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What happened to a running instance without being asked for. */
export type InstanceEvent = { readonly instanceId: string } & (
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'health'; readonly healthy: boolean; readonly reason: string }
  /** A program in the instance asked for it, as with `shutdown`. */
  | { readonly kind: 'request'; readonly request: 'poweroff' | 'reboot' }
);

export interface ImageDescription {
  readonly imageId: string;
  readonly name: string;
  readonly description: string;
  /** Configuration of the metrics agent that the image carries, in the schema of CloudWatch's agent. */
  readonly agent?: unknown;
}

export interface InstanceMeasurement {
  /** Processor time of all processes of the instance since it was booted or adopted; never goes back. */
  readonly cpuMs?: number;
  readonly memoryBytes?: number;
  /** What lies on the root volume. */
  readonly volumeUsedBytes?: number;
  readonly volumeBytes: number;
  readonly processes?: number;
}

/** A limit that an instance's type or volume sets, and whether the system holds programs to it. */
export interface LimitReport {
  readonly limit: 'cpu' | 'memory' | 'volume';
  readonly enforced: boolean;
  /** For people: how, or why not. */
  readonly detail: string;
}

export interface InstanceProvider {
  /** Makes ready; touches no instance. */
  start(): Promise<void>;
  /** Ends watching. Instances that run go on running: who wants them stopped halts them before. */
  stop(): Promise<void>;
  images(): readonly ImageDescription[];
  /** An address whose place is not in `taken`. @param network 0 for the first zone's subnet, 1 for the second's ... */
  allocateAddress(network: number, taken: ReadonlySet<string>): Promise<InstanceAddress>;
  /** Resolves when the instance runs: taken over when it ran already, else started. Throws when the image is unknown. */
  boot(spec: InstanceSpec): Promise<void>;
  /** Resolves when no process of the instance is left; no event tells of it. Asks first, and ends what stays after `graceMs`. */
  halt(instanceId: string, graceMs: number): Promise<void>;
  isRunning(instanceId: string): boolean;
  /** False when the instance hangs or does not run. */
  isHealthy(instanceId: string): boolean;
  /** The newest part of what the instance wrote to its console. */
  console(instanceId: string): string;
  /** Undefined when the instance does not run. What the system cannot measure is absent. */
  measure(instanceId: string): Promise<InstanceMeasurement | undefined>;
  limits(spec: Pick<InstanceSpec, 'vcpus'>): readonly LimitReport[];
  /** The agent's configuration that the instance declares for itself, as JSON text or as the name of an SSM parameter. */
  agentConfiguration(
    instanceId: string,
  ): { readonly json: string } | { readonly parameter: string } | undefined;
  /** Deletes a volume with all that is on it; does nothing when it is gone already. */
  deleteVolume(volumeId: string): Promise<void>;
  /** Removes what is kept of an instance that does not run: console, user data. Its volumes stay. */
  forget(instanceId: string): Promise<void>;
  /** Called in order; returns what ends the subscription. */
  onEvent(listener: (event: InstanceEvent) => void): () => void;
}

/** The end of a console that is kept, as on EC2. */
export const CONSOLE_BYTES = 64 * 1024;
