/** Types that are taken, kept and shown, and have no effect on one machine: names, ids and ARNs in AWS's forms. */
import { idFromToken } from '../state/identifiers.ts';
import { inertHandler, textIn } from './handler-tools.ts';
import type { Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

const path = (properties: Properties): string => textIn(properties, 'Path') ?? '/';

function iamArn(kind: string, name: string, properties: Properties, step: ResourceStep): string {
  return `arn:aws:iam::${step.accountId}:${kind}${path(properties)}${name}`;
}

const IAM: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::IAM::Role',
    ({ properties, name }) => textIn(properties, 'RoleName') ?? name(64),
    (name, properties, step, token) => ({
      Arn: iamArn('role', name, properties, step),
      RoleId: `AROA${token.slice(0, 17)}`,
    }),
  ),
  inertHandler(
    'AWS::IAM::InstanceProfile',
    ({ properties, name }) => textIn(properties, 'InstanceProfileName') ?? name(128),
    (name, properties, step) => ({ Arn: iamArn('instance-profile', name, properties, step) }),
  ),
  inertHandler(
    'AWS::IAM::Policy',
    ({ name }) => name(64),
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::IAM::ManagedPolicy',
    ({ properties, name }, step) =>
      iamArn('policy', textIn(properties, 'ManagedPolicyName') ?? name(128), properties, step),
    (arn) => ({ PolicyArn: arn }),
  ),
];

const NETWORK: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::EC2::InternetGateway',
    ({ token }) => idFromToken('igw', token),
    (id) => ({ InternetGatewayId: id }),
  ),
  inertHandler(
    'AWS::EC2::VPCGatewayAttachment',
    ({ properties }) =>
      `${textIn(properties, 'InternetGatewayId') === undefined ? 'VGW' : 'IGW'}|${properties['VpcId']}`,
    (id) => ({ AttachmentType: id.slice(0, 3) }),
  ),
  inertHandler(
    'AWS::EC2::RouteTable',
    ({ token }) => idFromToken('rtb', token),
    (id) => ({ RouteTableId: id }),
  ),
  inertHandler(
    'AWS::EC2::Route',
    ({ properties }) => `${properties['RouteTableId']}|${destination(properties)}`,
    (_id, properties) => ({ CidrBlock: destination(properties) }),
  ),
  inertHandler(
    'AWS::EC2::SubnetRouteTableAssociation',
    ({ token }) => idFromToken('rtbassoc', token),
    (id) => ({ Id: id }),
  ),
];

/** An address of the range for documentation (RFC 5737): it is nobody's. */
const addressOf = (token: string): string =>
  `203.0.113.${1 + (Number.parseInt(hexOf(token).slice(0, 4), 16) % 254)}`;

const ADDRESSES: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::EC2::EIP',
    ({ properties, token }) => textIn(properties, 'Address') ?? addressOf(token),
    (address, _properties, _step, token) => ({
      AllocationId: idFromToken('eipalloc', token),
      PublicIp: address,
    }),
  ),
  inertHandler(
    'AWS::EC2::EIPAssociation',
    ({ token }) => idFromToken('eipassoc', token),
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::EC2::EgressOnlyInternetGateway',
    ({ token }) => idFromToken('eigw', token),
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::EC2::NatGateway',
    ({ token }) => idFromToken('nat', token),
    (id) => ({ NatGatewayId: id }),
  ),
  inertHandler(
    'AWS::EC2::NetworkAcl',
    ({ token }) => idFromToken('acl', token),
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::EC2::NetworkAclEntry',
    ({ properties }) =>
      `${properties['NetworkAclId']}|${properties['RuleNumber']}|${properties['Egress'] === true}`,
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::EC2::SubnetNetworkAclAssociation',
    ({ token }) => idFromToken('aclassoc', token),
    (id) => ({ AssociationId: id }),
  ),
];

function destination(properties: Properties): string {
  const given = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId'].map((name) =>
    textIn(properties, name),
  );
  return given.find((one) => one !== undefined) ?? '';
}

