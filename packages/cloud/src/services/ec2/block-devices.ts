/** From block device mappings to volumes. */
import type { LaunchTemplateBlockDeviceMappingRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../contract/service.ts';
import { invalidValue } from './errors.ts';

export interface PlannedVolume {
  readonly deviceName: string;
  readonly gibibytes: number;
  readonly volumeType: string;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly deleteOnTermination: boolean;
}

export const ROOT_DEVICE = '/dev/xvda';
/** Names under which templates written for other images mean the root device. */
const ROOT_NAMES = new Set([ROOT_DEVICE, '/dev/sda1', '/dev/sda']);
const DEFAULT_ROOT_GIB = 8;
const LARGEST_GIB = 65_536;

/** The root device first. */
export function planVolumes(
  mappings: readonly LaunchTemplateBlockDeviceMappingRequest[] | undefined,
): readonly [PlannedVolume, ...PlannedVolume[]] {
  const wanted = (mappings ?? []).filter(({ Ebs, NoDevice, VirtualName }) => {
    return Ebs !== undefined || (NoDevice === undefined && VirtualName === undefined);
  });
  const root = wanted.find(({ DeviceName }) => ROOT_NAMES.has(DeviceName ?? ''));
  const others = wanted.filter((mapping) => mapping !== root);
  return [planVolume(root ?? {}, ROOT_DEVICE, true), ...others.map((mapping) => planOther(mapping))];
}

function planOther(mapping: LaunchTemplateBlockDeviceMappingRequest): PlannedVolume {
  const { DeviceName: name } = mapping;
  if (name === undefined || !/^\/dev\/[a-z0-9]+$/.test(name)) {
    throw invalidValue(`Invalid device name '${name}': give one such as /dev/sdf`);
  }
  return planVolume(mapping, name, false);
}

function planVolume(
  { Ebs: ebs = {} }: LaunchTemplateBlockDeviceMappingRequest,
  deviceName: string,
  root: boolean,
): PlannedVolume {
  if (ebs.SnapshotId !== undefined) {
    const message = `The snapshot '${ebs.SnapshotId}' does not exist: this cloud keeps no snapshots`;
    throw new AwsError('InvalidSnapshot.NotFound', message);
  }
  const gibibytes = ebs.VolumeSize ?? (root ? DEFAULT_ROOT_GIB : undefined);
  if (gibibytes === undefined || gibibytes < 1 || gibibytes > LARGEST_GIB) {
    throw invalidValue(`The size of ${deviceName} is ${gibibytes} GiB; give one from 1 to ${LARGEST_GIB}`);
  }
  return {
    deviceName,
    gibibytes,
    volumeType: ebs.VolumeType ?? 'gp3',
    iops: ebs.Iops,
    throughput: ebs.Throughput,
    encrypted: ebs.Encrypted ?? false,
    deleteOnTermination: ebs.DeleteOnTermination ?? root,
  };
}
