import type {
  ListTagsOfResourceCommandInput,
  Tag,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../contract/service.ts';
import { validation } from './errors.ts';
import type { DynamoDbState } from './ports.ts';
import type { TableRecord } from './table-record.ts';

const MAX_TAGS = 50;

export function tagRecord(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value!]));
}

export function checkTags(tags: readonly Tag[]): void {
  if (tags.length > MAX_TAGS)
    throw validation(`Too many tags: ${tags.length}; at most ${MAX_TAGS} are allowed`);
  for (const { Key = '', Value = '' } of tags) {
    if (Key.length < 1 || Key.length > 128)
      throw validation(`A tag's key must have 1 to 128 characters, not ${Key.length}`);
    if (Value.length > 256)
      throw validation(`A tag's value must have at most 256 characters, not ${Value.length}: ${Key}`);
  }
}

export function tagResource(
  { tables }: DynamoDbState,
  { ResourceArn, Tags }: TagResourceCommandInput,
): object {
  const table = tableOf({ tables }, ResourceArn!);
  if (Tags!.length === 0) throw validation('Atleast one Tag needs to be provided as Input.');
  checkTags(Tags!);
  const tags = { ...table.tags, ...tagRecord(Tags!) };
  if (Object.keys(tags).length > MAX_TAGS) throw validation(`Too many tags: at most ${MAX_TAGS} are allowed`);
  tables.put({ ...table, tags });
  return {};
}

export function untagResource(
  { tables }: DynamoDbState,
  { ResourceArn, TagKeys }: UntagResourceCommandInput,
): object {
  const table = tableOf({ tables }, ResourceArn!);
  if (TagKeys!.length === 0) throw validation('Atleast one Tag Key needs to be provided as Input.');
  const tags = Object.entries(table.tags).filter(([key]) => !TagKeys!.includes(key));
  tables.put({ ...table, tags: Object.fromEntries(tags) });
  return {};
}

export function listTags({ tables }: DynamoDbState, { ResourceArn }: ListTagsOfResourceCommandInput): object {
  const { tags } = tableOf({ tables }, ResourceArn!);
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

function tableOf({ tables }: Pick<DynamoDbState, 'tables'>, arn: string): TableRecord {
  const name = /^arn:aws:dynamodb:[^:]+:\d{12}:table\/([^/]+)$/.exec(arn)?.[1];
  if (name === undefined) throw validation(`Invalid TableArn: ${arn}`);
  const table = tables.find(name);
  if (table?.arn === arn) return table;
  throw new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: ResourceArn: ${arn} not found`,
  );
}
