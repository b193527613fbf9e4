/** Security groups: kept and shown as they are asked for, but inert, since every instance is on loopback. */
import type {
  CreateSecurityGroupRequest,
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupsRequest,
  SecurityGroup,
  SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import type { RequestContext } from '../../../contract/service.ts';
import { AwsError } from '../../../contract/service.ts';
import type { Ec2State } from '../ec2-state.ts';
import { allOf } from '../ec2-state.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { invalidValue, missingParameter, notFound } from '../errors.ts';
import { filtered } from '../filters.ts';
import { makeId } from '../identifiers.ts';
import { VPC_ID } from '../network.ts';
import { pageOf } from '../paging.ts';
import type { Ec2Ports } from '../ports.ts';
import type { RuleRecord, RuleRequest } from '../security-group-rules.ts';
import { permissionsOf, rulesFrom, ruleView, sameRule } from '../security-group-rules.ts';
import { tagList, tagsFor } from '../tags.ts';

export interface SecurityGroupRecord {
  readonly groupId: string;
  readonly name: string;
  readonly description: string;
  readonly rules: readonly RuleRecord[];
}

interface GroupReference {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

type RuleInput = GroupReference &
  RuleRequest & { readonly SecurityGroupRuleIds?: readonly string[] | undefined };

export function securityGroupOperations(world: Ec2World): Operations {
  return {
    CreateSecurityGroup: (input: CreateSecurityGroupRequest, context: RequestContext) =>
      create(world, input, context),
    DeleteSecurityGroup: (input: GroupReference) => remove(world, input),
    DescribeSecurityGroups: (input: DescribeSecurityGroupsRequest) => describe(world, input),
    DescribeSecurityGroupRules: (input: DescribeSecurityGroupRulesRequest) => describeRules(world, input),
    AuthorizeSecurityGroupIngress: (input: RuleInput) => authorize(world, input, false),
    AuthorizeSecurityGroupEgress: (input: RuleInput) => authorize(world, input, true),
    RevokeSecurityGroupIngress: (input: RuleInput) => revoke(world, input, false),
    RevokeSecurityGroupEgress: (input: RuleInput) => revoke(world, input, true),
  };
}

/** The group that instances are in when none is given. */
export function ensureDefaultGroup(state: Ec2State, ports: Ec2Ports): void {
  if (allOf(state.securityGroups).some(({ name }) => name === 'default')) return;
  const groupId = makeId('sg', ports.random);
  const own = rulesFrom(
    { IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId }] }] },
    false,
    ports,
  );
  const rules = [...own, ...allowAll(ports)];
  state.securityGroups.put(groupId, {
    groupId,
    name: 'default',
    description: 'default VPC security group',
    rules,
  });
}

function allowAll(ports: Pick<Ec2Ports, 'random'>): RuleRecord[] {
  return rulesFrom(
    { IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] },
    true,
    ports,
  );
}

function create(world: Ec2World, input: CreateSecurityGroupRequest, context: RequestContext) {
  const { GroupName: name, Description: description, VpcId: vpcId = VPC_ID } = input;
  if (name === undefined) throw missingParameter('GroupName');
  if (description === undefined) throw missingParameter('GroupDescription');
  if (vpcId !== VPC_ID) throw notFound('InvalidVpcID.NotFound', 'vpc ID', [vpcId]);
  if (name.startsWith('sg-')) throw invalidValue(`Invalid group name '${name}': it may not begin with sg-`);
  if (allOf(world.state.securityGroups).some((group) => group.name === name)) {
    throw new AwsError(
      'InvalidGroup.Duplicate',
      `The security group '${name}' already exists for VPC '${vpcId}'`,
    );
  }
  const groupId = makeId('sg', world.ports.random);
  world.state.securityGroups.put(groupId, { groupId, name, description, rules: allowAll(world.ports) });
  const tags = tagsFor('security-group', input.TagSpecifications, context);
  world.state.putTags(groupId, tags);
  return { GroupId: groupId, Tags: tagList(tags), SecurityGroupArn: groupArn(world, groupId) };
}

function find(world: Ec2World, { GroupId: id, GroupName: name }: GroupReference): SecurityGroupRecord {
  if (id === undefined && name === undefined) throw missingParameter('GroupId');
  const found = allOf(world.state.securityGroups).find((group) =>
    id === undefined ? group.name === name : group.groupId === id,
  );
  if (found === undefined) throw notFound('InvalidGroup.NotFound', 'security group', [id ?? name ?? '']);
  return found;
}

