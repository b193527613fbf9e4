/** The attributes that can be set of a queue: what they may hold, and what they mean. */
import { AwsError } from '../../contract/service.ts';
import { invalidAttributeValue, invalidParameter, unknownAttribute } from './errors.ts';
import {
  arnOf,
  isFifo,
  nameInArn,
  type Place,
  type QueueAttributes,
  type QueueRecord,
} from './queue-record.ts';

export const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_POLICY_BYTES = 8_192;

/** What a queue has that was told nothing. */
export const DEFAULTS: QueueAttributes = {
  DelaySeconds: '0',
  MaximumMessageSize: String(MAX_MESSAGE_BYTES),
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};
export const FIFO_DEFAULTS: QueueAttributes = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoQueue: 'true',
  FifoThroughputLimit: 'perQueue',
};

const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  DelaySeconds: [0, 900],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
  MaximumMessageSize: [1_024, MAX_MESSAGE_BYTES],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
};
const FLAGS = ['ContentBasedDeduplication', 'FifoQueue', 'SqsManagedSseEnabled'];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  DeduplicationScope: ['messageGroup', 'queue'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};
const FIFO_ONLY = Object.keys(FIFO_DEFAULTS);
/** These have no effect: nothing is encrypted, and every key may do everything. */
export const INERT_ATTRIBUTES = [
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'Policy',
  'SqsManagedSseEnabled',
] as const;
/** An empty text takes these away. */
const REMOVABLE = ['KmsMasterKeyId', 'Policy', 'RedriveAllowPolicy', 'RedrivePolicy'];
export const SETTABLE_ATTRIBUTES: readonly string[] = [
  ...Object.keys(RANGES),
  ...FLAGS,
  ...Object.keys(CHOICES),
  ...REMOVABLE,
].sort();

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** What the checks have to know of other queues. */
export interface QueueFinder extends Place {
  find(name: string): QueueRecord | undefined;
}

/** The attributes that a queue has after a change; throws what AWS would answer. */
export function withAttributes(
  queue: Pick<QueueRecord, 'name' | 'attributes'>,
  changes: QueueAttributes,
  finder: QueueFinder,
): QueueAttributes {
  const merged: Record<string, string> = { ...queue.attributes };
  for (const [name, value] of Object.entries(changes)) {
    checkAttribute(queue, name, value);
    if (value === '' && REMOVABLE.includes(name)) Reflect.deleteProperty(merged, name);
    else merged[name] = normalized(name, value);
  }
  checkTogether(changes, merged);
  if (changes['RedrivePolicy']) checkTarget(queue.name, changes['RedrivePolicy'], finder);
  return merged;
}

function checkAttribute({ name: queue }: Pick<QueueRecord, 'name'>, name: string, value: string): void {
  if (!SETTABLE_ATTRIBUTES.includes(name)) throw unknownAttribute(name);
  if (FIFO_ONLY.includes(name) && !isFifo({ name: queue })) throw unknownAttribute(name);
  const range = RANGES[name];
  if (range !== undefined) checkNumber(name, value, range);
  if (FLAGS.includes(name) && !/^(true|false)$/i.test(value))
    throw invalidAttributeValue(name, value, 'true and false are allowed');
  const choices = CHOICES[name];
  if (choices !== undefined && !choices.includes(value))
    throw invalidAttributeValue(name, value, `${choices.join(' and ')} are allowed`);
  if (value === '') return;
  if (name === 'Policy') checkPolicy(value);
  if (name === 'RedrivePolicy') parseRedrivePolicy(value);
  if (name === 'RedriveAllowPolicy') parseRedriveAllowPolicy(value);
}

function checkNumber(name: string, value: string, [least, most]: readonly [number, number]): void {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return;
  throw invalidAttributeValue(name, value, `${least} to ${most} are allowed`);
}

/** As the queue gives it back. */
function normalized(name: string, value: string): string {
  if (FLAGS.includes(name)) return value.toLowerCase();
  if (RANGES[name] !== undefined) return String(Number(value));
  if (name === 'RedrivePolicy') return JSON.stringify(parseRedrivePolicy(value));
  return value;
}

function checkPolicy(value: string): void {
  const parsed = parseJson(value);
  if (typeof parsed !== 'object' || parsed === null || !('Statement' in parsed))
    throw invalidAttributeValue('Policy', value, 'a policy document in JSON with a Statement is allowed');
  if (Buffer.byteLength(value) > MAX_POLICY_BYTES)
    throw invalidAttributeValue('Policy', value, `at most ${MAX_POLICY_BYTES} bytes are allowed`);
}

