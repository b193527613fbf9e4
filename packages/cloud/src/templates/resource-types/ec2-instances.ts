import type { Property } from '../property-shape.ts';
import {
  flag,
  inert,
  integer,
  interrupts,
  json,
  listOf,
  record,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import { BLOCK_DEVICE, LAUNCH_TEMPLATE_REFERENCE } from './auto-scaling.ts';
import type { ResourceType } from './resource-type.ts';

const ONE_MACHINE = 'there is one machine';
const REACHES_ALL = 'everything on this machine reaches everything';
const LOOPBACK = 'instances have loopback addresses';

const PLACEMENT: Property = record({
  AvailabilityZone: text(),
  Affinity: inert(text(), ONE_MACHINE),
  GroupId: inert(text(), ONE_MACHINE),
  GroupName: inert(text(), ONE_MACHINE),
  HostId: inert(text(), ONE_MACHINE),
  HostResourceGroupArn: inert(text(), ONE_MACHINE),
  PartitionNumber: inert(integer(), ONE_MACHINE),
  SpreadDomain: inert(text(), ONE_MACHINE),
  Tenancy: inert(text(), ONE_MACHINE),
});

const TAG_SPECIFICATIONS = listOf(record({ ResourceType: required(text()), Tags: TAGS }));

const LAUNCH_TEMPLATE_DATA: Property = record({
  ImageId: text(),
  InstanceType: text(),
  UserData: text(),
  KeyName: inert(text(), 'nobody logs in'),
  SecurityGroupIds: inert(listOf(text()), REACHES_ALL),
  SecurityGroups: inert(listOf(text()), REACHES_ALL),
  BlockDeviceMappings: listOf(BLOCK_DEVICE),
  IamInstanceProfile: record({ Arn: text(), Name: text() }),
  InstanceMarketOptions: record({
    MarketType: text(),
    SpotOptions: record({
      BlockDurationMinutes: integer(),
      InstanceInterruptionBehavior: text(),
      MaxPrice: inert(text(), 'there are no prices'),
      SpotInstanceType: text(),
      ValidUntil: text(),
    }),
  }),
  MetadataOptions: record({
    HttpEndpoint: text(),
    HttpProtocolIpv6: text(),
    HttpPutResponseHopLimit: inert(integer(), 'there are no hops'),
    HttpTokens: text(),
    InstanceMetadataTags: text(),
  }),
  Monitoring: inert(record({ Enabled: flag() }), 'instances are measured every minute'),
  Placement: PLACEMENT,
  TagSpecifications: TAG_SPECIFICATIONS,
  DisableApiTermination: flag(),
  InstanceInitiatedShutdownBehavior: text(),
  NetworkInterfaces: inert(listOf(json()), LOOPBACK),
  CpuOptions: inert(json(), ONE_MACHINE),
  CreditSpecification: inert(record({ CpuCredits: text() }), 'there are no credits'),
  DisableApiStop: inert(flag()),
  EbsOptimized: inert(flag(), 'volumes are folders of this machine'),
  EnclaveOptions: inert(json(), ONE_MACHINE),
  HibernationOptions: inert(json(), ONE_MACHINE),
  MaintenanceOptions: inert(json(), ONE_MACHINE),
  NetworkPerformanceOptions: inert(json(), ONE_MACHINE),
  PrivateDnsNameOptions: inert(json(), LOOPBACK),
  CapacityReservationSpecification: inert(json(), 'nothing is reserved'),
  LicenseSpecifications: inert(json()),
  KernelId: inert(text()),
  RamDiskId: inert(text()),
});

const LAUNCH_TEMPLATE: ResourceType = {
  name: 'AWS::EC2::LaunchTemplate',
  reference: "the launch template's id",
  attributes: ['DefaultVersionNumber', 'LatestVersionNumber', 'LaunchTemplateId'],
  properties: {
    LaunchTemplateName: replaces(text()),
    LaunchTemplateData: required(LAUNCH_TEMPLATE_DATA),
    TagSpecifications: replaces(TAG_SPECIFICATIONS),
    VersionDescription: text(),
  },
};

const INSTANCE: ResourceType = {
  name: 'AWS::EC2::Instance',
  reference: "the instance's id",
  attributes: [
    'AvailabilityZone',
    'InstanceId',
    'PrivateDnsName',
    'PrivateIp',
    'PublicDnsName',
    'PublicIp',
    'VpcId',
  ],
  creationPolicy: true,
  properties: {
    ImageId: replaces(text()),
    InstanceType: replaces(text()),
    LaunchTemplate: replaces(LAUNCH_TEMPLATE_REFERENCE),
    UserData: replaces(text()),
    KeyName: inert(replaces(text()), 'nobody logs in'),
    SecurityGroupIds: inert(replaces(listOf(text())), REACHES_ALL),
    SecurityGroups: inert(replaces(listOf(text())), REACHES_ALL),
    SubnetId: replaces(text()),
    AvailabilityZone: replaces(text()),
    BlockDeviceMappings: replaces(listOf(BLOCK_DEVICE)),
    IamInstanceProfile: replaces(text()),
    MetadataOptions: replaces(
      record({
        HttpEndpoint: text(),
        HttpPutResponseHopLimit: inert(integer(), 'there are no hops'),
        HttpTokens: text(),
      }),
    ),
    Monitoring: inert(replaces(flag()), 'instances are measured every minute'),
    Tags: TAGS,
    DisableApiTermination: interrupts(flag()),
    InstanceInitiatedShutdownBehavior: replaces(text()),
    NetworkInterfaces: inert(replaces(listOf(json())), LOOPBACK),
    PrivateIpAddress: inert(replaces(text()), LOOPBACK),
    SourceDestCheck: inert(flag(), LOOPBACK),
    EbsOptimized: inert(flag(), 'volumes are folders of this machine'),
    CreditSpecification: inert(json(), 'there are no credits'),
    Tenancy: inert(text(), ONE_MACHINE),
    PlacementGroupName: inert(text(), ONE_MACHINE),
    Volumes: inert(listOf(json()), 'volumes come with BlockDeviceMappings'),
    PropagateTagsToVolumeOnCreation: inert(flag()),
  },
};

const KEY_PAIR: ResourceType = {
  name: 'AWS::EC2::KeyPair',
  inert: 'nobody logs in to instances',
  reference: "the key pair's name",
  attributes: ['KeyPairId', 'KeyFingerprint'],
  properties: {
    KeyName: required(replaces(text())),
    KeyType: replaces(text('rsa', 'ed25519')),
    KeyFormat: replaces(text('pem', 'ppk')),
    PublicKeyMaterial: replaces(text()),
    Tags: replaces(TAGS),
  },
};

export const EC2_INSTANCE_TYPES: readonly ResourceType[] = [INSTANCE, KEY_PAIR, LAUNCH_TEMPLATE];
