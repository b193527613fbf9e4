/** Parts of networks that templates of AWS carry beside groups: public addresses, gateways, access lists. */
import type { Members } from '../property-shape.ts';
import { flag, integer, json, listOf, record, replaces, required, TAGS, text } from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NO_NETWORK = 'instances are processes of this machine and meet on its loopback network';

function networkPart(
  name: string,
  reference: string,
  attributes: readonly string[],
  properties: Members,
): ResourceType {
  return { name: `AWS::EC2::${name}`, reference, attributes, properties, inert: NO_NETWORK };
}

const PORTS = record({ From: integer(-1, 65_535), To: integer(-1, 65_535) });

export const EC2_ADDRESS_TYPES: readonly ResourceType[] = [
  networkPart('EIP', 'the address', ['AllocationId', 'PublicIp'], {
    Address: replaces(text()),
    Domain: text(),
    InstanceId: text(),
    IpamPoolId: replaces(text()),
    NetworkBorderGroup: replaces(text()),
    PublicIpv4Pool: text(),
    Tags: TAGS,
    TransferAddress: replaces(text()),
  }),
  networkPart('EIPAssociation', "the association's id", ['Id'], {
    AllocationId: replaces(text()),
    EIP: replaces(text()),
    InstanceId: replaces(text()),
    NetworkInterfaceId: replaces(text()),
    PrivateIpAddress: replaces(text()),
  }),
  networkPart('EgressOnlyInternetGateway', "the gateway's id", ['Id'], {
    Tags: TAGS,
    VpcId: required(replaces(text())),
  }),
  networkPart('NatGateway', "the gateway's id", ['NatGatewayId'], {
    AllocationId: replaces(text()),
    AvailabilityMode: replaces(text()),
    AvailabilityZoneAddresses: json(),
    ConnectivityType: replaces(text('public', 'private')),
    MaxDrainDurationSeconds: integer(1),
    PrivateIpAddress: replaces(text()),
    SecondaryAllocationIds: listOf(text()),
    SecondaryPrivateIpAddressCount: integer(1),
    SecondaryPrivateIpAddresses: listOf(text()),
    SubnetId: replaces(text()),
    Tags: TAGS,
    VpcId: replaces(text()),
  }),
  networkPart('NetworkAcl', "the list's id", ['Id'], { Tags: TAGS, VpcId: required(replaces(text())) }),
  networkPart('NetworkAclEntry', "the entry's id", ['Id'], {
    CidrBlock: text(),
    Egress: replaces(flag()),
    Icmp: record({ Code: integer(), Type: integer() }),
    Ipv6CidrBlock: text(),
    NetworkAclId: required(replaces(text())),
    PortRange: PORTS,
    Protocol: required(integer()),
    RuleAction: required(text('allow', 'deny')),
    RuleNumber: required(replaces(integer(1, 32_766))),
  }),
  networkPart('SubnetNetworkAclAssociation', "the association's id", ['AssociationId'], {
    NetworkAclId: required(replaces(text())),
    SubnetId: required(replaces(text())),
  }),
];
