/** What there is to choose from: images, instance types, zones, the network, and the account's attributes. */
import type {
  AvailabilityZone,
  DescribeAccountAttributesRequest,
  DescribeAvailabilityZonesRequest,
  DescribeImagesRequest,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypesRequest,
  DescribeRegionsRequest,
  DescribeSubnetsRequest,
  DescribeVpcsRequest,
  Image,
  InstanceTypeInfo,
  Subnet as SubnetView,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../../contract/service.ts';
import type { ImageDescription } from '../../../instances/instance-provider.ts';
import { ROOT_DEVICE } from '../block-devices.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { invalidValue, notFound } from '../errors.ts';
import { filtered } from '../filters.ts';
import type { InstanceType } from '../instance-types.ts';
import { instanceTypes } from '../instance-types.ts';
import type { Subnet } from '../network.ts';
import { subnetsOf, VPC_CIDR, VPC_ID } from '../network.ts';
import { pageOf } from '../paging.ts';
import { publicImages } from '../public-images.ts';
import { tagList } from '../tags.ts';

export function catalogueOperations(world: Ec2World): Operations {
  return {
    DescribeImages: (input: DescribeImagesRequest) => describeImages(world, input),
    DescribeInstanceTypes: (input: DescribeInstanceTypesRequest) => describeTypes(input),
    DescribeInstanceTypeOfferings: (input: DescribeInstanceTypeOfferingsRequest) =>
      describeOfferings(world, input),
    DescribeRegions: (input: DescribeRegionsRequest) => describeRegions(world, input),
    DescribeAvailabilityZones: (input: DescribeAvailabilityZonesRequest) => describeZones(world, input),
    DescribeVpcs: (input: DescribeVpcsRequest) => describeVpcs(world, input),
    DescribeSubnets: (input: DescribeSubnetsRequest) => describeSubnets(world, input),
    DescribeAccountAttributes: (input: DescribeAccountAttributesRequest) => describeAccount(input),
  };
}

function describeImages(world: Ec2World, input: DescribeImagesRequest) {
  const images = world.ports.provider.images();
  const missing = (input.ImageIds ?? []).filter((id) => !images.some(({ imageId }) => imageId === id));
  if (missing.length > 0) {
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${missing.join(', ')}]' does not exist`);
  }
  const chosen = images.filter(({ imageId }) => input.ImageIds?.includes(imageId) ?? true);
  const owned = chosen.filter(
    () => input.Owners?.some((owner) => ['self', 'amazon', world.accountId].includes(owner)) ?? true,
  );
  const own = filteredImages(world, owned, input);
  // Who looks for a name that AWS publishes finds what stands for it; who lists images sees those that there are.
  const asksForName = own.length === 0 && input.Filters?.some(({ Name }) => Name === 'name') === true;
  const found = asksForName
    ? filteredImages(world, publicImages(chosen, input.Owners, ARCHITECTURE), input)
    : own;

  const page = pageOf(found, ({ image }) => `${image.imageId} ${image.name}`, input, [1, 1000]);
  return {
    Images: page.items.map(({ image, tags }) => imageView(world, image, tags)),
    NextToken: page.nextToken,
  };
}

function filteredImages(
  world: Ec2World,
  images: readonly ImageDescription[],
  { Filters, Owners }: DescribeImagesRequest,
) {
  const tagged = images.map((image) => ({ image, tags: world.state.tagsOf(image.imageId) }));
  return filtered(tagged, Filters, {
    'image-id': ({ image }) => image.imageId,
    name: ({ image }) => image.name,
    description: ({ image }) => image.description,
    state: () => 'available',
    architecture: () => ARCHITECTURE,
    hypervisor: () => 'xen',
    'image-type': () => 'machine',
    'root-device-type': () => 'ebs',
    'virtualization-type': () => 'hvm',
    'block-device-mapping.volume-type': () => 'gp3',
    'owner-alias': () => ['amazon', ...(Owners ?? [])],
    'owner-id': () => [world.accountId, ...(Owners ?? [])],
    'is-public': () => 'true',
  });
}

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';

