import type { Members } from '../property-shape.ts';
import {
  flag,
  inert,
  integer,
  json,
  listOf,
  record,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NO_NETWORK = 'instances are processes of this machine and meet on its loopback network';

const RULE: Members = {
  IpProtocol: required(text()),
  FromPort: integer(-1, 65_535),
  ToPort: integer(-1, 65_535),
  CidrIp: text(),
  CidrIpv6: text(),
  Description: text(),
};
const INGRESS_RULE: Members = {
  ...RULE,
  SourcePrefixListId: text(),
  SourceSecurityGroupId: text(),
  SourceSecurityGroupName: text(),
  SourceSecurityGroupOwnerId: text(),
};
const EGRESS_RULE: Members = { ...RULE, DestinationPrefixListId: text(), DestinationSecurityGroupId: text() };

const replaced = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([name, member]) => [name, replaces(member)]));

const SECURITY_GROUP: ResourceType = {
  name: 'AWS::EC2::SecurityGroup',
  reference: "the group's id",
  attributes: ['GroupId', 'Id', 'VpcId'],
  inert: `rules are kept and shown, and let nothing in or out: ${NO_NETWORK}`,
  properties: {
    GroupDescription: required(replaces(text())),
    GroupName: replaces(text()),
    VpcId: replaces(text()),
    SecurityGroupIngress: listOf(record(INGRESS_RULE)),
    SecurityGroupEgress: listOf(record(EGRESS_RULE)),
    Tags: TAGS,
  },
};

const INGRESS: ResourceType = {
  name: 'AWS::EC2::SecurityGroupIngress',
  reference: "the rule's id",
  attributes: ['Id'],
  inert: `the rule lets nothing in: ${NO_NETWORK}`,
  properties: replaced({ GroupId: text(), GroupName: text(), ...INGRESS_RULE }),
};

const EGRESS: ResourceType = {
  name: 'AWS::EC2::SecurityGroupEgress',
  reference: "the rule's id",
  attributes: ['Id'],
  inert: `the rule lets nothing out: ${NO_NETWORK}`,
  properties: replaced({ GroupId: required(text()), ...EGRESS_RULE }),
};

const VPC: ResourceType = {
  name: 'AWS::EC2::VPC',
  reference: "the VPC's id",
  attributes: ['CidrBlock', 'DefaultSecurityGroup', 'VpcId'],
  inert: NO_NETWORK,
  properties: {
    CidrBlock: replaces(text()),
    EnableDnsHostnames: flag(),
    EnableDnsSupport: flag(),
    InstanceTenancy: text(),
    Ipv4IpamPoolId: replaces(text()),
    Ipv4NetmaskLength: replaces(integer()),
    Tags: TAGS,
  },
};

const SUBNET: ResourceType = {
  name: 'AWS::EC2::Subnet',
  reference: "the subnet's id",
  attributes: ['AvailabilityZone', 'CidrBlock', 'SubnetId', 'VpcId'],
  inert: `it stands for its zone: ${NO_NETWORK}`,
  properties: {
    VpcId: required(replaces(text())),
    CidrBlock: replaces(text()),
    AvailabilityZone: replaces(text()),
    AvailabilityZoneId: replaces(text()),
    AssignIpv6AddressOnCreation: inert(flag()),
    Ipv6CidrBlock: inert(replaces(text())),
    MapPublicIpOnLaunch: flag(),
    PrivateDnsNameOptionsOnLaunch: inert(json()),
    Tags: TAGS,
  },
};

const INTERNET_GATEWAY: ResourceType = {
  name: 'AWS::EC2::InternetGateway',
  reference: "the gateway's id",
  attributes: ['InternetGatewayId'],
  inert: NO_NETWORK,
  properties: { Tags: TAGS },
};

const GATEWAY_ATTACHMENT: ResourceType = {
  name: 'AWS::EC2::VPCGatewayAttachment',
  reference: 'an id of the attachment',
  attributes: ['AttachmentType'],
  inert: NO_NETWORK,
  properties: { VpcId: required(replaces(text())), InternetGatewayId: text(), VpnGatewayId: text() },
};

const ROUTE_TABLE: ResourceType = {
  name: 'AWS::EC2::RouteTable',
  reference: "the route table's id",
  attributes: ['RouteTableId'],
  inert: NO_NETWORK,
  properties: { VpcId: required(replaces(text())), Tags: TAGS },
};

const ROUTE: ResourceType = {
  name: 'AWS::EC2::Route',
  reference: 'an id of the route',
  attributes: ['CidrBlock'],
  inert: NO_NETWORK,
  properties: {
    RouteTableId: required(replaces(text())),
    DestinationCidrBlock: replaces(text()),
    DestinationIpv6CidrBlock: replaces(text()),
    DestinationPrefixListId: replaces(text()),
    EgressOnlyInternetGatewayId: text(),
    GatewayId: text(),
    InstanceId: text(),
    NatGatewayId: text(),
    NetworkInterfaceId: text(),
    TransitGatewayId: text(),
    VpcEndpointId: text(),
    VpcPeeringConnectionId: text(),
  },
};

const SUBNET_ROUTE_TABLE: ResourceType = {
  name: 'AWS::EC2::SubnetRouteTableAssociation',
  reference: "the association's id",
  attributes: ['Id'],
  inert: NO_NETWORK,
  properties: { RouteTableId: required(text()), SubnetId: required(replaces(text())) },
};

export const EC2_NETWORK_TYPES: readonly ResourceType[] = [
  EGRESS,
  GATEWAY_ATTACHMENT,
  INGRESS,
  INTERNET_GATEWAY,
  ROUTE,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SUBNET,
  SUBNET_ROUTE_TABLE,
  VPC,
];