function balancingArn(step: ResourceStep, rest: string): string {
  return `arn:aws:elasticloadbalancing:${step.region}:${step.accountId}:${rest}`;
}

const hexOf = (token: string): string => idFromToken('x', token).slice(2, 18);
const shortKind: Readonly<Record<string, string>> = { application: 'app', network: 'net', gateway: 'gwy' };

const LOAD_BALANCING: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::ElasticLoadBalancing::LoadBalancer',
    ({ properties, name }) => textIn(properties, 'LoadBalancerName') ?? name(32),
    (name, _properties, step, token) => {
      const DNSName = `${name}-${Number.parseInt(hexOf(token).slice(0, 8), 16)}.${step.region}.elb.amazonaws.com`;
      return {
        CanonicalHostedZoneName: DNSName,
        CanonicalHostedZoneNameID: 'Z35SXDOTRQ7X7K',
        DNSName,
        'SourceSecurityGroup.GroupName': 'amazon-elb-sg',
        'SourceSecurityGroup.OwnerAlias': 'amazon-elb',
      };
    },
  ),
  inertHandler(
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    ({ properties, name, token }, step) => {
      const kind = shortKind[textIn(properties, 'Type') ?? 'application'];
      return balancingArn(
        step,
        `loadbalancer/${kind}/${textIn(properties, 'Name') ?? name(32)}/${hexOf(token)}`,
      );
    },
    (arn, properties, step) => {
      const fullName = arn.split(':loadbalancer/')[1] ?? '';
      const name = fullName.split('/')[1] ?? '';
      return {
        CanonicalHostedZoneID: 'Z35SXDOTRQ7X7K',
        DNSName: `${name}.${step.region}.elb.amazonaws.com`,
        LoadBalancerArn: arn,
        LoadBalancerFullName: fullName,
        LoadBalancerName: name,
        SecurityGroups: properties['SecurityGroups'] ?? [],
      };
    },
  ),
  inertHandler(
    'AWS::ElasticLoadBalancingV2::TargetGroup',
    ({ properties, name, token }, step) =>
      balancingArn(step, `targetgroup/${textIn(properties, 'Name') ?? name(32)}/${hexOf(token)}`),
    (arn) => {
      const fullName = arn.split(':').at(-1) ?? '';
      return {
        TargetGroupArn: arn,
        TargetGroupFullName: fullName,
        TargetGroupName: fullName.split('/')[1] ?? '',
        LoadBalancerArns: [],
      };
    },
  ),
  inertHandler(
    'AWS::ElasticLoadBalancingV2::Listener',
    ({ properties, token }) =>
      `${String(properties['LoadBalancerArn']).replace(':loadbalancer/', ':listener/')}/${hexOf(token)}`,
    (arn) => ({ ListenerArn: arn }),
  ),
  inertHandler(
    'AWS::ElasticLoadBalancingV2::ListenerRule',
    ({ properties, token }) =>
      `${String(properties['ListenerArn']).replace(':listener/', ':listener-rule/')}/${hexOf(token)}`,
    (arn) => ({ RuleArn: arn, IsDefault: false }),
  ),
  inertHandler(
    'AWS::ElasticLoadBalancingV2::ListenerCertificate',
    ({ name }) => name(),
    (id) => ({ Id: id }),
  ),
];

const NAMES: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::SNS::TopicPolicy',
    ({ name }) => name(64),
    (id) => ({ Id: id }),
  ),
  inertHandler('AWS::CDK::Metadata', ({ name }) => name()),
  inertHandler('AWS::Route53::RecordSet', ({ properties }) => String(properties['Name'])),
  inertHandler('AWS::Route53::RecordSetGroup', ({ name }) => name()),
];

export const INERT_HANDLERS: readonly ResourceHandler[] = [
  ...ADDRESSES,
  ...IAM,
  ...LOAD_BALANCING,
  ...NAMES,
  ...NETWORK,
];