function imageView(world: Ec2World, image: ImageDescription, tags: Readonly<Record<string, string>>): Image {
  return {
    ImageId: image.imageId,
    Name: image.name,
    Description: image.description,
    ImageLocation: `${world.accountId}/${image.name}`,
    ImageType: 'machine',
    OwnerId: world.accountId,
    State: 'available',
    Public: true,
    Architecture: ARCHITECTURE,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceName: ROOT_DEVICE,
    RootDeviceType: 'ebs',
    PlatformDetails: 'Linux/UNIX',
    CreationDate: '2025-01-01T00:00:00.000Z',
    BlockDeviceMappings: [
      { DeviceName: ROOT_DEVICE, Ebs: { VolumeSize: 8, VolumeType: 'gp3', DeleteOnTermination: true } },
    ],
    Tags: tagList(tags),
  };
}

function describeTypes(input: DescribeInstanceTypesRequest) {
  const wanted: readonly string[] | undefined = input.InstanceTypes;
  const unknown = (wanted ?? []).filter((name) => !instanceTypes().some((type) => type.name === name));
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const chosen = instanceTypes().filter(({ name }) => wanted?.includes(name) ?? true);
  const found = filtered(
    chosen.map((type) => ({ type, tags: {} })),
    input.Filters,
    {
      'instance-type': ({ type }) => type.name,
      'vcpu-info.default-vcpus': ({ type }) => String(type.vcpus),
      'memory-info.size-in-mib': ({ type }) => String(type.memoryMiB),
      'processor-info.supported-architecture': ({ type }) => type.architecture,
      'burstable-performance-supported': ({ type }) => String(type.burstable),
      'current-generation': ({ type }) => String(isCurrent(type)),
    },
  );
  const page = pageOf(found, ({ type }) => type.name, input, [5, 100]);
  return { InstanceTypes: page.items.map(({ type }) => typeView(type)), NextToken: page.nextToken };
}

function isCurrent({ name }: InstanceType): boolean {
  return !/^(m1|m3|m4|c4)\./.test(name);
}

function typeView(type: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: type.name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: isCurrent(type),
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    ProcessorInfo: { SupportedArchitectures: [type.architecture] },
    VCpuInfo: { DefaultVCpus: type.vcpus, DefaultCores: type.vcpus, DefaultThreadsPerCore: 1 },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    BurstablePerformanceSupported: type.burstable,
    HibernationSupported: false,
  };
}

function describeOfferings(world: Ec2World, input: DescribeInstanceTypeOfferingsRequest) {
  const byZone = input.LocationType === 'availability-zone';
  const places = byZone ? subnetsOf(world.region).map(({ zone }) => zone) : [world.region];
  const all = instanceTypes().flatMap(({ name }) => places.map((location) => ({ name, location, tags: {} })));
  const found = filtered(all, input.Filters, {
    'instance-type': ({ name }) => name,
    location: ({ location }) => location,
  });
  const page = pageOf(found, ({ name, location }) => `${name}/${location}`, input);
  return {
    InstanceTypeOfferings: page.items.map(({ name, location }) => ({
      InstanceType: name,
      LocationType: byZone ? 'availability-zone' : 'region',
      Location: location,
    })),
    NextToken: page.nextToken,
  };
}

function describeRegions(world: Ec2World, input: DescribeRegionsRequest) {
  const { region } = world;
  const wrong = (input.RegionNames ?? []).filter((name) => name !== region);
  if (wrong.length > 0) throw invalidValue(`Invalid region(s): ${wrong.join(', ')}; this cloud is ${region}`);
  const all = [{ region, tags: {} }];
  const found = filtered(all, input.Filters, {
    'region-name': () => region,
    'opt-in-status': () => 'opt-in-not-required',
  });
  const view = {
    RegionName: region,
    Endpoint: `ec2.${region}.amazonaws.com`,
    OptInStatus: 'opt-in-not-required',
  };
  return { Regions: found.map(() => view) };
}

function describeZones(world: Ec2World, input: DescribeAvailabilityZonesRequest) {
  const { region } = world;
  const subnets = subnetsOf(region);
  const wrong = (input.ZoneNames ?? []).filter((name) => !subnets.some(({ zone }) => zone === name));
  if (wrong.length > 0) throw invalidValue(`Invalid availability zone: [${wrong.join(', ')}]`);
  const chosen = subnets.filter(({ zone, zoneId }) => {
    return (input.ZoneNames?.includes(zone) ?? true) && (input.ZoneIds?.includes(zoneId) ?? true);
  });
  const found = filtered(
    chosen.map((subnet) => ({ subnet, tags: {} })),
    input.Filters,
    {
      'zone-name': ({ subnet }) => subnet.zone,
      'zone-id': ({ subnet }) => subnet.zoneId,
      'region-name': () => region,
      state: () => 'available',
      'zone-type': () => 'availability-zone',
      'opt-in-status': () => 'opt-in-not-required',
      'group-name': () => `${region}-zg-1`,
    },
  );
  return { AvailabilityZones: found.map(({ subnet }) => zoneView(subnet, region)) };
}

