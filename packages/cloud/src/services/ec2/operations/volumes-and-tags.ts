/** Volumes as they come and go with instances, and tags of everything. */
import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DeleteVolumeRequest,
  DescribeTagsRequest,
  DescribeVolumesRequest,
} from '@aws-sdk/client-ec2';
import type { RequestContext } from '../../../contract/service.ts';
import { AwsError } from '../../../contract/service.ts';
import { allOf } from '../ec2-state.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { missingParameter, notFound } from '../errors.ts';
import { filtered } from '../filters.ts';
import type { VolumeRecord } from '../instance-record.ts';
import { volumeView } from '../instance-views.ts';
import { subnetsOf, VPC_ID } from '../network.ts';
import { assertNoIdsWithPaging, pageOf } from '../paging.ts';
import { assertTagLimit, tagMap } from '../tags.ts';

export function volumeAndTagOperations(world: Ec2World): Operations {
  return {
    DescribeVolumes: (input: DescribeVolumesRequest) => describeVolumes(world, input),
    DeleteVolume: (input: DeleteVolumeRequest) => deleteVolume(world, input),
    CreateTags: (input: CreateTagsRequest, context: RequestContext) => createTags(world, input, context),
    DeleteTags: (input: DeleteTagsRequest, context: RequestContext) => deleteTags(world, input, context),
    DescribeTags: (input: DescribeTagsRequest) => describeTags(world, input),
  };
}

function describeVolumes(world: Ec2World, input: DescribeVolumesRequest) {
  assertNoIdsWithPaging('volumesSet', input.VolumeIds, input);
  const all = input.VolumeIds?.length
    ? input.VolumeIds.map((id) => volumeOf(world, id))
    : allOf(world.state.volumes);
  const tagged = all.map((volume) => ({ volume, tags: world.state.tagsOf(volume.volumeId) }));
  const found = filtered(tagged, input.Filters, {
    'volume-id': ({ volume }) => volume.volumeId,
    status: ({ volume }) => (volume.instanceId === undefined ? 'available' : 'in-use'),
    size: ({ volume }) => String(volume.gibibytes),
    'volume-type': ({ volume }) => volume.volumeType,
    'availability-zone': ({ volume }) => volume.zone,
    'attachment.instance-id': ({ volume }) => volume.instanceId,
    'attachment.device': ({ volume }) => (volume.instanceId === undefined ? undefined : volume.deviceName),
    'attachment.delete-on-termination': ({ volume }) => String(volume.deleteOnTermination),
    encrypted: ({ volume }) => String(volume.encrypted),
  });
  const page = pageOf(found, ({ volume }) => volume.volumeId, input);
  return { Volumes: page.items.map(({ volume }) => volumeView(volume, world)), NextToken: page.nextToken };
}

function volumeOf(world: Ec2World, volumeId: string): VolumeRecord {
  const volume = world.state.volumes.get(volumeId);
  if (volume === undefined) throw notFound('InvalidVolume.NotFound', 'volume', [volumeId]);
  return volume;
}

/** The record goes last: a delete that was cut short can be asked again. */
async function deleteVolume(world: Ec2World, { VolumeId: volumeId }: DeleteVolumeRequest): Promise<void> {
  if (volumeId === undefined) throw missingParameter('VolumeId');
  const { instanceId } = volumeOf(world, volumeId);
  if (instanceId !== undefined) {
    throw new AwsError('VolumeInUse', `Volume ${volumeId} is currently attached to ${instanceId}`);
  }
  await world.ports.provider.deleteVolume(volumeId);
  world.state.volumes.delete(volumeId);
  world.state.putTags(volumeId, {});
}