function remove(world: Ec2World, input: GroupReference) {
  const { groupId, name } = find(world, input);
  if (name === 'default')
    throw new AwsError('CannotDelete', 'the specified group: "default" name cannot be deleted by a user');
  const users = allOf(world.state.instances).filter(
    ({ state, settings }) => state !== 'terminated' && settings.securityGroupIds.includes(groupId),
  );
  const referring = allOf(world.state.securityGroups).filter(
    (group) => group.groupId !== groupId && group.rules.some((rule) => rule.groupId === groupId),
  );
  if (users.length > 0 || referring.length > 0) {
    const who = [
      ...users.map(({ instanceId }) => instanceId),
      ...referring.map((group) => group.groupId),
    ].join(', ');
    throw new AwsError('DependencyViolation', `resource ${groupId} has a dependent object: ${who}`);
  }
  world.state.securityGroups.delete(groupId);
  world.state.putTags(groupId, {});
  return { Return: true, GroupId: groupId };
}

function describe(world: Ec2World, input: DescribeSecurityGroupsRequest) {
  const chosen = [
    ...(input.GroupIds ?? []).map((GroupId) => find(world, { GroupId })),
    ...(input.GroupNames ?? []).map((GroupName) => find(world, { GroupName })),
  ];
  const all = chosen.length > 0 ? chosen : allOf(world.state.securityGroups);
  const tagged = all.map((group) => ({ group, tags: world.state.tagsOf(group.groupId) }));
  const found = filtered(tagged, input.Filters, {
    'group-id': ({ group }) => group.groupId,
    'group-name': ({ group }) => group.name,
    description: ({ group }) => group.description,
    'vpc-id': () => VPC_ID,
    'owner-id': () => world.accountId,
  });
  const page = pageOf(found, ({ group }) => group.groupId, input);
  return {
    SecurityGroups: page.items.map(({ group }) => groupView(world, group)),
    NextToken: page.nextToken,
  };
}

function groupView(
  world: Ec2World,
  { groupId, name, description, rules }: SecurityGroupRecord,
): SecurityGroup {
  return {
    GroupId: groupId,
    GroupName: name,
    Description: description,
    OwnerId: world.accountId,
    VpcId: VPC_ID,
    SecurityGroupArn: groupArn(world, groupId),
    IpPermissions: permissionsOf(rules, false, world.accountId),
    IpPermissionsEgress: permissionsOf(rules, true, world.accountId),
    Tags: tagList(world.state.tagsOf(groupId)),
  };
}

function groupArn({ region, accountId }: Ec2World, groupId: string): string {
  return `arn:aws:ec2:${region}:${accountId}:security-group/${groupId}`;
}

function describeRules(world: Ec2World, input: DescribeSecurityGroupRulesRequest) {
  const all = allOf(world.state.securityGroups).flatMap((group) =>
    group.rules.map((rule) => ({ group, rule, tags: {} })),
  );
  const wanted = new Set(input.SecurityGroupRuleIds ?? all.map(({ rule }) => rule.ruleId));
  const found = filtered(
    all.filter(({ rule }) => wanted.has(rule.ruleId)),
    input.Filters,
    { 'group-id': ({ group }) => group.groupId, 'security-group-rule-id': ({ rule }) => rule.ruleId },
  );
  const page = pageOf(found, ({ rule }) => rule.ruleId, input);
  const views: SecurityGroupRule[] = page.items.map(({ group, rule }) =>
    ruleView(rule, group.groupId, world.accountId),
  );
  return { SecurityGroupRules: views, NextToken: page.nextToken };
}

function authorize(world: Ec2World, input: RuleInput, egress: boolean) {
  const group = find(world, input);
  const added = rulesFrom(input, egress, world.ports);
  if (added.length === 0) throw missingParameter('IpPermissions');
  const twice = added.find((rule) => group.rules.some((other) => sameRule(rule, other)));
  if (twice !== undefined) {
    throw new AwsError(
      'InvalidPermission.Duplicate',
      `the specified rule "${ruleText(twice)}" already exists`,
    );
  }
  world.state.securityGroups.put(group.groupId, { ...group, rules: [...group.rules, ...added] });
  return {
    Return: true,
    SecurityGroupRules: added.map((rule) => ruleView(rule, group.groupId, world.accountId)),
  };
}

function revoke(world: Ec2World, input: RuleInput, egress: boolean) {
  const group = find(world, input);
  const ids = new Set(input.SecurityGroupRuleIds ?? []);
  const named = rulesFrom(input, egress, world.ports);
  const isMeant = (rule: RuleRecord) => ids.has(rule.ruleId) || named.some((other) => sameRule(rule, other));
  const kept = group.rules.filter((rule) => !isMeant(rule));
  if (kept.length === group.rules.length) {
    throw new AwsError(
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.',
    );
  }
  world.state.securityGroups.put(group.groupId, { ...group, rules: kept });
  return { Return: true };
}

function ruleText({ protocol, fromPort, toPort, cidr, cidr6, groupId, prefixList }: RuleRecord): string {
  return `peer: ${cidr ?? cidr6 ?? groupId ?? prefixList}, ${protocol}, from port: ${fromPort}, to port: ${toPort}`;
}
