import { didYouMean } from './did-you-mean.ts';
import { ProblemList } from './problems.ts';
import type { MapNode, TemplateNode } from './source.ts';
import { keyPosition, textOf } from './source.ts';
import type { ParameterDeclaration } from './template.ts';

/** Identifiers that the console of CloudFormation offers from a list; here they are strings of a known form. */
export const EC2_PARAMETER_TYPES: Readonly<Record<string, RegExp>> = {
  'AWS::EC2::AvailabilityZone::Name': /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/,
  'AWS::EC2::Image::Id': /^ami-[\w-]+$/,
  'AWS::EC2::Instance::Id': /^i-[0-9a-f]+$/,
  'AWS::EC2::KeyPair::KeyName': /^.+$/,
  'AWS::EC2::SecurityGroup::GroupName': /^.+$/,
  'AWS::EC2::SecurityGroup::Id': /^sg-[0-9a-f]+$/,
  'AWS::EC2::Subnet::Id': /^subnet-[\w-]+$/,
  'AWS::EC2::Volume::Id': /^vol-[0-9a-f]+$/,
  'AWS::EC2::VPC::Id': /^vpc-[\w-]+$/,
  'AWS::Route53::HostedZone::Id': /^[A-Z0-9]+$/,
};

const PLAIN_TYPES = ['String', 'Number', 'List<Number>', 'CommaDelimitedList', 'AWS::SSM::Parameter::Name'];
const MEMBERS = [
  'Type',
  'Default',
  'AllowedValues',
  'AllowedPattern',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
  'NoEcho',
  'Description',
  'ConstraintDescription',
];

/** `List<Number>` -> `Number`; undefined for what is no list. */
export function elementType(type: string): string | undefined {
  if (type === 'CommaDelimitedList') return 'String';
  return /^List<(.+)>$/.exec(type)?.[1];
}

/** The type of the value that an `AWS::SSM::Parameter::Value<...>` stands for. */
export function storedType(type: string): string | undefined {
  return /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1];
}

export function isParameterType(type: string): boolean {
  const inner = storedType(type);
  if (inner !== undefined)
    return inner === 'String' || (!inner.startsWith('AWS::SSM') && isParameterType(inner));
  const element = elementType(type);
  return (
    PLAIN_TYPES.includes(type) || Object.hasOwn(EC2_PARAMETER_TYPES, element ?? type) || element === 'String'
  );
}

/** The declarations alone, of a tree that is not looked through yet; what is wrong with them is told later. */
export function readParameters(root: MapNode): ParameterDeclaration[] {
  const section = root.entries.get('Parameters');
  if (section?.kind !== 'map') return [];
  const untold = new ProblemList();
  return [...section.entries].flatMap(
    ([name, node]) => readParameter(name, node, `Parameters.${name}`, untold) ?? [],
  );
}

export function readParameter(
  name: string,
  node: TemplateNode,
  path: string,
  problems: ProblemList,
): ParameterDeclaration | undefined {
  const type = node.kind === 'map' ? textOf(node.entries.get('Type')) : undefined;
  if (node.kind !== 'map' || type === undefined) {
    problems.add('Template format error: Every Parameters object must contain a Type member.', path, node.at);
    return undefined;
  }
  for (const [member] of node.entries) {
    if (MEMBERS.includes(member)) continue;
    const message = `Template format error: Invalid template parameter property '${member}'${didYouMean(member, MEMBERS)}`;
    problems.add(message, path, keyPosition(node, member));
  }
  if (!isParameterType(type)) {
    const hint = didYouMean(type, [...PLAIN_TYPES, ...Object.keys(EC2_PARAMETER_TYPES)]);
    problems.add(
      `Template format error: Unrecognized parameter type: ${type}${hint}`,
      `${path}.Type`,
      node.entries.get('Type')?.at,
    );
  }
  return {
    name,
    type,
    ...texts(node),
    ...numbers(node, path, problems),
    ...allowedValues(node, path, problems),
    ...pattern(node, path, problems),
    noEcho: textOf(node.entries.get('NoEcho')) === 'true',
    at: node.at,
  };
}

function texts(node: MapNode): Partial<ParameterDeclaration> {
  const description = textOf(node.entries.get('Description'));
  const constraintDescription = textOf(node.entries.get('ConstraintDescription'));
  const fallback = textOf(node.entries.get('Default'));
  return {
    ...(fallback !== undefined && { default: fallback }),
    ...(description !== undefined && { description }),
    ...(constraintDescription !== undefined && { constraintDescription }),
  };
}

function numbers(node: MapNode, path: string, problems: ProblemList): Partial<ParameterDeclaration> {
  const found: Record<string, number> = {};
  for (const member of ['MinLength', 'MaxLength', 'MinValue', 'MaxValue']) {
    const given = node.entries.get(member);
    if (given === undefined) continue;
    const value = Number(textOf(given) ?? Number.NaN);
    if (Number.isNaN(value))
      problems.add(`Template format error: ${member} must be a number`, `${path}.${member}`, given.at);
    else found[member[0]!.toLowerCase() + member.slice(1)] = value;
  }
  return found;
}

function allowedValues(node: MapNode, path: string, problems: ProblemList): Partial<ParameterDeclaration> {
  const given = node.entries.get('AllowedValues');
  if (given === undefined) return {};
  const values = given.kind === 'list' ? given.items.map(textOf) : [undefined];
  if (values.every((value) => value !== undefined)) return { allowedValues: values };
  problems.add(
    'Template format error: AllowedValues must be a list of literal values',
    `${path}.AllowedValues`,
    given.at,
  );
  return {};
}

function pattern(node: MapNode, path: string, problems: ProblemList): Partial<ParameterDeclaration> {
  const given = node.entries.get('AllowedPattern');
  const allowedPattern = textOf(given);
  if (given === undefined || allowedPattern === undefined) return {};
  try {
    new RegExp(allowedPattern);
    return { allowedPattern };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.add(
      `Template format error: AllowedPattern is no pattern: ${reason}`,
      `${path}.AllowedPattern`,
      given.at,
    );
    return {};
  }
}
