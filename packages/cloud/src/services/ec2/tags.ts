/** Tags as AWS writes them, and what may be one. */
import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import type { RequestContext } from '../../contract/service.ts';
import { AwsError } from '../../contract/service.ts';
import { invalidValue } from './errors.ts';

export type TagMap = Readonly<Record<string, string>>;

const MOST_TAGS = 50;
const LONGEST_KEY = 127;
const LONGEST_VALUE = 255;

export function tagList(tags: TagMap): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that a request gives to a kind of resource. */
export function tagsFor(
  kind: string,
  specifications: readonly Pick<TagSpecification, 'ResourceType' | 'Tags'>[] | undefined,
  context: Pick<RequestContext, 'accessKeyId'>,
): TagMap {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === kind)
    .flatMap(({ Tags }) => Tags ?? []);
  return tagMap(tags, context);
}

/** Throws what EC2 throws for tags that may not be. */
export function tagMap(tags: readonly Tag[], { accessKeyId }: Pick<RequestContext, 'accessKeyId'>): TagMap {
  const map: Record<string, string> = {};
  for (const { Key: key, Value: value = '' } of tags) {
    if (key === undefined || key === '') throw invalidValue('Tag key cannot be null or empty');
    if (accessKeyId !== 'internal' && key.toLowerCase().startsWith('aws:')) {
      throw invalidValue(`Tag keys starting with 'aws:' are reserved for internal use: '${key}'`);
    }
    if (key.length > LONGEST_KEY)
      throw invalidValue(`Tag key exceeds the maximum length of ${LONGEST_KEY} characters`);
    if (value.length > LONGEST_VALUE) {
      throw invalidValue(`Tag value exceeds the maximum length of ${LONGEST_VALUE} characters`);
    }
    map[key] = value;
  }
  assertTagLimit(map);
  return map;
}

export function assertTagLimit(tags: TagMap): void {
  const own = Object.keys(tags).filter((key) => !key.startsWith('aws:'));
  if (own.length > MOST_TAGS) {
    throw new AwsError('TagLimitExceeded', `The maximum number of tags for a resource is ${MOST_TAGS}`);
  }
}
