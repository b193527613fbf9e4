/** What clients read beside the one VPC and its subnets: attributes, routes, lists, interfaces. Nothing of it can be changed. */
import type {
  DescribeInternetGatewaysRequest,
  DescribeNetworkAclsRequest,
  DescribeNetworkInterfacesRequest,
  DescribeRouteTablesRequest,
  DescribeVpcAttributeRequest,
  NetworkInterface,
} from '@aws-sdk/client-ec2';
import { allOf } from '../ec2-state.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { invalidValue, notFound } from '../errors.ts';
import { type FilterTable, filtered, type Tagged } from '../filters.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { privateDnsName } from '../instance-views.ts';
import { subnetsOf, VPC_CIDR, VPC_ID } from '../network.ts';
import { pageOf } from '../paging.ts';

/** The parts that a default VPC of AWS has. */
const ROUTE_TABLE_ID = 'rtb-00000000000000001';
const GATEWAY_ID = 'igw-00000000000000001';
const ACL_ID = 'acl-00000000000000001';

export function networkViewOperations(world: Ec2World): Operations {
  return {
    DescribeVpcAttribute: (input: DescribeVpcAttributeRequest) => vpcAttribute(input),
    DescribeRouteTables: (input: DescribeRouteTablesRequest) => routeTables(world, input),
    DescribeNetworkAcls: (input: DescribeNetworkAclsRequest) => networkAcls(world, input),
    DescribeInternetGateways: (input: DescribeInternetGatewaysRequest) => internetGateways(world, input),
    DescribeNetworkInterfaces: (input: DescribeNetworkInterfacesRequest) => networkInterfaces(world, input),
  };
}

/** As a default VPC of AWS has them. */
const VPC_ATTRIBUTES: Readonly<Record<string, readonly [string, boolean]>> = {
  enableDnsSupport: ['EnableDnsSupport', true],
  enableDnsHostnames: ['EnableDnsHostnames', true],
  enableNetworkAddressUsageMetrics: ['EnableNetworkAddressUsageMetrics', false],
};

function vpcAttribute({ VpcId: vpcId = '', Attribute }: DescribeVpcAttributeRequest) {
  const attribute: string = Attribute ?? '';
  if (vpcId !== VPC_ID) throw notFound('InvalidVpcID.NotFound', 'vpc ID', [vpcId]);
  const found = Object.hasOwn(VPC_ATTRIBUTES, attribute) ? VPC_ATTRIBUTES[attribute] : undefined;
  if (found === undefined)
    throw invalidValue(
      `Invalid value '${attribute}' for Attribute; it is one of ${Object.keys(VPC_ATTRIBUTES).join(', ')}`,
    );
  return { VpcId: vpcId, [found[0]]: { Value: found[1] } };
}

interface OnePart extends Tagged {
  readonly id: string;
}

/** The one part of its kind, when the ids and filters let it through. */
function onePart(
  world: Ec2World,
  id: string,
  asked: readonly string[] | undefined,
  error: readonly [code: string, kind: string],
  filters: Parameters<typeof filtered>[1],
  table: FilterTable<OnePart>,
): OnePart[] {
  const wrong = (asked ?? []).filter((one) => one !== id);
  if (wrong.length > 0) throw notFound(...error, wrong);
  return filtered([{ id, tags: world.state.tagsOf(id) }], filters, table);
}

function routeTables(world: Ec2World, input: DescribeRouteTablesRequest) {
  const error = ['InvalidRouteTableID.NotFound', 'routeTable ID'] as const;
  const found = onePart(world, ROUTE_TABLE_ID, input.RouteTableIds, error, input.Filters, {
    'route-table-id': ({ id }) => id,
    'vpc-id': () => VPC_ID,
    'association.main': () => 'true',
    'association.subnet-id': () => subnetsOf(world.region).map(({ subnetId }) => subnetId),
    'owner-id': () => world.accountId,
  });
  const association = { RouteTableId: ROUTE_TABLE_ID, RouteTableAssociationId: 'rtbassoc-00000000000000001' };
  const view = {
    RouteTableId: ROUTE_TABLE_ID,
    VpcId: VPC_ID,
    OwnerId: world.accountId,
    Associations: [{ ...association, Main: true, AssociationState: { State: 'associated' } }],
    PropagatingVgws: [],
    Routes: [
      {
        DestinationCidrBlock: VPC_CIDR,
        GatewayId: 'local',
        Origin: 'CreateRouteTable',
        State: 'active',
      },
    ],
    Tags: [],
  };
  return { RouteTables: found.map(() => view) };
}

