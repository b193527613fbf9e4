/**
 * Turns what clients asked and heard into one history of a register for each key and one for each bucket. Listings are
 * reads of every key that they cover: a key that was listed was there with that ETag, one that was not listed was not.
 *
 * (K3) Deletions of one bucket that overlap join each other and may all say that they did it.
 *
 * (K1) An operation that answers that there is no such bucket says that the key is not there; so does, for every key, the deletion
 *      of its bucket.
 */
import type { Operation, Response } from '../store/operation.ts';
import {
  ABSENT,
  type Condition,
  type RegisterAction,
  type RegisterOperation,
  type RegisterOutcome,
} from './register.ts';

export type Histories = ReadonlyMap<string, readonly RegisterOperation[]>;

const BUCKET_EXISTS = 'exists';

/** By `bucket/key`. */
export function keyHistories(operations: readonly Operation[]): Histories {
  const keys = keysOf(operations);
  const histories = new Map<string, RegisterOperation[]>();
  for (const [bucket, names] of keys) for (const key of names) histories.set(`${bucket}/${key}`, []);
  for (const operation of operations) {
    const { request, response } = operation;
    if (request.kind === 'list') {
      for (const [key, seen] of coveredBy(operation, keys.get(request.bucket) ?? [])) {
        histories.get(`${request.bucket}/${key}`)?.push(readOf(operation, seen));
      }
    } else if (request.kind === 'deleteBucket') {
      if (response.kind !== 'ok') continue;
      for (const key of keys.get(request.bucket) ?? []) {
        histories.get(`${request.bucket}/${key}`)?.push(readOf(operation, ABSENT)); // (K1)
      }
    } else if ('key' in request) {
      const translated = translate(operation);
      if (translated !== undefined) histories.get(`${request.bucket}/${request.key}`)?.push(translated);
    }
  }
  return histories;
}

