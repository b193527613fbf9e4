/** Tags of groups; those that propagate are given to the instances launched from then on. */
import type {
  CreateOrUpdateTagsType,
  DeleteTagsType,
  DescribeTagsType,
  Filter,
  TagDescription,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../../contract/service.ts';
import { invalid, required } from '../checks.ts';
import { describeTag } from '../group-details.ts';
import { readTag } from '../group-input.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

const MAX_TAGS = 50;

export const tagOperations: MakeOperations = (keeper) =>
  operationSet({
    CreateOrUpdateTags: (input: CreateOrUpdateTagsType) => put(keeper, input),
    DeleteTags: (input: DeleteTagsType) => remove(keeper, input),
    DescribeTags: (input: DescribeTagsType) => describe(keeper, input),
  });

/** All of the groups are looked up before any tag changes. */
function byGroup(keeper: GroupKeeper, tags: DeleteTagsType['Tags']) {
  return (tags ?? []).map((tag) => {
    const name = required(tag.ResourceId, 'tags.member.resourceId');
    if (tag.ResourceType !== undefined && tag.ResourceType !== 'auto-scaling-group') {
      throw invalid(`The resource type ${tag.ResourceType} has no tags here; it must be auto-scaling-group.`);
    }
    keeper.find(name);
    return { name, tag, read: readTag(tag) };
  });
}

function put(keeper: GroupKeeper, input: CreateOrUpdateTagsType): void {
  for (const { name, read } of byGroup(keeper, input.Tags)) {
    const others = keeper.find(name).details.tags.filter(({ key }) => key !== read.key);
    if (others.length >= MAX_TAGS) {
      throw new AwsError('LimitExceeded', `A group may have ${MAX_TAGS} tags, and ${name} has them.`);
    }
    keeper.changeDetails(name, { tags: [...others, read] });
  }
}

function remove(keeper: GroupKeeper, input: DeleteTagsType): void {
  for (const { name, tag } of byGroup(keeper, input.Tags)) {
    const { tags } = keeper.find(name).details;
    const isMeant = (key: string, value: string): boolean =>
      key === tag.Key && (tag.Value === undefined || tag.Value === value);
    keeper.changeDetails(name, { tags: tags.filter(({ key, value }) => !isMeant(key, value)) });
  }
}

function describe(keeper: GroupKeeper, input: DescribeTagsType) {
  const all = [...keeper.groups]
    .flatMap(([name, { details }]) => details.tags.map((tag) => describeTag(name, tag)))
    .filter((tag) => (input.Filters ?? []).every((filter) => passes(tag, filter)));
  const { items, NextToken } = pageOf(all, (tag) => `${tag.ResourceId}\0${tag.Key}`, input);
  return { Tags: items, NextToken };
}

function passes(tag: TagDescription, { Name, Values = [] }: Filter): boolean {
  if (Name === 'auto-scaling-group') return Values.includes(tag.ResourceId ?? '');
  if (Name === 'key') return Values.includes(tag.Key ?? '');
  if (Name === 'value') return Values.includes(tag.Value ?? '');
  if (Name === 'propagate-at-launch') return Values.includes(String(tag.PropagateAtLaunch));
  throw invalid(
    `The filter '${Name}' is not supported; the filters are auto-scaling-group, key, value and propagate-at-launch.`,
  );
}