function networkAcls(world: Ec2World, input: DescribeNetworkAclsRequest) {
  const error = ['InvalidNetworkAclID.NotFound', 'networkAcl ID'] as const;
  const found = onePart(world, ACL_ID, input.NetworkAclIds, error, input.Filters, {
    'network-acl-id': ({ id }) => id,
    'vpc-id': () => VPC_ID,
    default: () => 'true',
    'association.subnet-id': () => subnetsOf(world.region).map(({ subnetId }) => subnetId),
    'owner-id': () => world.accountId,
  });
  const entry = { Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0', RuleNumber: 100 };
  const view = {
    NetworkAclId: ACL_ID,
    VpcId: VPC_ID,
    IsDefault: true,
    OwnerId: world.accountId,
    Entries: [
      { ...entry, Egress: true },
      { ...entry, Egress: false },
    ],
    Associations: subnetsOf(world.region).map(({ subnetId }) => ({
      NetworkAclAssociationId: subnetId.replace('subnet', 'aclassoc'),
      NetworkAclId: ACL_ID,
      SubnetId: subnetId,
    })),
    Tags: [],
  };
  return { NetworkAcls: found.map(() => view) };
}

function internetGateways(world: Ec2World, input: DescribeInternetGatewaysRequest) {
  const error = ['InvalidInternetGatewayID.NotFound', 'internetGateway ID'] as const;
  const found = onePart(world, GATEWAY_ID, input.InternetGatewayIds, error, input.Filters, {
    'internet-gateway-id': ({ id }) => id,
    'attachment.vpc-id': () => VPC_ID,
    'attachment.state': () => 'available',
    'owner-id': () => world.accountId,
  });
  const view = {
    InternetGatewayId: GATEWAY_ID,
    OwnerId: world.accountId,
    Attachments: [{ State: 'available', VpcId: VPC_ID }],
    Tags: [],
  };
  return { InternetGateways: found.map(() => view) };
}

/** Each instance that is not terminated has one; its id follows from the instance's. */
const interfaceId = ({ instanceId }: InstanceRecord): string => instanceId.replace('i-', 'eni-');

function networkInterfaces(world: Ec2World, input: DescribeNetworkInterfacesRequest) {
  const all = allOf(world.state.instances)
    .filter(({ state }) => state !== 'terminated')
    .map((instance) => ({ instance, tags: world.state.tagsOf(interfaceId(instance)) }));
  const asked = input.NetworkInterfaceIds;
  const wrong = (asked ?? []).filter((id) => !all.some(({ instance }) => interfaceId(instance) === id));
  if (wrong.length > 0) throw notFound('InvalidNetworkInterfaceID.NotFound', 'networkInterface ID', wrong);
  const chosen = all.filter(({ instance }) => asked?.includes(interfaceId(instance)) ?? true);
  const found = filtered(chosen, input.Filters, {
    'network-interface-id': ({ instance }) => interfaceId(instance),
    'attachment.instance-id': ({ instance }) => instance.instanceId,
    'group-id': ({ instance }) => instance.settings.securityGroupIds,
    'subnet-id': ({ instance }) => instance.settings.subnetId,
    'vpc-id': () => VPC_ID,
    'availability-zone': ({ instance }) => instance.settings.zone,
    'private-ip-address': ({ instance }) => instance.address.host,
    'addresses.private-ip-address': ({ instance }) => instance.address.host,
    'interface-type': () => 'interface',
    description: () => '',
    status: () => 'in-use',
    'requester-id': () => undefined,
  });
  const page = pageOf(found, ({ instance }) => interfaceId(instance), input);
  return {
    NetworkInterfaces: page.items.map(({ instance }) => interfaceView(world, instance)),
    NextToken: page.nextToken,
  };
}

function interfaceView(world: Ec2World, instance: InstanceRecord): NetworkInterface {
  const { settings, address, instanceId } = instance;
  const id = interfaceId(instance);
  return {
    NetworkInterfaceId: id,
    AvailabilityZone: settings.zone,
    SubnetId: settings.subnetId,
    VpcId: VPC_ID,
    OwnerId: world.accountId,
    Description: '',
    InterfaceType: 'interface',
    Status: 'in-use',
    SourceDestCheck: true,
    RequesterManaged: false,
    PrivateIpAddress: address.host,
    PrivateDnsName: privateDnsName(address.host, world.region),
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address.host }],
    Groups: settings.securityGroupIds.map((GroupId) => ({
      GroupId,
      GroupName: world.state.securityGroups.get(GroupId)?.name ?? GroupId,
    })),
    Attachment: {
      AttachmentId: id.replace('eni', 'eni-attach'),
      InstanceId: instanceId,
      InstanceOwnerId: world.accountId,
      DeviceIndex: 0,
      Status: 'attached',
      DeleteOnTermination: true,
    },
    TagSet: [],
  };
}