function keysOf(operations: readonly Operation[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  const add = (bucket: string, key: string): void => {
    const known = keys.get(bucket);
    if (known === undefined) keys.set(bucket, new Set([key]));
    else known.add(key);
  };
  for (const { request, response } of operations) {
    if ('key' in request) add(request.bucket, request.key);
    // A listing may show what nobody wrote: then its history says so.
    if (response.kind === 'page') for (const { key } of response.objects) add(request.bucket, key);
  }
  return keys;
}

/** Each key that the listing speaks of, with what it says. */
function coveredBy({ request, response }: Operation, keys: Iterable<string>): [string, string][] {
  if (request.kind !== 'list' || response.kind !== 'page') return [];
  const listed = new Map(response.objects.map(({ key, etag }) => [key, etag]));
  const { last } = response;
  const covered = [...keys].filter(
    (key) =>
      key.startsWith(request.prefix) &&
      (last === undefined || Buffer.compare(Buffer.from(key), Buffer.from(last)) <= 0),
  );
  return covered.map((key) => [key, listed.get(key) ?? ABSENT]);
}

function readOf({ id, startMs, endMs }: Operation, seen: string): RegisterOperation {
  return { id, startMs, endMs, action: { kind: 'read' }, outcome: { kind: 'ok', seen } };
}

function translate(operation: Operation): RegisterOperation | undefined {
  const { request, response, id, startMs } = operation;
  if (response.kind === 'failed' && response.code === 'NoSuchBucket') return readOf(operation, ABSENT); // (K1)
  if (request.kind === 'get') {
    if (response.kind === 'found') return readOf(operation, response.etag);
    return response.kind === 'failed' && response.code === 'NoSuchKey'
      ? readOf(operation, ABSENT)
      : undefined;
  }
  if (request.kind !== 'put' && request.kind !== 'delete') return undefined;
  const condition = conditionOf(request.condition);
  if (response.kind === 'failed' && response.code === 'NoSuchKey' && condition !== undefined) {
    return readOf(operation, ABSENT);
  }
  const outcome = outcomeOf(response);
  if (outcome === undefined) return undefined;
  const action: RegisterAction =
    request.kind === 'put'
      ? { kind: 'write', value: request.etag, ...(condition === undefined ? {} : { condition }) }
      : { kind: 'delete', ...(condition === undefined ? {} : { condition }) };
  const endMs = outcome.kind === 'unknown' ? Number.POSITIVE_INFINITY : operation.endMs;
  return { id, startMs, endMs, action, outcome };
}

function conditionOf(
  condition: { ifNoneMatch: true } | { ifMatch: string } | undefined,
): Condition | undefined {
  if (condition === undefined) return undefined;
  return 'ifNoneMatch' in condition ? { kind: 'absent' } : { kind: 'equals', values: [condition.ifMatch] };
}

/** undefined: it says nothing about the key. */
function outcomeOf(response: Response): RegisterOutcome | undefined {
  switch (response.kind) {
    case 'ok':
      return { kind: 'ok' };
    case 'deleted':
      return { kind: 'ok', existed: response.existed };
    case 'unknown':
      return { kind: 'unknown' };
    case 'failed':
      return response.code === 'PreconditionFailed' ? { kind: 'refused' } : undefined;
    default:
      return undefined;
  }
}

/** By bucket: is it there or not? */
export function bucketHistories(operations: readonly Operation[]): Histories {
  const histories = new Map<string, RegisterOperation[]>();
  for (const operation of operations) {
    const translated = translateBucket(operation, mayHaveJoined(operation, operations));
    if (translated === undefined) continue;
    const { bucket } = operation.request;
    const history = histories.get(bucket);
    if (history === undefined) histories.set(bucket, [translated]);
    else history.push(translated);
  }
  return histories;
}

/** (K3) A deletion without an answer goes on for as long as it likes. */
function mayHaveJoined(operation: Operation, operations: readonly Operation[]): boolean {
  const { request, startMs, endMs } = operation;
  return operations.some(
    (other) =>
      other !== operation &&
      other.request.kind === 'deleteBucket' &&
      other.request.bucket === request.bucket &&
      (other.response.kind === 'ok' || other.response.kind === 'unknown') &&
      other.startMs <= endMs &&
      (other.response.kind === 'unknown' || other.endMs >= startMs),
  );
}

function translateBucket(operation: Operation, isJoined: boolean): RegisterOperation | undefined {
  const { request, response, id, startMs, endMs } = operation;
  const create: RegisterAction = { kind: 'write', value: BUCKET_EXISTS, condition: { kind: 'absent' } };
  const remove: RegisterAction = { kind: 'delete', condition: { kind: 'equals', values: [BUCKET_EXISTS] } };
  const failed = response.kind === 'failed' ? response.code : undefined;
  const base = { id, startMs, endMs };
  const open = { id, startMs, endMs: Number.POSITIVE_INFINITY, outcome: { kind: 'unknown' } as const };
  if (request.kind === 'createBucket') {
    if (response.kind === 'unknown') return { ...open, action: create };
    if (response.kind !== 'bucket') return undefined;
    return { ...base, action: create, outcome: { kind: response.outcome === 'created' ? 'ok' : 'refused' } };
  }
  if (request.kind === 'deleteBucket') {
    if (response.kind === 'unknown') return { ...open, action: remove };
    if (response.kind === 'ok') {
      const action: RegisterAction = isJoined ? { kind: 'delete' } : remove;
      return { ...base, action, outcome: { kind: 'ok' } };
    }
    if (failed === 'BucketNotEmpty') return readOf(operation, BUCKET_EXISTS);
  }
  if (failed === 'NoSuchBucket') return readOf(operation, ABSENT);
  return proves(response) ? readOf(operation, BUCKET_EXISTS) : undefined;
}

/** Whatever succeeds in a bucket says that it is there. */
function proves(response: Response): boolean {
  return (
    ['ok', 'found', 'deleted', 'page'].includes(response.kind) ||
    (response.kind === 'failed' && ['NoSuchKey', 'PreconditionFailed'].includes(response.code))
  );
}