function checkTogether(changes: QueueAttributes, merged: QueueAttributes): void {
  const { DeduplicationScope = 'queue', FifoThroughputLimit = 'perQueue' } = merged;
  if (FifoThroughputLimit === 'perMessageGroupId' && DeduplicationScope !== 'messageGroup') {
    throw invalidParameter(
      'FifoThroughputLimit',
      FifoThroughputLimit,
      'The value perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup',
    );
  }
  if (changes['KmsMasterKeyId'] && changes['SqsManagedSseEnabled']?.toLowerCase() === 'true') {
    throw new AwsError(
      'InvalidAttributeValue',
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
  }
}

/** Throws when it is none. */
export function parseRedrivePolicy(value: string): RedrivePolicy {
  const parsed = parseJson(value) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown } | undefined;
  const bad = (reason: string): AwsError => invalidParameter('RedrivePolicy', value, reason);
  if (typeof parsed !== 'object' || parsed === null) throw bad('Redrive policy is not a valid JSON map');
  const { deadLetterTargetArn, maxReceiveCount } = parsed;
  if (typeof deadLetterTargetArn !== 'string')
    throw bad('Redrive policy does not contain mandatory attribute: deadLetterTargetArn');
  if (maxReceiveCount === undefined)
    throw bad('Redrive policy does not contain mandatory attribute: maxReceiveCount');
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1_000)
    throw bad(
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to 1000 both inclusive`,
    );
  const unknown = Object.keys(parsed).find(
    (key) => key !== 'deadLetterTargetArn' && key !== 'maxReceiveCount',
  );
  if (unknown !== undefined) throw bad(`Redrive policy contains an unknown attribute: ${unknown}`);
  return { deadLetterTargetArn, maxReceiveCount: count };
}

interface RedriveAllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns?: readonly string[];
}

function parseRedriveAllowPolicy(value: string): RedriveAllowPolicy {
  const parsed = parseJson(value) as { redrivePermission?: unknown; sourceQueueArns?: unknown } | undefined;
  const bad = (reason: string): AwsError => invalidParameter('RedriveAllowPolicy', value, reason);
  if (typeof parsed !== 'object' || parsed === null)
    throw bad('Redrive allow policy is not a valid JSON map');
  const { redrivePermission, sourceQueueArns } = parsed;
  if (redrivePermission !== 'allowAll' && redrivePermission !== 'denyAll' && redrivePermission !== 'byQueue')
    throw bad('redrivePermission must be allowAll, denyAll or byQueue');
  if (redrivePermission !== 'byQueue') {
    if (sourceQueueArns !== undefined) throw bad('sourceQueueArns is allowed with byQueue only');
    return { redrivePermission };
  }
  const arns = Array.isArray(sourceQueueArns) ? sourceQueueArns : [];
  if (arns.length < 1 || arns.length > 10 || !arns.every((arn) => typeof arn === 'string'))
    throw bad('byQueue needs 1 to 10 ARNs in sourceQueueArns');
  return { redrivePermission, sourceQueueArns: arns };
}

function checkTarget(name: string, value: string, finder: QueueFinder): void {
  const { deadLetterTargetArn } = parseRedrivePolicy(value);
  const bad = (reason: string): AwsError => invalidParameter('RedrivePolicy', value, reason);
  const targetName = nameInArn(finder, deadLetterTargetArn);
  const target = targetName === undefined ? undefined : finder.find(targetName);
  if (target === undefined) throw bad('Dead letter target does not exist');
  if (target.name === name) throw bad('Dead letter queue must not be the queue itself');
  if (isFifo(target) !== isFifo({ name }))
    throw bad('Dead-letter queue must be same type of queue as the source');
  const allow = target.attributes['RedriveAllowPolicy'];
  const permission = allow === undefined ? undefined : parseRedriveAllowPolicy(allow);
  const allowed =
    permission === undefined ||
    permission.redrivePermission === 'allowAll' ||
    permission.sourceQueueArns?.includes(arnOf(finder, name)) === true;
  if (!allowed)
    throw bad(
      `Queue ${arnOf(finder, name)} is not allowed by the RedriveAllowPolicy of the dead-letter queue`,
    );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Set or not. */
export function attributeOf(
  queue: Pick<QueueRecord, 'name' | 'attributes'>,
  name: string,
): string | undefined {
  const own = queue.attributes[name];
  if (own !== undefined) return own;
  return DEFAULTS[name] ?? (isFifo(queue) ? FIFO_DEFAULTS[name] : undefined);
}

export function millisecondsOf(queue: QueueRecord, name: string): number {
  return Number(attributeOf(queue, name)) * 1_000;
}

export function redrivePolicyOf({ attributes }: QueueRecord): RedrivePolicy | undefined {
  const policy = attributes['RedrivePolicy'];
  return policy === undefined ? undefined : (JSON.parse(policy) as RedrivePolicy);
}