/** What kinds of resources can be tagged, whether one is there, and what is said when it is not. */
function kindOf(
  world: Ec2World,
  id: string,
): { readonly type: string; readonly exists: boolean; readonly code: string } {
  const { state, region } = world;
  const prefix = id.split('-')[0] ?? '';
  const has = (found: unknown) => found !== undefined;
  switch (prefix) {
    case 'i':
      return { type: 'instance', exists: has(state.instances.get(id)), code: 'InvalidInstanceID.NotFound' };
    case 'vol':
      return { type: 'volume', exists: has(state.volumes.get(id)), code: 'InvalidVolume.NotFound' };
    case 'lt':
      return {
        type: 'launch-template',
        exists: has(state.templates.get(id)),
        code: 'InvalidLaunchTemplateId.NotFound',
      };
    case 'sg':
      return {
        type: 'security-group',
        exists: has(state.securityGroups.get(id)),
        code: 'InvalidGroup.NotFound',
      };
    case 'key':
      return {
        type: 'key-pair',
        exists: allOf(state.keyPairs).some(({ keyPairId }) => keyPairId === id),
        code: 'InvalidKeyPair.NotFound',
      };
    case 'vpc':
      return { type: 'vpc', exists: id === VPC_ID, code: 'InvalidVpcID.NotFound' };
    case 'subnet':
      return {
        type: 'subnet',
        exists: subnetsOf(region).some(({ subnetId }) => subnetId === id),
        code: 'InvalidSubnetID.NotFound',
      };
    case 'ami':
      return {
        type: 'image',
        exists: world.ports.provider.images().some(({ imageId }) => imageId === id),
        code: 'InvalidAMIID.NotFound',
      };
    default:
      throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  }
}

function existing(world: Ec2World, ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined || ids.length === 0) throw missingParameter('ResourceIdSet');
  for (const id of ids) {
    const { exists, code, type } = kindOf(world, id);
    if (!exists) throw notFound(code, `${type} ID`, [id]);
  }
  return ids;
}

function createTags(world: Ec2World, input: CreateTagsRequest, context: RequestContext): void {
  if (input.Tags === undefined || input.Tags.length === 0) throw missingParameter('TagSet');
  const added = tagMap(input.Tags, context);
  const changes = existing(world, input.Resources).map(
    (id) => [id, { ...world.state.tagsOf(id), ...added }] as const,
  );
  for (const [, tags] of changes) assertTagLimit(tags);
  for (const [id, tags] of changes) world.state.putTags(id, tags);
}

/** Without tags all are deleted but AWS's own; a tag with a value only where it has that value. */
function deleteTags(world: Ec2World, input: DeleteTagsRequest, { accessKeyId }: RequestContext): void {
  if (input.Tags !== undefined) tagMap(input.Tags, { accessKeyId });
  for (const id of existing(world, input.Resources)) {
    const kept = Object.entries(world.state.tagsOf(id)).filter(([key, value]) => !isMeant(input, key, value));
    world.state.putTags(id, Object.fromEntries(kept));
  }
}

function isMeant({ Tags: tags }: DeleteTagsRequest, key: string, value: string): boolean {
  if (tags === undefined || tags.length === 0) return !key.startsWith('aws:');
  return tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
}

function describeTags(world: Ec2World, input: DescribeTagsRequest) {
  const all = [...world.state.allTags()].flatMap(([resourceId, tags]) =>
    Object.entries(tags).map(([key, value]) => {
      return { key, value, resourceId, resourceType: kindOf(world, resourceId).type, tags: { [key]: value } };
    }),
  );
  const found = filtered(all, input.Filters, {
    key: ({ key }) => key,
    value: ({ value }) => value,
    'resource-id': ({ resourceId }) => resourceId,
    'resource-type': ({ resourceType }) => resourceType,
  });
  const page = pageOf(found, ({ resourceId, key }) => `${resourceId}/${key}`, input);
  return {
    Tags: page.items.map(({ key, value, resourceId, resourceType }) => {
      return { Key: key, Value: value, ResourceId: resourceId, ResourceType: resourceType };
    }),
    NextToken: page.nextToken,
  };
}
