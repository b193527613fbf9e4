/** Launch templates and their versions. */
import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateVersionRequest,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateVersionsRequest,
  DeleteLaunchTemplateVersionsResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplateVersionsRequest,
  LaunchTemplate,
  LaunchTemplateVersion,
  ModifyLaunchTemplateRequest,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { RequestContext } from '../../../contract/service.ts';
import { AwsError } from '../../../contract/service.ts';
import { allOf } from '../ec2-state.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { invalidValue, missingParameter } from '../errors.ts';
import { filtered } from '../filters.ts';
import { makeId } from '../identifiers.ts';
import { mergeLaunchData } from '../launch-settings.ts';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from '../launch-templates.ts';
import { findTemplate, findVersion, latestOf, versionKey, versionsOf } from '../launch-templates.ts';
import { pageOf } from '../paging.ts';
import { tagList, tagsFor } from '../tags.ts';

const NAME = /^[A-Za-z0-9().\-/_]{3,128}$/;

interface Reference {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

export function launchTemplateOperations(world: Ec2World): Operations {
  return {
    CreateLaunchTemplate: (input: CreateLaunchTemplateRequest, context: RequestContext) =>
      create(world, input, context),
    CreateLaunchTemplateVersion: (input: CreateLaunchTemplateVersionRequest, context: RequestContext) =>
      createVersion(world, input, context),
    ModifyLaunchTemplate: (input: ModifyLaunchTemplateRequest) => modify(world, input),
    DeleteLaunchTemplate: (input: DeleteLaunchTemplateRequest) => remove(world, input),
    DeleteLaunchTemplateVersions: (input: DeleteLaunchTemplateVersionsRequest) =>
      removeVersions(world, input),
    DescribeLaunchTemplates: (input: DescribeLaunchTemplatesRequest) => describe(world, input),
    DescribeLaunchTemplateVersions: (input: DescribeLaunchTemplateVersionsRequest) =>
      describeVersions(world, input),
  };
}

function find(
  world: Ec2World,
  { LaunchTemplateId: id, LaunchTemplateName: name }: Reference,
): LaunchTemplateRecord {
  return findTemplate(world.state, {
    ...(id === undefined ? {} : { launchTemplateId: id }),
    ...(name === undefined ? {} : { launchTemplateName: name }),
  });
}

function create(world: Ec2World, input: CreateLaunchTemplateRequest, context: RequestContext) {
  const { LaunchTemplateName: name, LaunchTemplateData: data } = input;
  if (name === undefined) throw missingParameter('LaunchTemplateName');
  if (data === undefined) throw missingParameter('LaunchTemplateData');
  if (!NAME.test(name)) {
    const message = `The launch template name '${name}' is not valid: use 3 to 128 letters, digits and ( ) . - / _`;
    throw new AwsError('InvalidLaunchTemplateName.MalformedException', message);
  }
  if (allOf(world.state.templates).some((template) => template.name === name)) {
    const message = `Launch template name already in use: ${name}`;
    throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', message);
  }
  const createdBy = callerArn(world);
  const template: LaunchTemplateRecord = {
    id: makeId('lt', world.ports.random),
    name,
    createdMs: world.nowMs(),
    createdBy,
    defaultVersion: 1,
    latestVersion: 1,
  };
  world.state.templates.put(template.id, template);
  world.state.putTags(template.id, tagsFor('launch-template', input.TagSpecifications, context));
  putVersion(world, template, 1, input.VersionDescription, data);
  return { LaunchTemplate: templateView(world, template) };
}

function createVersion(world: Ec2World, input: CreateLaunchTemplateVersionRequest, _context: RequestContext) {
  const template = find(world, input);
  if (input.LaunchTemplateData === undefined) throw missingParameter('LaunchTemplateData');
  const source =
    input.SourceVersion === undefined ? undefined : findVersion(world.state, template, input.SourceVersion);
  const data =
    source === undefined ? input.LaunchTemplateData : mergeLaunchData(source.data, input.LaunchTemplateData);
  const number = template.latestVersion + 1;
  const changed = { ...template, latestVersion: number };
  world.state.templates.put(template.id, changed);
  const version = putVersion(world, changed, number, input.VersionDescription, data);
  return { LaunchTemplateVersion: versionView(version, changed) };
}

function putVersion(
  world: Ec2World,
  { id, createdBy }: LaunchTemplateRecord,
  number: number,
  description: string | undefined,
  data: RequestLaunchTemplateData,
): LaunchTemplateVersionRecord {
  const version = { templateId: id, number, description, createdMs: world.nowMs(), createdBy, data };
  world.state.templateVersions.put(versionKey(id, number), version);
  return version;
}

function modify(world: Ec2World, input: ModifyLaunchTemplateRequest) {
  const template = find(world, input);
  if (input.DefaultVersion === undefined) throw missingParameter('DefaultVersion');
  const { number } = findVersion(world.state, template, input.DefaultVersion);
  const changed = { ...template, defaultVersion: number };
  world.state.templates.put(template.id, changed);
  return { LaunchTemplate: templateView(world, changed) };
}

function remove(world: Ec2World, input: DeleteLaunchTemplateRequest) {
  const template = find(world, input);
  const view = templateView(world, template);
  for (const { number } of versionsOf(world.state, template.id)) {
    world.state.templateVersions.delete(versionKey(template.id, number));
  }
  world.state.templates.delete(template.id);
  world.state.putTags(template.id, {});
  return { LaunchTemplate: view };
}

function removeVersions(
  world: Ec2World,
  input: DeleteLaunchTemplateVersionsRequest,
): DeleteLaunchTemplateVersionsResult {
  const template = find(world, input);
  if (input.Versions === undefined || input.Versions.length === 0)
    throw missingParameter('LaunchTemplateVersion');
  const results = input.Versions.map((text) => removeVersion(world, template, text));
  return {
    SuccessfullyDeletedLaunchTemplateVersions: results.flatMap(({ deleted }) => deleted ?? []),
    UnsuccessfullyDeletedLaunchTemplateVersions: results.flatMap(({ refused }) => refused ?? []),
  };
}

function removeVersion(world: Ec2World, template: LaunchTemplateRecord, text: string) {
  const number = Number(text);
  const item = { LaunchTemplateId: template.id, LaunchTemplateName: template.name, VersionNumber: number };
  const refuse = (Code: 'launchTemplateVersionDoesNotExist' | 'unexpectedError', Message: string) => {
    return { deleted: undefined, refused: { ...item, ResponseError: { Code, Message } } };
  };
  if (number === template.defaultVersion)
    return refuse('unexpectedError', 'The default version cannot be deleted');
  const key = versionKey(template.id, number);
  if (world.state.templateVersions.get(key) === undefined) {
    return refuse('launchTemplateVersionDoesNotExist', `There is no version ${text}`);
  }
  world.state.templateVersions.delete(key);
  return { deleted: item, refused: undefined };
}

function describe(world: Ec2World, input: DescribeLaunchTemplatesRequest) {
  const { LaunchTemplateIds: ids = [], LaunchTemplateNames: names = [] } = input;
  const chosen = [
    ...ids.map((LaunchTemplateId) => find(world, { LaunchTemplateId })),
    ...names.map((LaunchTemplateName) => find(world, { LaunchTemplateName })),
  ];
  const all = chosen.length > 0 ? chosen : allOf(world.state.templates);
  const tagged = all.map((template) => ({ template, tags: world.state.tagsOf(template.id) }));
  const found = filtered(tagged, input.Filters, {
    'launch-template-name': ({ template }) => template.name,
    'launch-template-id': ({ template }) => template.id,
    'create-time': ({ template }) => new Date(template.createdMs).toISOString(),
  });
  const page = pageOf(found, ({ template }) => template.name, input, [1, 200]);
  return {
    LaunchTemplates: page.items.map(({ template }) => templateView(world, template)),
    NextToken: page.nextToken,
  };
}

function describeVersions(world: Ec2World, input: DescribeLaunchTemplateVersionsRequest) {
  const byTemplate = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
  const versions = byTemplate ? versionsAsked(world, find(world, input), input) : versionsOfAll(world, input);
  const page = pageOf(
    versions,
    ({ version }) => versionKey(version.templateId, version.number),
    input,
    [1, 200],
  );
  return {
    LaunchTemplateVersions: page.items.map(({ version, template }) => versionView(version, template)),
    NextToken: page.nextToken,
  };
}

/** Without a template, `$Latest` and `$Default` ask all of them. */
function versionsOfAll(world: Ec2World, input: DescribeLaunchTemplateVersionsRequest) {
  const { Versions: wanted = [] } = input;
  if (wanted.length === 0 || wanted.some((text) => text !== '$Latest' && text !== '$Default')) {
    throw missingParameter('LaunchTemplateId or LaunchTemplateName');
  }
  return allOf(world.state.templates).flatMap((template) => versionsAsked(world, template, input));
}

function versionsAsked(
  world: Ec2World,
  template: LaunchTemplateRecord,
  input: DescribeLaunchTemplateVersionsRequest,
) {
  const { Versions: wanted = [], MinVersion: min = '1', MaxVersion: max = '999999999' } = input;
  if (!/^\d+$/.test(min) || !/^\d+$/.test(max)) throw invalidValue('MinVersion and MaxVersion are numbers');
  const versions =
    wanted.length > 0
      ? wanted.map((text) => findVersion(world.state, template, text))
      : versionsOf(world.state, template.id).filter(
          ({ number }) => number >= Number(min) && number <= Number(max),
        );
  const unique = new Map(versions.map((version) => [version.number, version]));
  return [...unique.values()].map((version) => ({ version, template }));
}

function templateView(world: Ec2World, template: LaunchTemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: new Date(template.createdMs),
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: latestOf(world.state, template),
    Tags: tagList(world.state.tagsOf(template.id)),
  };
}

function versionView(
  version: LaunchTemplateVersionRecord,
  template: LaunchTemplateRecord,
): LaunchTemplateVersion {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: version.number,
    VersionDescription: version.description,
    CreateTime: new Date(version.createdMs),
    CreatedBy: version.createdBy,
    DefaultVersion: version.number === template.defaultVersion,
    LaunchTemplateData: version.data as ResponseLaunchTemplateData,
  };
}

function callerArn({ accountId }: Ec2World): string {
  return `arn:aws:iam::${accountId}:root`;
}
