import { integer, json, listOf, record, replaces, required, TAGS, text } from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NO_IAM = 'every request is signed with the one key pair, which may do everything';

const POLICY_LIST = listOf(record({ PolicyName: required(text()), PolicyDocument: required(json()) }));

const ROLE: ResourceType = {
  name: 'AWS::IAM::Role',
  reference: "the role's name",
  attributes: ['Arn', 'RoleId'],
  inert: NO_IAM,
  iamName: 'RoleName',
  properties: {
    AssumeRolePolicyDocument: required(json()),
    Description: text(),
    ManagedPolicyArns: listOf(text()),
    MaxSessionDuration: integer(3600, 43_200),
    Path: replaces(text()),
    PermissionsBoundary: text(),
    Policies: POLICY_LIST,
    RoleName: replaces(text()),
    Tags: TAGS,
  },
};

const INSTANCE_PROFILE: ResourceType = {
  name: 'AWS::IAM::InstanceProfile',
  reference: "the instance profile's name",
  attributes: ['Arn'],
  inert: NO_IAM,
  iamName: 'InstanceProfileName',
  properties: {
    InstanceProfileName: replaces(text()),
    Path: replaces(text()),
    Roles: required(listOf(text())),
  },
};

const POLICY: ResourceType = {
  name: 'AWS::IAM::Policy',
  reference: 'an id of the policy',
  attributes: ['Id'],
  inert: NO_IAM,
  iamName: '',
  properties: {
    PolicyName: required(text()),
    PolicyDocument: required(json()),
    Groups: listOf(text()),
    Roles: listOf(text()),
    Users: listOf(text()),
  },
};

const MANAGED_POLICY: ResourceType = {
  name: 'AWS::IAM::ManagedPolicy',
  reference: "the policy's ARN",
  attributes: ['PolicyArn'],
  inert: NO_IAM,
  iamName: 'ManagedPolicyName',
  properties: {
    PolicyDocument: required(json()),
    ManagedPolicyName: replaces(text()),
    Description: replaces(text()),
    Path: replaces(text()),
    Groups: listOf(text()),
    Roles: listOf(text()),
    Users: listOf(text()),
  },
};

export const IAM_TYPES: readonly ResourceType[] = [INSTANCE_PROFILE, MANAGED_POLICY, POLICY, ROLE];
