/** Logs, keys, endpoints and the like: taken, kept and shown, with names, ids and ARNs in AWS's forms. */
import { idFromToken } from '../state/identifiers.ts';
import { inertHandler, textIn } from './handler-tools.ts';
import type { Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

function arnOf(service: string, step: ResourceStep, rest: string): string {
  return `arn:aws:${service}:${step.region}:${step.accountId}:${rest}`;
}

function iamArn(kind: string, name: string, properties: Properties, step: ResourceStep): string {
  return `arn:aws:iam::${step.accountId}:${kind}${textIn(properties, 'Path') ?? '/'}${name}`;
}

/** 32 digits in the form of a UUID, always the same for a token. */
function keyId(token: string): string {
  const digits = (idFromToken('a', token) + idFromToken('b', token))
    .replace(/[^0-9a-f]/g, '')
    .padEnd(32, '0');
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const LOGS: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::Logs::LogGroup',
    ({ properties, name }) => textIn(properties, 'LogGroupName') ?? name(512),
    (name, _properties, step) => ({ Arn: arnOf('logs', step, `log-group:${name}:*`) }),
  ),
  inertHandler(
    'AWS::Logs::LogStream',
    ({ properties, name }) => textIn(properties, 'LogStreamName') ?? name(512),
  ),
  inertHandler(
    'AWS::Logs::MetricFilter',
    ({ properties, name }) => textIn(properties, 'FilterName') ?? name(512),
  ),
];

const KEYS: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::KMS::Key',
    ({ token }) => keyId(token),
    (id, _properties, step) => ({ Arn: arnOf('kms', step, `key/${id}`), KeyId: id }),
  ),
  inertHandler('AWS::KMS::Alias', ({ properties }) => String(properties['AliasName'])),
];

const REGISTRIES: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::ECR::Repository',
    ({ properties, name }) => textIn(properties, 'RepositoryName') ?? name(256).toLowerCase(),
    (name, _properties, step) => ({
      Arn: arnOf('ecr', step, `repository/${name}`),
      RepositoryUri: `${step.accountId}.dkr.ecr.${step.region}.amazonaws.com/${name}`,
    }),
  ),
];

const NETWORK: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::EC2::VPCEndpoint',
    ({ token }) => idFromToken('vpce', token),
    (id, _properties, step) => ({
      CreationTimestamp: new Date(step.nowMs()).toISOString(),
      DnsEntries: [],
      Id: id,
      NetworkInterfaceIds: [],
    }),
  ),
  inertHandler(
    'AWS::EC2::FlowLog',
    ({ token }) => idFromToken('fl', token),
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::EC2::PlacementGroup',
    ({ name }) => name(255),
    (name) => ({ GroupName: name }),
  ),
];

const PEOPLE: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::IAM::User',
    ({ properties, name }) => textIn(properties, 'UserName') ?? name(64),
    (name, properties, step) => ({ Arn: iamArn('user', name, properties, step) }),
  ),
  inertHandler(
    'AWS::IAM::Group',
    ({ properties, name }) => textIn(properties, 'GroupName') ?? name(128),
    (name, properties, step) => ({ Arn: iamArn('group', name, properties, step) }),
  ),
];

const TABLE_SCALING: readonly ResourceHandler[] = [
  inertHandler(
    'AWS::ApplicationAutoScaling::ScalableTarget',
    ({ properties }) =>
      ['ResourceId', 'ScalableDimension', 'ServiceNamespace'].map((name) => properties[name]).join('|'),
    (id) => ({ Id: id }),
  ),
  inertHandler(
    'AWS::ApplicationAutoScaling::ScalingPolicy',
    ({ properties, token }, step) =>
      arnOf('autoscaling', step, `scalingPolicy:${keyId(token)}:policyName/${properties['PolicyName']}`),
    (arn) => ({ Arn: arn }),
  ),
];

export const SIDE_HANDLERS: readonly ResourceHandler[] = [
  ...KEYS,
  ...LOGS,
  ...NETWORK,
  ...REGISTRIES,
  ...PEOPLE,
  ...TABLE_SCALING,
];
