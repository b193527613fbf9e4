/** Launch templates as they are remembered, and which version a reference means. */
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { LaunchTemplateReference } from '../../contract/compute.ts';
import { AwsError } from '../../contract/service.ts';
import type { Ec2State } from './ec2-state.ts';
import { allOf } from './ec2-state.ts';
import { invalidCombination, missingParameter } from './errors.ts';

export interface LaunchTemplateRecord {
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  readonly createdBy: string;
  readonly defaultVersion: number;
  /** The highest number that was ever given. */
  readonly latestVersion: number;
}

export interface LaunchTemplateVersionRecord {
  readonly templateId: string;
  readonly number: number;
  readonly description: string | undefined;
  readonly createdMs: number;
  readonly createdBy: string;
  readonly data: RequestLaunchTemplateData;
}

export function versionKey(templateId: string, number: number): string {
  return `${templateId}/${String(number).padStart(10, '0')}`;
}

export function versionsOf(state: Ec2State, templateId: string): LaunchTemplateVersionRecord[] {
  return [...state.templateVersions.entries(`${templateId}/`)].map(([, version]) => version);
}

/** The newest version that has not been deleted. */
export function latestOf(state: Ec2State, template: LaunchTemplateRecord): number {
  return versionsOf(state, template.id).at(-1)?.number ?? template.latestVersion;
}

export function findTemplate(
  state: Ec2State,
  { launchTemplateId: id, launchTemplateName: name }: LaunchTemplateReference,
): LaunchTemplateRecord {
  if (id !== undefined && name !== undefined) {
    throw invalidCombination('Give either the launch template ID or its name, not both');
  }
  if (id !== undefined) return findById(state, id);
  if (name === undefined) throw missingParameter('LaunchTemplateId or LaunchTemplateName');
  const found = allOf(state.templates).find((template) => template.name === name);
  if (found !== undefined) return found;
  throw new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  );
}

function findById(state: Ec2State, id: string): LaunchTemplateRecord {
  const found = state.templates.get(id);
  if (found !== undefined) return found;
  const message = `The specified launch template, with template ID ${id}, does not exist.`;
  throw new AwsError('InvalidLaunchTemplateId.NotFound', message);
}

/** @param version a number, `$Latest` or `$Default`, which is also meant when it is absent */
export function findVersion(
  state: Ec2State,
  template: LaunchTemplateRecord,
  version: string | undefined,
): LaunchTemplateVersionRecord {
  const number = numberOf(state, template, version ?? '$Default');
  const found = state.templateVersions.get(versionKey(template.id, number));
  if (found !== undefined) return found;
  throw new AwsError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
  );
}

function numberOf(state: Ec2State, template: LaunchTemplateRecord, version: string): number {
  if (version === '$Latest') return latestOf(state, template);
  if (version === '$Default') return template.defaultVersion;
  if (/^[1-9]\d{0,8}$/.test(version)) return Number(version);
  const message = `The version '${version}' is not valid: use a number, $Latest or $Default.`;
  throw new AwsError('InvalidLaunchTemplateId.VersionNotFound', message);
}
