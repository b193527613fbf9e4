/** Tags of queues. */
import type {
  ListQueueTagsCommandInput,
  TagQueueCommandInput,
  UntagQueueCommandInput,
} from '@aws-sdk/client-sqs';
import { INTERNAL_CALLER, type RequestContext } from '../../../contract/service.ts';
import type { Engine } from '../engine/engine.ts';
import { invalidParameter, missingParameter } from '../errors.ts';
import { queueOf } from './queue-calls.ts';

type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags after more of them were given. Keys of the cloud's own are for its services. */
export function checkedTags(before: Tags, given: Tags, { accessKeyId }: RequestContext): Tags {
  const mayBeOwn = accessKeyId === INTERNAL_CALLER;
  for (const [key, value] of Object.entries(given)) {
    if (key === '' || [...key].length > 128 || !ALLOWED.test(key))
      throw invalidParameter('TagKey', key, 'A key has 1 to 128 letters, digits, spaces and _.:/=+-@');
    if (!mayBeOwn && /^aws:/i.test(key))
      throw invalidParameter('TagKey', key, 'Keys that begin with aws: are reserved');
    if ([...value].length > 256 || !ALLOWED.test(value))
      throw invalidParameter(
        'TagValue',
        value,
        'A value has at most 256 letters, digits, spaces and _.:/=+-@',
      );
  }
  const tags = { ...before, ...given };
  if (Object.keys(tags).length > MAX_TAGS)
    throw invalidParameter(
      'Tags',
      Object.keys(tags).length,
      `At most ${MAX_TAGS} tags are allowed on a queue`,
    );
  return tags;
}

export function tagQueue(engine: Engine, input: TagQueueCommandInput, context: RequestContext): void {
  const queue = queueOf(engine, input.QueueUrl);
  if (input.Tags === undefined) throw missingParameter('Tags');
  engine.queues.change(queue, { tags: checkedTags(queue.record.tags, input.Tags, context) });
}

export function untagQueue(engine: Engine, input: UntagQueueCommandInput): void {
  const queue = queueOf(engine, input.QueueUrl);
  const gone = input.TagKeys ?? [];
  const left = Object.entries(queue.record.tags).filter(([key]) => !gone.includes(key));
  engine.queues.change(queue, { tags: Object.fromEntries(left) });
}

export function listQueueTags(engine: Engine, input: ListQueueTagsCommandInput) {
  const { tags } = queueOf(engine, input.QueueUrl).record;
  return Object.keys(tags).length === 0 ? {} : { Tags: tags };
}
