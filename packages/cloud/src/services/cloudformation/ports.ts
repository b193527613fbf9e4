/** What the CloudFormation service stands on. */
import type { Clock, Random } from '@crescendo/base';
import type { Records } from '../../contract/records.ts';
import type { ServiceCaller } from '../../contract/service.ts';
import type { ResourceHandler } from './resources/resource-handler.ts';

/** One queue that events of a bucket go to, in CloudFormation's words. */
export interface QueueNotification {
  readonly Event: string;
  readonly Queue: string;
  readonly Filter?: {
    readonly S3Key: { readonly Rules: readonly { readonly Name: string; readonly Value: string }[] };
  };
}

/** The S3 of the same cloud. */
export interface BucketPort {
  exists(bucket: string): Promise<boolean>;
  create(bucket: string): Promise<void>;
  /** Throws when it is not empty; one that is gone is no error. */
  remove(bucket: string): Promise<void>;
  setVersioning(bucket: string, status: 'Enabled' | 'Suspended'): Promise<void>;
  /** In place of whatever was configured; throws when a queue can't be reached. */
  setNotifications(bucket: string, queues: readonly QueueNotification[]): Promise<void>;
  /** An object as text, undefined when there is none; throws when it is longer than the limit. */
  readText(bucket: string, key: string, limitBytes: number): Promise<string | undefined>;
}

export interface CloudFormationPorts {
  readonly records: Records;
  readonly caller: ServiceCaller;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  readonly region: string;
  readonly zones: readonly string[];
  /** Absent where no store runs. */
  readonly buckets?: BucketPort;
  /** How resources are made, by their types; default: all that the cloud does. */
  readonly handlers?: ReadonlyMap<string, ResourceHandler>;
  /** The URL whose PUT reaches `receiveWaitSignal` with the token. */
  readonly waitUrl: (token: string) => string;
  /** Told of a bug of ours that ended an operation; what else fails is in the stack's events. */
  readonly onBroken: (stackId: string, error: unknown) => void;
}
