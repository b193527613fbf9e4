/** What EC2 is given from outside. */
import type { Clock, Random } from '@crescendo/base';
import type { Records } from '../../contract/records.ts';
import type { ServiceCaller } from '../../contract/service.ts';
import type { InstanceProvider } from '../../instances/instance-provider.ts';
import type { InstanceMetadata, MetadataDoor } from '../../instances/metadata/metadata-server.ts';

export interface Ec2Ports {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  /** Started before EC2 and stopped after it, by whoever made it. */
  readonly provider: InstanceProvider;
  readonly services: ServiceCaller;
  readonly accountId: string;
  readonly region: string;
  /** Where instances reach the cloud's endpoint; asked at each boot. */
  readonly endpointUrl: () => string;
  /** What instances sign with. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /**
   * Asked before the volumes of a terminated instance are deleted, and again from time to time while the answer is false: whoever
   * still needs what lies on them says so. Absent: they may always be.
   */
  readonly mayDeleteVolume?: (instanceId: string) => boolean | Promise<boolean>;
  /** Makes the metadata service; absent: one that listens on the instances' addresses. */
  readonly openMetadata?: (metadataOf: (instanceId: string) => InstanceMetadata | undefined) => MetadataDoor;
  /** How long programs may take to end when their instance is stopped or terminated. */
  readonly haltGraceMs?: number;
  /** Told what went wrong beside what callers are told. */
  readonly log?: (line: string) => void;
}

export const DEFAULT_HALT_GRACE_MS = 30_000;
