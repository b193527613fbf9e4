/** What an instance reads about itself, from its record. */
import type { InstanceMetadata } from '../../instances/metadata/metadata-server.ts';
import type { MetadataFolder } from '../../instances/metadata/metadata-tree.ts';
import type { Ec2State } from './ec2-state.ts';
import type { InstanceRecord } from './instance-record.ts';
import { findInstanceType } from './instance-types.ts';
import { privateDnsName } from './instance-views.ts';
import { subnetsOf, VPC_CIDR, VPC_ID } from './network.ts';
import type { Ec2Ports } from './ports.ts';

/** Credentials do not change; this is how long clients may keep them before they ask again. */
const CREDENTIALS_LIFE_MS = 6 * 3600 * 1000;

export function metadataOf(record: InstanceRecord, state: Ec2State, ports: Ec2Ports): InstanceMetadata {
  const { metadata, userData } = record.settings;
  const tree: MetadataFolder = {
    'meta-data': metaData(record, state, ports),
    'user-data': userData === undefined ? undefined : Buffer.from(userData, 'base64').toString('utf8'),
    dynamic: { 'instance-identity': { document: identityDocument(record, ports) } },
  };
  return { tree, enabled: metadata.enabled, tokenRequired: metadata.tokenRequired };
}

function metaData(record: InstanceRecord, state: Ec2State, ports: Ec2Ports): MetadataFolder {
  const { settings, address, instanceId } = record;
  const hostname = privateDnsName(address.host, ports.region);
  const groups = settings.securityGroupIds.map((id) => state.securityGroups.get(id)?.name ?? id);
  return {
    'ami-id': settings.imageId,
    'ami-launch-index': String(record.launchIndex),
    autoscaling: record.targetLifecycleState && { 'target-lifecycle-state': record.targetLifecycleState },
    'block-device-mapping': blockDevices(record),
    events: {
      maintenance: { history: '[]', scheduled: '[]' },
      recommendations:
        record.rebalanceNoticeMs === undefined ? undefined : rebalance(record.rebalanceNoticeMs),
    },
    hostname,
    iam: iam(record, ports),
    'instance-action': 'none',
    'instance-id': instanceId,
    'instance-life-cycle': settings.spot === undefined ? 'on-demand' : 'spot',
    'instance-type': settings.instanceType,
    'local-hostname': hostname,
    'local-ipv4': address.host,
    mac: macOf(address.host),
    network: { interfaces: { macs: { [macOf(address.host)]: networkInterface(record, ports) } } },
    placement: placement(record, ports),
    profile: 'default-hvm',
    'reservation-id': record.reservationId,
    'security-groups': groups.join('\n'),
    services: { domain: 'amazonaws.com', partition: 'aws' },
    spot: spot(record),
    tags: settings.metadata.tags ? { instance: instanceTags(state.tagsOf(instanceId)) } : undefined,
  };
}

/** Tags whose key could not be part of a path are left out, as EC2 refuses to show them. */
function instanceTags(tags: Readonly<Record<string, string>>): MetadataFolder {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => !key.includes('/') && !key.startsWith('aws:')),
  );
}

function identityDocument(record: InstanceRecord, { accountId, region }: Ec2Ports): string {
  const { settings, address } = record;
  const document = {
    accountId,
    architecture: findInstanceType(settings.instanceType)?.architecture ?? 'x86_64',
    availabilityZone: settings.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: settings.imageId,
    instanceId: record.instanceId,
    instanceType: settings.instanceType,
    kernelId: null,
    pendingTime: new Date(record.launchTimeMs).toISOString().replace(/\.\d+/, ''),
    privateIp: address.host,
    ramdiskId: null,
    region,
    version: '2017-09-30',
  };
  return JSON.stringify(document, undefined, 2);
}

function blockDevices({ volumes }: InstanceRecord): MetadataFolder {
  const [root, ...others] = volumes.map(({ deviceName }) => deviceName);
  const ebs = others.map((name, index) => [`ebs${index + 1}`, name.replace('/dev/', '')] as const);
  return { ami: root?.replace('/dev/', ''), root, ...Object.fromEntries(ebs) };
}

function placement({ settings: { zone } }: InstanceRecord, { region }: Ec2Ports): MetadataFolder {
  const zoneId = subnetsOf(region).find((subnet) => subnet.zone === zone)?.zoneId;
  return { 'availability-zone': zone, 'availability-zone-id': zoneId, region };
}

function networkInterface(
  { settings, address, instanceId }: InstanceRecord,
  { region, accountId }: Ec2Ports,
): MetadataFolder {
  const subnet = subnetsOf(region).find(({ subnetId }) => subnetId === settings.subnetId);
  return {
    'device-number': '0',
    'interface-id': instanceId.replace('i-', 'eni-'),
    'local-hostname': privateDnsName(address.host, region),
    'local-ipv4s': address.host,
    mac: macOf(address.host),
    'owner-id': accountId,
    'security-group-ids': settings.securityGroupIds.join('\n'),
    'subnet-id': settings.subnetId,
    'subnet-ipv4-cidr-block': subnet?.cidr,
    'vpc-id': VPC_ID,
    'vpc-ipv4-cidr-block': VPC_CIDR,
    'vpc-ipv4-cidr-blocks': VPC_CIDR,
  };
}

function iam(
  { settings: { roleName, instanceProfileArn }, instanceId }: InstanceRecord,
  ports: Ec2Ports,
): MetadataFolder {
  const nowMs = ports.clock.wallMs();
  const credentials = {
    Code: 'Success',
    LastUpdated: isoSeconds(nowMs),
    Type: 'AWS-HMAC',
    AccessKeyId: ports.credentials.accessKeyId,
    SecretAccessKey: ports.credentials.secretAccessKey,
    Token: '', // A key pair, not a session: clients send no token when it is empty.
    Expiration: isoSeconds(nowMs + CREDENTIALS_LIFE_MS),
  };
  const info = {
    Code: 'Success',
    LastUpdated: isoSeconds(nowMs),
    InstanceProfileArn: instanceProfileArn,
    InstanceProfileId: `AIPA${instanceId.slice(2)}`,
  };
  return {
    info: instanceProfileArn === undefined ? undefined : JSON.stringify(info, undefined, 2),
    'security-credentials': { [roleName ?? 'crescendo-instance']: JSON.stringify(credentials, undefined, 2) },
  };
}

function spot({ interruption }: InstanceRecord): MetadataFolder | undefined {
  if (interruption === undefined) return undefined;
  const time = isoSeconds(interruption.atMs);
  return {
    'instance-action': JSON.stringify({ action: interruption.action, time }),
    'termination-time': interruption.action === 'terminate' ? time : undefined,
  };
}

function rebalance(noticeMs: number): MetadataFolder {
  return { rebalance: JSON.stringify({ noticeTime: isoSeconds(noticeMs) }) };
}

/** Made from the address, so that it is the instance's own. */
function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '00', ...bytes].join(':');
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
