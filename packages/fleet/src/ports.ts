/** What a node in a group needs of the world around it. `aws/` has it from AWS's APIs, `testing/` from memory. */

/** Named values that all instances share. */
export interface ParameterStore {
  get(name: string): Promise<string | undefined>;
  /** False when there is one already: it stays as it is. */
  create(name: string, value: string, options: { readonly secret: boolean }): Promise<boolean>;
  put(name: string, value: string): Promise<void>;
  /** Values by the last part of their names, of all directly under `path`. */
  list(path: string): Promise<ReadonlyMap<string, string>>;
  delete(name: string): Promise<void>;
}

export interface GroupInstance {
  readonly instanceId: string;
  readonly zone: string;
  /** AWS's name, for example `Pending:Wait`, `InService`, `Terminating:Wait`. */
  readonly lifecycleState: string;
  readonly protectedFromScaleIn: boolean;
}

export interface LifecycleHook {
  readonly name: string;
  readonly transition: 'launching' | 'terminating';
  readonly heartbeatSeconds: number;
}

export interface GroupView {
  readonly name: string;
  readonly minSize: number;
  readonly desiredCapacity: number;
  readonly instances: readonly GroupInstance[];
}

/** The Auto Scaling group that this instance belongs to. */
export interface InstanceGroup {
  readonly name: string;
  view(): Promise<GroupView>;
  hooks(): Promise<readonly LifecycleHook[]>;
  completeHook(hook: string, instanceId: string): Promise<void>;
  putOffHook(hook: string, instanceId: string): Promise<void>;
  /** Ends an instance of the group; the group gets smaller by one where its least size allows it, else it launches another. */
  terminate(instanceId: string): Promise<void>;
  /** Ends an instance that the group has let go of and kept, because its hook ran out. */
  endRetained(instanceId: string): Promise<void>;
  setProtection(instanceIds: readonly string[], isProtected: boolean): Promise<void>;
}

export interface InstanceIdentity {
  readonly instanceId: string;
  readonly zone: string;
  readonly region: string;
  readonly privateAddress: string;
}

export interface InstanceMetadata {
  identity(): Promise<InstanceIdentity>;
  /** What the group wants this instance to become; undefined outside a group. */
  targetLifecycleState(): Promise<string | undefined>;
  /** True once a spot instance has been told that it will end. */
  hasSpotNotice(): Promise<boolean>;
}

export interface MetricValue {
  readonly name: string;
  readonly unit: 'Count' | 'Bytes' | 'Milliseconds' | 'Percent';
  readonly value: number;
}

export interface MetricPublisher {
  publish(values: readonly MetricValue[], dimensions: Readonly<Record<string, string>>): Promise<void>;
}
