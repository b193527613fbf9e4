/** What EC2 remembers of an instance. */
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { InstanceStateName } from '../../contract/compute.ts';
import type { InstanceAddress } from '../../instances/instance-provider.ts';

export interface StateReason {
  /** AWS's code, for example `Client.UserInitiatedShutdown`. */
  readonly code: string;
  readonly message: string;
}

/** A device and the volume behind it. */
export interface AttachedVolume {
  readonly deviceName: string;
  readonly volumeId: string;
  readonly gibibytes: number;
  readonly deleteOnTermination: boolean;
}

/** Template and request together, with every default filled in. */
export interface LaunchSettings {
  readonly imageId: string;
  readonly instanceType: string;
  readonly keyName: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly subnetId: string;
  readonly zone: string;
  /** Base64, as it came. */
  readonly userData: string | undefined;
  /** Name of the role whose credentials the instance reads. */
  readonly roleName: string | undefined;
  readonly instanceProfileArn: string | undefined;
  readonly spot:
    | { readonly maxPrice: string | undefined; readonly behavior: 'terminate' | 'stop' }
    | undefined;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly detailedMonitoring: boolean;
  readonly metadata: {
    readonly enabled: boolean;
    readonly tokenRequired: boolean;
    readonly hopLimit: number;
    readonly tags: boolean;
  };
}

export interface InstanceRecord {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly clientToken: string | undefined;
  readonly launchTemplate: { readonly id: string; readonly version: number } | undefined;
  /** As the launch template and the request had it together; what GetLaunchTemplateData answers. */
  readonly launchData: RequestLaunchTemplateData;
  readonly settings: LaunchSettings;
  readonly address: InstanceAddress;
  readonly volumes: readonly AttachedVolume[];
  readonly state: InstanceStateName;
  readonly stateReason: StateReason | undefined;
  /** As EC2 words it: `User initiated (2026-01-01 00:00:00 GMT)`. */
  readonly transitionReason: string;
  readonly launchTimeMs: number;
  /** It has run once: a boot that fails later stops it and keeps its volumes. */
  readonly ran: boolean;
  readonly terminatedAtMs: number | undefined;
  readonly targetLifecycleState: string | undefined;
  /** When the spot market takes the instance back. */
  readonly interruption: { readonly atMs: number; readonly action: 'terminate' | 'stop' } | undefined;
  readonly rebalanceNoticeMs: number | undefined;
}

export interface VolumeRecord {
  readonly volumeId: string;
  readonly gibibytes: number;
  readonly volumeType: string;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly zone: string;
  readonly createdMs: number;
  /** Undefined: the volume belongs to no instance and is `available`. */
  readonly instanceId: string | undefined;
  readonly deviceName: string;
  readonly deleteOnTermination: boolean;
}

export const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};
