/**
 * Networks. There is one: a VPC and a subnet of a template stand for the VPC that there is and for its subnet in the same zone, so that
 * groups and instances land in the zones that the template means. Security groups are EC2's, which keeps their rules.
 */
import type { IpPermission, SecurityGroup, Subnet, Vpc } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../contract/service.ts';
import { idFromToken } from '../state/identifiers.ts';
import type { Tag } from '../state/stack-records.ts';
import { createNamed, listIn, mergeTags, tagsAreOurs, textIn, unless } from './handler-tools.ts';
import { syncEc2Tags } from './launch.ts';
import type { CreateRequest, Made, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

async function theVpc(step: ResourceStep): Promise<string> {
  const { Vpcs = [] } = await step.call<{ Vpcs?: Vpc[] }>('ec2', 'DescribeVpcs', {});
  return Vpcs[0]?.VpcId ?? '';
}

async function madeVpc(properties: Properties, step: ResourceStep): Promise<Made> {
  const id = await theVpc(step);
  const { SecurityGroups = [] } = await step.call<{ SecurityGroups?: SecurityGroup[] }>(
    'ec2',
    'DescribeSecurityGroups',
    {
      Filters: [{ Name: 'group-name', Values: ['default'] }],
    },
  );
  return {
    physicalId: id,
    attributes: {
      VpcId: id,
      CidrBlock: textIn(properties, 'CidrBlock') ?? '10.0.0.0/16',
      DefaultSecurityGroup: SecurityGroups[0]?.GroupId ?? '',
    },
  };
}

export const vpc: ResourceHandler = {
  type: 'AWS::EC2::VPC',
  create: async ({ properties, made }, step) => {
    const one = await madeVpc(properties, step);
    made(one.physicalId);
    return one;
  },
  update: async ({ properties }, step) => madeVpc(properties, step),
  remove: async () => {},
};

async function madeSubnet(properties: Properties, step: ResourceStep): Promise<Made> {
  const zone = textIn(properties, 'AvailabilityZone') ?? step.zones[0]!;
  const { Subnets = [] } = await step.call<{ Subnets?: Subnet[] }>('ec2', 'DescribeSubnets', {
    Filters: [{ Name: 'availability-zone', Values: [zone] }],
  });
  const id = Subnets[0]?.SubnetId;
  if (id === undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${zone}) for parameter availabilityZone is invalid. Zones are ${step.zones.join(', ')}`,
    );
  }
  return {
    physicalId: id,
    attributes: {
      SubnetId: id,
      AvailabilityZone: zone,
      VpcId: properties['VpcId'],
      CidrBlock: textIn(properties, 'CidrBlock') ?? Subnets[0]?.CidrBlock ?? '',
    },
  };
}

export const subnet: ResourceHandler = {
  type: 'AWS::EC2::Subnet',
  create: async ({ properties, made }, step) => {
    const one = await madeSubnet(properties, step);
    made(one.physicalId);
    return one;
  },
  update: async ({ properties }, step) => madeSubnet(properties, step),
  remove: async () => {},
};

type Direction = 'Ingress' | 'Egress';
type Rule = Properties;

/** One rule of a template in the form of EC2's operations. */
function permission(rule: Rule): IpPermission {
  const described = rule['Description'] === undefined ? {} : { Description: String(rule['Description']) };
  const group = textIn(rule, 'SourceSecurityGroupId') ?? textIn(rule, 'DestinationSecurityGroupId');
  const groupName = textIn(rule, 'SourceSecurityGroupName');
  const prefix = textIn(rule, 'SourcePrefixListId') ?? textIn(rule, 'DestinationPrefixListId');
  return {
    IpProtocol: String(rule['IpProtocol']),
    ...(rule['FromPort'] !== undefined && { FromPort: Number(rule['FromPort']) }),
    ...(rule['ToPort'] !== undefined && { ToPort: Number(rule['ToPort']) }),
    ...(rule['CidrIp'] !== undefined && { IpRanges: [{ CidrIp: String(rule['CidrIp']), ...described }] }),
    ...(rule['CidrIpv6'] !== undefined && {
      Ipv6Ranges: [{ CidrIpv6: String(rule['CidrIpv6']), ...described }],
    }),
    ...(group !== undefined && { UserIdGroupPairs: [{ GroupId: group, ...described }] }),
    ...(groupName !== undefined && { UserIdGroupPairs: [{ GroupName: groupName, ...described }] }),
    ...(prefix !== undefined && { PrefixListIds: [{ PrefixListId: prefix, ...described }] }),
  };
}

async function authorize(
  direction: Direction,
  groupId: string,
  rule: Rule,
  step: ResourceStep,
): Promise<void> {
  await unless(['InvalidPermission.Duplicate'], () =>
    step.call('ec2', `AuthorizeSecurityGroup${direction}`, {
      GroupId: groupId,
      IpPermissions: [permission(rule)],
    }),
  );
}

async function revoke(direction: Direction, groupId: string, rule: Rule, step: ResourceStep): Promise<void> {
  await unless(['InvalidPermission.NotFound', 'InvalidGroup.NotFound', 'InvalidGroupId.*'], () =>
    step.call('ec2', `RevokeSecurityGroup${direction}`, {
      GroupId: groupId,
      IpPermissions: [permission(rule)],
    }),
  );
}

async function syncRules(
  groupId: string,
  previous: Properties,
  properties: Properties,
  step: ResourceStep,
): Promise<void> {
  for (const direction of ['Ingress', 'Egress'] as const) {
    const had = listIn<Rule>(previous, `SecurityGroup${direction}`);
    const wanted = listIn<Rule>(properties, `SecurityGroup${direction}`);
    const texts = (rules: readonly Rule[]): Set<string> =>
      new Set(rules.map((rule) => JSON.stringify(permission(rule))));
    const keep = texts(wanted);
    for (const rule of had)
      if (!keep.has(JSON.stringify(permission(rule)))) await revoke(direction, groupId, rule, step);
    for (const rule of wanted) await authorize(direction, groupId, rule, step);
  }
}

async function findGroup(name: string, step: ResourceStep): Promise<SecurityGroup | undefined> {
  const { SecurityGroups = [] } = await step.call<{ SecurityGroups?: SecurityGroup[] }>(
    'ec2',
    'DescribeSecurityGroups',
    {
      Filters: [{ Name: 'group-name', Values: [name] }],
    },
  );
  return SecurityGroups[0];
}

function madeGroup(id: string, properties: Properties, vpcId: string): Made {
  return { physicalId: id, attributes: { GroupId: id, Id: id, VpcId: textIn(properties, 'VpcId') ?? vpcId } };
}

async function createGroup(name: string, request: CreateRequest, step: ResourceStep): Promise<string> {
  const { properties } = request;
  let id = '';
  const create = async (): Promise<void> => {
    const answer = await step.call<{ GroupId?: string }>('ec2', 'CreateSecurityGroup', {
      GroupName: name,
      Description: properties['GroupDescription'],
      ...(properties['VpcId'] !== undefined && { VpcId: properties['VpcId'] }),
      TagSpecifications: [
        { ResourceType: 'security-group', Tags: mergeTags(listIn<Tag>(properties, 'Tags'), request.tags) },
      ],
    });
    id = answer.GroupId ?? '';
  };
  await createNamed(request, ['InvalidGroup.Duplicate'], create, async () => {
    const found = await findGroup(name, step);
    id = found?.GroupId ?? '';
    return tagsAreOurs(found?.Tags, step);
  });
  return id;
}

export const securityGroup: ResourceHandler = {
  type: 'AWS::EC2::SecurityGroup',

  create: async (request, step) => {
    const id = await createGroup(textIn(request.properties, 'GroupName') ?? request.name(), request, step);
    request.made(id);
    await syncRules(id, {}, request.properties, step);
    return madeGroup(id, request.properties, await theVpc(step));
  },

  update: async ({ physicalId, properties, previous, tags }, step) => {
    await syncRules(physicalId, previous, properties, step);
    await syncEc2Tags(
      physicalId,
      listIn<Tag>(previous, 'Tags'),
      mergeTags(listIn<Tag>(properties, 'Tags'), tags),
      step,
    );
    return madeGroup(physicalId, properties, await theVpc(step));
  },

  remove: async ({ physicalId }, step) => {
    await unless(['InvalidGroup.NotFound', 'InvalidGroupId.*'], () =>
      step.call('ec2', 'DeleteSecurityGroup', { GroupId: physicalId }),
    );
  },
};

function ruleHandler(direction: Direction): ResourceHandler {
  const groupOf = async (properties: Properties, step: ResourceStep): Promise<string> =>
    textIn(properties, 'GroupId') ??
    (await findGroup(textIn(properties, 'GroupName') ?? 'default', step))?.GroupId ??
    '';
  return {
    type: `AWS::EC2::SecurityGroup${direction}`,
    create: async (request, step) => {
      const id = idFromToken('sgr', request.token);
      request.made(id);
      await authorize(direction, await groupOf(request.properties, step), request.properties, step);
      return { physicalId: id, attributes: { Id: id } };
    },
    remove: async ({ properties }, step) => {
      await revoke(direction, await groupOf(properties, step), properties, step);
    },
  };
}

export const securityGroupIngress: ResourceHandler = ruleHandler('Ingress');
export const securityGroupEgress: ResourceHandler = ruleHandler('Egress');
