/** Instances and volumes in the shapes of EC2's answers. */
import type { GroupIdentifier, Instance, InstanceStatus, Reservation, Volume } from '@aws-sdk/client-ec2';
import { ROOT_DEVICE } from './block-devices.ts';
import type { Ec2State } from './ec2-state.ts';
import type { InstanceRecord, VolumeRecord } from './instance-record.ts';
import { STATE_CODES } from './instance-record.ts';
import { isLive } from './instance-states.ts';
import { findInstanceType } from './instance-types.ts';
import { subnetsOf, VPC_ID } from './network.ts';
import { tagList } from './tags.ts';

export interface ViewWorld {
  readonly state: Ec2State;
  readonly region: string;
  readonly accountId: string;
  readonly isHealthy: (instanceId: string) => boolean;
}

/** As EC2 names hosts by their address: ip-127-0-16-4.ec2.internal. */
export function privateDnsName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${address.replaceAll('.', '-')}.${domain}`;
}

export function instanceView(record: InstanceRecord, world: ViewWorld): Instance {
  const { settings, address, state } = record;
  const type = findInstanceType(settings.instanceType);
  const present = state !== 'terminated';
  return {
    InstanceId: record.instanceId,
    ImageId: settings.imageId,
    State: stateView(record),
    StateTransitionReason: record.transitionReason,
    StateReason: record.stateReason && { Code: record.stateReason.code, Message: record.stateReason.message },
    InstanceType: settings.instanceType as Instance['InstanceType'],
    LaunchTime: new Date(record.launchTimeMs),
    Placement: { AvailabilityZone: settings.zone, Tenancy: 'default', GroupName: '' },
    PrivateIpAddress: present ? address.host : undefined,
    PrivateDnsName: present ? privateDnsName(address.host, world.region) : '',
    PublicDnsName: '',
    SubnetId: present ? settings.subnetId : undefined,
    VpcId: present ? VPC_ID : undefined,
    KeyName: settings.keyName,
    AmiLaunchIndex: record.launchIndex,
    ClientToken: record.clientToken ?? '',
    Architecture: type?.architecture ?? 'x86_64',
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceName: ROOT_DEVICE,
    RootDeviceType: 'ebs',
    BlockDeviceMappings: present ? record.volumes.map((volume) => deviceView(volume, record)) : [],
    SecurityGroups: present ? groupViews(settings.securityGroupIds, world) : [],
    IamInstanceProfile:
      settings.instanceProfileArn === undefined ? undefined : { Arn: settings.instanceProfileArn },
    InstanceLifecycle: settings.spot === undefined ? undefined : 'spot',
    Monitoring: { State: settings.detailedMonitoring ? 'enabled' : 'disabled' },
    MetadataOptions: metadataView(record),
    CpuOptions: { CoreCount: type?.vcpus ?? 1, ThreadsPerCore: 1 },
    EbsOptimized: false,
    SourceDestCheck: true,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    Tags: tagList(world.state.tagsOf(record.instanceId)),
  };
}

export function stateView({ state }: Pick<InstanceRecord, 'state'>) {
  return { Code: STATE_CODES[state], Name: state };
}

export function metadataView({ settings: { metadata } }: InstanceRecord) {
  return {
    State: 'applied' as const,
    HttpTokens: metadata.tokenRequired ? ('required' as const) : ('optional' as const),
    HttpPutResponseHopLimit: metadata.hopLimit,
    HttpEndpoint: metadata.enabled ? ('enabled' as const) : ('disabled' as const),
    HttpProtocolIpv6: 'disabled' as const,
    InstanceMetadataTags: metadata.tags ? ('enabled' as const) : ('disabled' as const),
  };
}

function deviceView(
  { deviceName, volumeId, deleteOnTermination }: InstanceRecord['volumes'][number],
  { launchTimeMs }: InstanceRecord,
) {
  return {
    DeviceName: deviceName,
    Ebs: {
      VolumeId: volumeId,
      Status: 'attached' as const,
      AttachTime: new Date(launchTimeMs),
      DeleteOnTermination: deleteOnTermination,
    },
  };
}

export function groupViews(ids: readonly string[], { state }: ViewWorld): GroupIdentifier[] {
  return ids.map((GroupId) => ({ GroupId, GroupName: state.securityGroups.get(GroupId)?.name ?? '' }));
}

/** Instances by the launch that made them, in the order in which they come. */
export function reservationViews(records: readonly InstanceRecord[], world: ViewWorld): Reservation[] {
  const byId = new Map<string, InstanceRecord[]>();
  for (const record of records)
    byId.set(record.reservationId, [...(byId.get(record.reservationId) ?? []), record]);
  return [...byId].map(([ReservationId, instances]) => ({
    ReservationId,
    OwnerId: world.accountId,
    Groups: [],
    Instances: instances.map((record) => instanceView(record, world)),
  }));
}

export function statusView(record: InstanceRecord, world: ViewWorld): InstanceStatus {
  const status = statusOf(record, world);
  const details = status === 'ok' ? 'passed' : status === 'impaired' ? 'failed' : 'initializing';
  const summary = { Status: status, Details: [{ Name: 'reachability' as const, Status: details }] };
  const none = { Status: 'not-applicable' as const };
  const system = {
    Status: 'ok' as const,
    Details: [{ Name: 'reachability' as const, Status: 'passed' as const }],
  };
  const runs = record.state === 'running';
  return {
    InstanceId: record.instanceId,
    AvailabilityZone: record.settings.zone,
    AvailabilityZoneId: subnetsOf(world.region).find(({ zone }) => zone === record.settings.zone)?.zoneId,
    InstanceState: stateView(record),
    InstanceStatus: runs ? (summary as InstanceStatus['InstanceStatus']) : none,
    SystemStatus: runs ? system : none,
    Events: [],
  };
}

export function statusOf(
  { instanceId, state }: InstanceRecord,
  { isHealthy }: ViewWorld,
): 'ok' | 'impaired' | 'not-applicable' {
  if (!isLive(state)) return 'not-applicable';
  return isHealthy(instanceId) ? 'ok' : 'impaired';
}

export function volumeView(volume: VolumeRecord, world: ViewWorld): Volume {
  const attachments =
    volume.instanceId === undefined
      ? []
      : [
          {
            InstanceId: volume.instanceId,
            VolumeId: volume.volumeId,
            Device: volume.deviceName,
            State: 'attached' as const,
            AttachTime: new Date(volume.createdMs),
            DeleteOnTermination: volume.deleteOnTermination,
          },
        ];
  return {
    VolumeId: volume.volumeId,
    Size: volume.gibibytes,
    VolumeType: volume.volumeType as Volume['VolumeType'],
    Iops: volume.iops,
    Throughput: volume.throughput,
    Encrypted: volume.encrypted,
    SnapshotId: '',
    AvailabilityZone: volume.zone,
    CreateTime: new Date(volume.createdMs),
    State: volume.instanceId === undefined ? 'available' : 'in-use',
    Attachments: attachments,
    MultiAttachEnabled: false,
    Tags: tagList(world.state.tagsOf(volume.volumeId)),
  };
}
