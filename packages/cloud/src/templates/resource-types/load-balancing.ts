import {
  flag,
  integer,
  json,
  listOf,
  mapOf,
  record,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NO_TRAFFIC = 'it carries no traffic: reach instances at their own addresses';

const ATTRIBUTES = listOf(record({ Key: text(), Value: text() }));

const LOAD_BALANCER: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  reference: "the load balancer's ARN",
  attributes: [
    'CanonicalHostedZoneID',
    'DNSName',
    'LoadBalancerArn',
    'LoadBalancerFullName',
    'LoadBalancerName',
    'SecurityGroups',
  ],
  inert: NO_TRAFFIC,
  properties: {
    Name: replaces(text()),
    Type: replaces(text('application', 'network', 'gateway')),
    Scheme: replaces(text('internal', 'internet-facing')),
    IpAddressType: text(),
    LoadBalancerAttributes: ATTRIBUTES,
    SecurityGroups: listOf(text()),
    Subnets: listOf(text()),
    SubnetMappings: listOf(json()),
    Tags: TAGS,
  },
};

const TARGET_GROUP: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  reference: "the target group's ARN",
  attributes: ['LoadBalancerArns', 'TargetGroupArn', 'TargetGroupFullName', 'TargetGroupName'],
  inert: NO_TRAFFIC,
  properties: {
    Name: replaces(text()),
    Port: replaces(integer(1, 65_535)),
    Protocol: replaces(text()),
    ProtocolVersion: replaces(text()),
    VpcId: replaces(text()),
    TargetType: replaces(text('instance', 'ip', 'lambda', 'alb')),
    IpAddressType: replaces(text()),
    HealthCheckEnabled: flag(),
    HealthCheckIntervalSeconds: integer(5, 300),
    HealthCheckPath: text(),
    HealthCheckPort: text(),
    HealthCheckProtocol: text(),
    HealthCheckTimeoutSeconds: integer(2, 120),
    HealthyThresholdCount: integer(2, 10),
    UnhealthyThresholdCount: integer(2, 10),
    Matcher: record({ GrpcCode: text(), HttpCode: text() }),
    TargetGroupAttributes: ATTRIBUTES,
    Targets: listOf(record({ AvailabilityZone: text(), Id: required(text()), Port: integer() })),
    Tags: TAGS,
  },
};

const LISTENER: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::Listener',
  reference: "the listener's ARN",
  attributes: ['ListenerArn'],
  inert: NO_TRAFFIC,
  properties: {
    LoadBalancerArn: required(replaces(text())),
    DefaultActions: required(listOf(json())),
    Port: integer(1, 65_535),
    Protocol: text(),
    AlpnPolicy: listOf(text()),
    Certificates: listOf(json()),
    ListenerAttributes: ATTRIBUTES,
    MutualAuthentication: json(),
    SslPolicy: text(),
  },
};

const LISTENER_RULE: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  reference: "the rule's ARN",
  attributes: ['IsDefault', 'RuleArn'],
  inert: NO_TRAFFIC,
  properties: {
    ListenerArn: required(replaces(text())),
    Priority: required(integer(1, 50_000)),
    Actions: required(listOf(json())),
    Conditions: required(listOf(json())),
    Transforms: listOf(json()),
  },
};

const CERTIFICATES: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::ListenerCertificate',
  reference: 'an id of the list',
  attributes: ['Id'],
  inert: NO_TRAFFIC,
  properties: { ListenerArn: required(replaces(text())), Certificates: required(listOf(mapOf(text()))) },
};

const CLASSIC_LISTENER = record({
  InstancePort: required(text()),
  InstanceProtocol: text(),
  LoadBalancerPort: required(text()),
  PolicyNames: listOf(text()),
  Protocol: required(text()),
  SSLCertificateId: text(),
});

const CLASSIC: ResourceType = {
  name: 'AWS::ElasticLoadBalancing::LoadBalancer',
  reference: "the load balancer's name",
  attributes: [
    'CanonicalHostedZoneName',
    'CanonicalHostedZoneNameID',
    'DNSName',
    'SourceSecurityGroup.GroupName',
    'SourceSecurityGroup.OwnerAlias',
  ],
  inert: NO_TRAFFIC,
  properties: {
    AccessLoggingPolicy: json(),
    AppCookieStickinessPolicy: listOf(json()),
    AvailabilityZones: listOf(text()),
    ConnectionDrainingPolicy: record({ Enabled: required(flag()), Timeout: integer(1, 3600) }),
    ConnectionSettings: record({ IdleTimeout: required(integer(1, 4000)) }),
    CrossZone: flag(),
    HealthCheck: record({
      HealthyThreshold: required(text()),
      Interval: required(text()),
      Target: required(text()),
      Timeout: required(text()),
      UnhealthyThreshold: required(text()),
    }),
    Instances: listOf(text()),
    LBCookieStickinessPolicy: listOf(json()),
    Listeners: required(listOf(CLASSIC_LISTENER)),
    LoadBalancerName: replaces(text()),
    Policies: listOf(json()),
    Scheme: replaces(text('internal', 'internet-facing')),
    SecurityGroups: listOf(text()),
    Subnets: listOf(text()),
    Tags: TAGS,
  },
};

export const LOAD_BALANCING_TYPES: readonly ResourceType[] = [
  CLASSIC,
  CERTIFICATES,
  LISTENER,
  LISTENER_RULE,
  LOAD_BALANCER,
  TARGET_GROUP,
];
