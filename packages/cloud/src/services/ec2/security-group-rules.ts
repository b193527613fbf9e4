/** Rules of security groups, one peer each, and EC2's two ways to write them. */
import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { makeId } from './identifiers.ts';
import type { Ec2Ports } from './ports.ts';

export interface RuleRecord {
  readonly ruleId: string;
  readonly egress: boolean;
  /** `tcp`, `udp`, `icmp`, a number, or `-1` for all. */
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  /** One of the next four. */
  readonly cidr: string | undefined;
  readonly cidr6: string | undefined;
  readonly groupId: string | undefined;
  readonly prefixList: string | undefined;
  readonly description: string | undefined;
}

/** Rules as a list, or one rule in the members of the request itself. */
export interface RuleRequest {
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly CidrIp?: string | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
}

type Peer = Pick<RuleRecord, 'cidr' | 'cidr6' | 'groupId' | 'prefixList' | 'description'>;
const NOBODY: Peer = {
  cidr: undefined,
  cidr6: undefined,
  groupId: undefined,
  prefixList: undefined,
  description: undefined,
};

export function rulesFrom(
  request: RuleRequest,
  egress: boolean,
  { random }: Pick<Ec2Ports, 'random'>,
): RuleRecord[] {
  const { CidrIp: cidr, IpProtocol, FromPort, ToPort } = request;
  const single = cidr === undefined ? [] : [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp: cidr }] }];
  return [...(request.IpPermissions ?? []), ...single].flatMap((permission) =>
    peersOf(permission).map((peer) => ({
      ...peer,
      ruleId: makeId('sgr', random),
      egress,
      protocol: permission.IpProtocol ?? '-1',
      fromPort: permission.IpProtocol === '-1' ? undefined : permission.FromPort,
      toPort: permission.IpProtocol === '-1' ? undefined : permission.ToPort,
    })),
  );
}

function peersOf(permission: IpPermission): Peer[] {
  const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission;
  return [
    ...IpRanges.map(({ CidrIp: cidr, Description: description }) => ({ ...NOBODY, cidr, description })),
    ...Ipv6Ranges.map(({ CidrIpv6: cidr6, Description: description }) => ({ ...NOBODY, cidr6, description })),
    ...UserIdGroupPairs.map(({ GroupId: groupId, Description: description }) => ({
      ...NOBODY,
      groupId,
      description,
    })),
    ...PrefixListIds.map(({ PrefixListId: prefixList, Description: description }) => ({
      ...NOBODY,
      prefixList,
      description,
    })),
  ];
}

/** Whether two rules let the same pass; what describes them does not count. */
export function sameRule(one: RuleRecord, other: RuleRecord): boolean {
  const members = [
    'egress',
    'protocol',
    'fromPort',
    'toPort',
    'cidr',
    'cidr6',
    'groupId',
    'prefixList',
  ] as const;
  return members.every((member) => one[member] === other[member]);
}

/** Rules of one direction, those of the same ports together. */
export function permissionsOf(
  rules: readonly RuleRecord[],
  egress: boolean,
  accountId: string,
): IpPermission[] {
  const byPorts = new Map<string, RuleRecord[]>();
  for (const rule of rules.filter((one) => one.egress === egress)) {
    const key = `${rule.protocol}/${rule.fromPort}/${rule.toPort}`;
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule]);
  }
  return [...byPorts.values()].map((same) => permissionOf(same, accountId));
}

function permissionOf(rules: readonly RuleRecord[], accountId: string): IpPermission {
  const [{ protocol, fromPort, toPort }] = rules as [RuleRecord];
  const pick = <Value>(read: (rule: RuleRecord) => Value | undefined) =>
    rules.flatMap((rule) => read(rule) ?? []);
  return {
    IpProtocol: protocol,
    FromPort: fromPort,
    ToPort: toPort,
    IpRanges: pick(
      ({ cidr, description }) => cidr && { CidrIp: cidr, Description: description },
    ) as IpPermission['IpRanges'],
    Ipv6Ranges: pick(
      ({ cidr6, description }) => cidr6 && { CidrIpv6: cidr6, Description: description },
    ) as IpPermission['Ipv6Ranges'],
    UserIdGroupPairs: pick(
      ({ groupId, description }) =>
        groupId && { GroupId: groupId, UserId: accountId, Description: description },
    ) as IpPermission['UserIdGroupPairs'],
    PrefixListIds: pick(
      ({ prefixList, description }) => prefixList && { PrefixListId: prefixList, Description: description },
    ) as IpPermission['PrefixListIds'],
  };
}

export function ruleView(rule: RuleRecord, groupId: string, accountId: string): SecurityGroupRule {
  return {
    SecurityGroupRuleId: rule.ruleId,
    GroupId: groupId,
    GroupOwnerId: accountId,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    CidrIpv4: rule.cidr,
    CidrIpv6: rule.cidr6,
    PrefixListId: rule.prefixList,
    ReferencedGroupInfo:
      rule.groupId === undefined ? undefined : { GroupId: rule.groupId, UserId: accountId },
    Description: rule.description,
  };
}