function zoneView({ zone, zoneId }: Subnet, region: string): AvailabilityZone {
  return {
    ZoneName: zone,
    ZoneId: zoneId,
    RegionName: region,
    State: 'available',
    OptInStatus: 'opt-in-not-required',
    ZoneType: 'availability-zone',
    GroupName: `${region}-zg-1`,
    NetworkBorderGroup: region,
    Messages: [],
  };
}

function describeVpcs(world: Ec2World, input: DescribeVpcsRequest) {
  const wrong = (input.VpcIds ?? []).filter((id) => id !== VPC_ID);
  if (wrong.length > 0) throw notFound('InvalidVpcID.NotFound', 'vpc ID', wrong);
  const tags = world.state.tagsOf(VPC_ID);
  const found = filtered([{ tags }], input.Filters, {
    'vpc-id': () => VPC_ID,
    'is-default': () => 'true',
    isDefault: () => 'true',
    cidr: () => VPC_CIDR,
    state: () => 'available',
    'owner-id': () => world.accountId,
  });
  const view = {
    VpcId: VPC_ID,
    CidrBlock: VPC_CIDR,
    IsDefault: true,
    State: 'available',
    OwnerId: world.accountId,
    DhcpOptionsId: 'default',
    InstanceTenancy: 'default',
    Tags: tagList(tags),
  };
  return { Vpcs: found.map(() => view) };
}

function describeSubnets(world: Ec2World, input: DescribeSubnetsRequest) {
  const subnets = subnetsOf(world.region);
  const wrong = (input.SubnetIds ?? []).filter((id) => !subnets.some(({ subnetId }) => subnetId === id));
  if (wrong.length > 0) throw notFound('InvalidSubnetID.NotFound', 'subnet ID', wrong);
  const chosen = subnets.filter(({ subnetId }) => input.SubnetIds?.includes(subnetId) ?? true);
  const tagged = chosen.map((subnet) => ({ subnet, tags: world.state.tagsOf(subnet.subnetId) }));
  const found = filtered(tagged, input.Filters, {
    'subnet-id': ({ subnet }) => subnet.subnetId,
    'vpc-id': () => VPC_ID,
    'availability-zone': ({ subnet }) => subnet.zone,
    'availability-zone-id': ({ subnet }) => subnet.zoneId,
    'default-for-az': () => 'true',
    defaultForAz: () => 'true',
    'cidr-block': ({ subnet }) => subnet.cidr,
    state: () => 'available',
    'owner-id': () => world.accountId,
  });
  const page = pageOf(found, ({ subnet }) => subnet.subnetId, input);
  return { Subnets: page.items.map(({ subnet }) => subnetView(world, subnet)), NextToken: page.nextToken };
}

function subnetView(world: Ec2World, { subnetId, zone, zoneId, cidr }: Subnet): SubnetView {
  return {
    SubnetId: subnetId,
    SubnetArn: `arn:aws:ec2:${world.region}:${world.accountId}:subnet/${subnetId}`,
    VpcId: VPC_ID,
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId,
    CidrBlock: cidr,
    AvailableIpAddressCount: 4091,
    DefaultForAz: true,
    MapPublicIpOnLaunch: false,
    State: 'available',
    OwnerId: world.accountId,
    Tags: tagList(world.state.tagsOf(subnetId)),
  };
}

function describeAccount(input: DescribeAccountAttributesRequest) {
  const all: readonly (readonly [string, string])[] = [
    ['supported-platforms', 'VPC'],
    ['default-vpc', VPC_ID],
    ['max-instances', '1000'],
  ];
  const wanted: readonly string[] | undefined = input.AttributeNames;
  const chosen = all.filter(([name]) => wanted?.includes(name) ?? true);
  return {
    AccountAttributes: chosen.map(([AttributeName, AttributeValue]) => ({
      AttributeName,
      AttributeValues: [{ AttributeValue }],
    })),
  };
}
