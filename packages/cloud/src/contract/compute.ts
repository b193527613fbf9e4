/**
 * What Auto Scaling needs of EC2, without a wire. EC2's service implements it over an instance provider; tests of groups use a
 * simulated one.
 */

export type InstanceStateName =
  | 'pending'
  | 'running'
  | 'shutting-down'
  | 'terminated'
  | 'stopping'
  | 'stopped';

export interface ComputeInstance {
  readonly instanceId: string;
  readonly state: InstanceStateName;
  /** Why the state is what it is, in AWS's words where AWS has them, else ours. */
  readonly reason: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly launchTimeMs: number;
  readonly privateIpAddress: string;
  /** Whether the status checks pass: false when the process tree hangs or is gone. */
  readonly healthy: boolean;
}

/** By id or name; the id counts when both are given. */
export interface LaunchTemplateReference {
  readonly launchTemplateId?: string;
  readonly launchTemplateName?: string;
  /** A number, `$Latest` or `$Default`. */
  readonly version?: string;
}

export interface LaunchRequest {
  /** The same token launches once, however often it is asked: what makes a launch safe to repeat after a crash. */
  readonly clientToken: string;
  readonly launchTemplate: LaunchTemplateReference;
  readonly zone: string;
  readonly subnetId?: string;
  /** Overrides the template's type, as a mixed instances policy does. */
  readonly instanceType?: string;
  readonly spot?: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Compute {
  /** Resolves when the instance is recorded (`pending`); throws `AwsError` as RunInstances does (no such image, template, type ...). */
  launch(request: LaunchRequest): Promise<ComputeInstance>;
  /** Asks for termination; the states `shutting-down` and `terminated` are reported later. Unknown ids are ignored. */
  terminate(instanceId: string, reason: string): Promise<void>;
  describe(instanceId: string): ComputeInstance | undefined;
  /** What the instance reads under `autoscaling/target-lifecycle-state` in its metadata. */
  setTargetLifecycleState(
    instanceId: string,
    state: 'InService' | 'Standby' | 'Terminated' | 'Detached' | undefined,
  ): void;
  /** The template's id, name and the number that the version stands for now; throws `AwsError` when there is none. */
  resolveLaunchTemplate(reference: LaunchTemplateReference): {
    readonly launchTemplateId: string;
    readonly launchTemplateName: string;
    readonly version: string;
    readonly instanceType: string | undefined;
    readonly imageId: string | undefined;
  };
  /** Throws `AwsError` when nothing can be launched from the image. A name of the parameter store (`resolve:ssm:`) passes. */
  assertImage(imageId: string): void;
  /** The last lines that the instance wrote to its console; empty when it wrote none. */
  consoleTail(instanceId: string, lines: number): string;
  /** Called after each change of an instance's state or health, in order; returns what ends the subscription. */
  onChange(listener: (instance: ComputeInstance) => void): () => void;
}
