/** From a launch template and a request to everything that an instance is started with; refuses what EC2 would refuse. */
import type { RequestLaunchTemplateData, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../contract/service.ts';
import type { ImageDescription } from '../../instances/instance-provider.ts';
import type { Ec2State } from './ec2-state.ts';
import { allOf } from './ec2-state.ts';
import { invalidCombination, invalidValue, missingParameter, notFound } from './errors.ts';
import type { LaunchSettings } from './instance-record.ts';
import type { InstanceType } from './instance-types.ts';
import { DEFAULT_INSTANCE_TYPE, findInstanceType } from './instance-types.ts';
import type { Subnet } from './network.ts';
import { subnetsOf } from './network.ts';

const USER_DATA_LIMIT_BYTES = 16 * 1024;
const DEFAULT_ROLE = 'crescendo-instance';

export interface LaunchWorld {
  readonly state: Ec2State;
  readonly region: string;
  readonly accountId: string;
  readonly images: readonly ImageDescription[];
}

/** What the request says itself, in the shape of a template's data: the members that both have. */
export function launchDataOf(request: Partial<RunInstancesRequest>): RequestLaunchTemplateData {
  const {
    MinCount: _min,
    MaxCount: _max,
    ClientToken: _token,
    DryRun: _dry,
    LaunchTemplate: _template,
    SubnetId: subnetId,
    NetworkInterfaces: interfaces,
    ...rest
  } = request;
  const own =
    subnetId === undefined ? interfaces : [{ ...interfaces?.[0], DeviceIndex: 0, SubnetId: subnetId }];
  return { ...rest, ...(own === undefined ? {} : { NetworkInterfaces: own }) } as RequestLaunchTemplateData;
}

/** What the request says wins, member by member; tags of both apply. */
export function mergeLaunchData(
  template: RequestLaunchTemplateData,
  request: RequestLaunchTemplateData,
): RequestLaunchTemplateData {
  const said = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const tags = [...(template.TagSpecifications ?? []), ...(request.TagSpecifications ?? [])];
  return { ...template, ...said, ...(tags.length === 0 ? {} : { TagSpecifications: tags }) };
}

export function settingsOf(data: RequestLaunchTemplateData, world: LaunchWorld): LaunchSettings {
  const subnet = subnetFor(data, world);
  const { InstanceMarketOptions: market, MetadataOptions: metadata } = data;
  const profile = data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name;
  return {
    imageId: imageFor(data, world),
    instanceType: typeOf(data.InstanceType ?? DEFAULT_INSTANCE_TYPE).name,
    keyName: keyFor(data, world),
    securityGroupIds: groupsFor(data, world),
    subnetId: subnet.subnetId,
    zone: subnet.zone,
    userData: userDataOf(data),
    roleName: profile?.split('/').at(-1) ?? DEFAULT_ROLE,
    instanceProfileArn: profileArn(profile, world),
    spot:
      market?.MarketType === 'spot'
        ? {
            maxPrice: market.SpotOptions?.MaxPrice,
            behavior: market.SpotOptions?.InstanceInterruptionBehavior === 'stop' ? 'stop' : 'terminate',
          }
        : undefined,
    shutdownBehavior: data.InstanceInitiatedShutdownBehavior === 'terminate' ? 'terminate' : 'stop',
    disableApiTermination: data.DisableApiTermination ?? false,
    disableApiStop: data.DisableApiStop ?? false,
    detailedMonitoring: data.Monitoring?.Enabled ?? false,
    metadata: {
      enabled: metadata?.HttpEndpoint !== 'disabled',
      tokenRequired: metadata?.HttpTokens === 'required',
      hopLimit: metadata?.HttpPutResponseHopLimit ?? 1,
      tags: metadata?.InstanceMetadataTags === 'enabled',
    },
  };
}

export function typeOf(name: string): InstanceType {
  const type = findInstanceType(name);
  if (type === undefined) throw invalidValue(`Invalid value '${name}' for InstanceType.`);
  return type;
}

/** The image of a launch. Throws when the provider has none of that id. */
export function imageFor(
  { ImageId: imageId }: RequestLaunchTemplateData,
  { images }: Pick<LaunchWorld, 'images'>,
): string {
  if (imageId === undefined || imageId === '') throw missingParameter('ImageId');
  if (images.some((image) => image.imageId === imageId)) return imageId;
  const known = images.map((image) => image.imageId).join(', ');
  const message = `The image id '[${imageId}]' does not exist; images of this cloud: ${known}. One of AWS is stood for by a file {"imageId": "${imageId}"} with the ending .json in the folder "images" of the cloud's data`;
  throw new AwsError('InvalidAMIID.NotFound', message);
}

function keyFor({ KeyName: name }: RequestLaunchTemplateData, { state }: LaunchWorld): string | undefined {
  if (name === undefined || state.keyPairs.get(name) !== undefined) return name;
  throw notFound('InvalidKeyPair.NotFound', 'key pair', [name]);
}

function groupsFor(data: RequestLaunchTemplateData, { state }: LaunchWorld): string[] {
  const all = allOf(state.securityGroups);
  const byName = (data.SecurityGroups ?? []).map((name) => {
    // Names never begin as ids do, and templates of AWS give ids where names are asked for.
    const found = all.find((group) => group.name === name || group.groupId === name);
    if (found === undefined) throw notFound('InvalidGroup.NotFound', 'security group', [name]);
    return found.groupId;
  });
  const ids = [...(data.SecurityGroupIds ?? []), ...(data.NetworkInterfaces?.[0]?.Groups ?? []), ...byName];
  for (const id of ids) {
    if (state.securityGroups.get(id) === undefined)
      throw notFound('InvalidGroup.NotFound', 'security group', [id]);
  }
  if (ids.length > 0) return [...new Set(ids)];
  return all.filter(({ name }) => name === 'default').map(({ groupId }) => groupId);
}

function subnetFor(data: RequestLaunchTemplateData, { region }: LaunchWorld): Subnet {
  const subnets = subnetsOf(region);
  const id = data.NetworkInterfaces?.[0]?.SubnetId;
  const zone = data.Placement?.AvailabilityZone;
  if (id !== undefined) return subnetById(subnets, id, zone);
  if (zone === undefined) return subnets[0]!;
  const found = subnets.find((subnet) => subnet.zone === zone);
  if (found !== undefined) return found;
  throw invalidValue(
    `Invalid availability zone: [${zone}]; zones of ${region}: ${subnets.map((one) => one.zone).join(', ')}`,
  );
}

function subnetById(subnets: readonly Subnet[], id: string, zone: string | undefined): Subnet {
  const found = subnets.find(({ subnetId }) => subnetId === id);
  if (found === undefined)
    throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  if (zone !== undefined && zone !== found.zone) {
    throw invalidCombination(`The subnet ${id} is in ${found.zone}, not in the given zone ${zone}`);
  }
  return found;
}

function userDataOf({ UserData: text }: RequestLaunchTemplateData): string | undefined {
  if (text === undefined || text === '') return undefined;
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw invalidValue('Invalid BASE64 encoding of user data.');
  const bytes = Buffer.from(compact, 'base64').length;
  if (bytes <= USER_DATA_LIMIT_BYTES) return compact;
  throw invalidValue(
    `User data is limited to ${USER_DATA_LIMIT_BYTES} bytes before encoding; this is ${bytes}`,
  );
}

function profileArn(profile: string | undefined, { accountId }: LaunchWorld): string | undefined {
  if (profile === undefined || profile.startsWith('arn:')) return profile;
  return `arn:aws:iam::${accountId}:instance-profile/${profile}`;
}
