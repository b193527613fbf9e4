import type {
  AddTagsToResourceCommandInput,
  ListTagsForResourceCommandInput,
  RemoveTagsFromResourceCommandInput,
  Tag,
} from '@aws-sdk/client-ssm';
import { AwsError, INTERNAL_CALLER, type RequestContext } from '../../contract/service.ts';
import { invalid } from './parameter-name.ts';
import type { ParameterRecord } from './parameter-record.ts';
import type { ParameterTable } from './parameter-table.ts';

type Tags = ParameterRecord['tags'];
type Resource = Pick<ListTagsForResourceCommandInput, 'ResourceType' | 'ResourceId'>;

const MAX_TAGS = 50;

export function addTags(
  table: ParameterTable,
  input: AddTagsToResourceCommandInput,
  context: RequestContext,
): object {
  const { name, tags } = taggedParameter(table, input);
  table.setTags(name, checkedTags(tags, input.Tags!, context));
  return {};
}

export function removeTags(table: ParameterTable, input: RemoveTagsFromResourceCommandInput): object {
  const { name, tags } = taggedParameter(table, input);
  const left = Object.entries(tags).filter(([key]) => !input.TagKeys!.includes(key));
  table.setTags(name, Object.fromEntries(left));
  return {};
}

export function listTags(table: ParameterTable, input: ListTagsForResourceCommandInput) {
  const { tags } = taggedParameter(table, input);
  return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

/** The tags with more of them, or with other values. Those of AWS are for other services to give: stacks mark what they made. */
export function checkedTags(before: Tags, tags: readonly Tag[], { accessKeyId }: RequestContext): Tags {
  for (const { Key, Value } of tags) {
    if (Key!.length < 1 || Key!.length > 128 || Value!.length > 256) {
      throw invalid(
        `A tag has a key of 1 to 128 characters and a value of up to 256, not ${JSON.stringify(Key)}.`,
      );
    }
    if (/^aws:/i.test(Key!) && accessKeyId !== INTERNAL_CALLER)
      throw invalid(`The keys of tags that begin with "aws:" belong to AWS: ${JSON.stringify(Key)}.`);
  }
  const after = { ...before, ...Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value!])) };
  if (Object.keys(after).length <= MAX_TAGS) return after;
  throw new AwsError('TooManyTagsError', `A parameter has at most ${MAX_TAGS} tags.`);
}

function taggedParameter(table: ParameterTable, { ResourceType, ResourceId }: Resource) {
  if (ResourceType !== 'Parameter') {
    throw new AwsError(
      'InvalidResourceType',
      `Only resources of type Parameter have tags here, not ${ResourceType}.`,
    );
  }
  const head = table.head(ResourceId!);
  if (head === undefined) throw new AwsError('InvalidResourceId', `There is no parameter ${ResourceId}.`);
  return { name: ResourceId!, tags: head.tags };
}
