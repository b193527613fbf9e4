import {
  type GetObjectAttributes,
  httpDate,
  objectAttributesDocument,
  objectHeaders,
  parseHttpDate,
  type ReadObject,
  type ResolvedRange,
  resolveRange,
  S3Error,
  unquoteEntityTag,
} from '@crescendo/s3';
import { type ObjectInfo, type ObjectRead, StoreFailure } from '@crescendo/store';
import type { DoorContext } from './door-context.ts';
import type { Exchange, HeaderPairs } from './exchange.ts';
import { streamBody } from './stream-body.ts';

/** What part of an object is answered, and how. */
interface Selection extends ResolvedRange {
  readonly partial: boolean;
  readonly partsCount?: number;
}

export async function readObject(
  context: DoorContext,
  exchange: Exchange,
  operation: ReadObject,
): Promise<void> {
  const { bucket, key, conditions } = operation;
  let read: ObjectRead;
  try {
    read = await context.store.getObject(bucket, key, conditions);
  } catch (failure) {
    if (failure instanceof StoreFailure && failure.code === 'NotModified')
      return replyNotModified(context, exchange, operation, failure);
    throw failure;
  }
  const { info } = read;
  const selection = select(operation, info);
  const whole = selection.end - selection.start === info.size;
  const pairs: HeaderPairs = objectHeaders(info, {
    overrides: operation.overrides,
    withChecksum: operation.checksumMode && whole,
  });
  pairs.push('content-length', selection.end - selection.start);
  if (selection.partial)
    pairs.push('content-range', `bytes ${selection.start}-${selection.end - 1}/${info.size}`);
  if (selection.partsCount !== undefined) pairs.push('x-amz-mp-parts-count', selection.partsCount);
  exchange.begin(selection.partial ? 206 : 200, pairs);
  await sendBytes(context, exchange, read, selection);
}

async function sendBytes(
  context: DoorContext,
  exchange: Exchange,
  read: ObjectRead,
  { start, end }: Selection,
): Promise<void> {
  if (exchange.isHead || end === start) exchange.response.end();
  else if (read.inline !== undefined) exchange.response.end(read.inline.subarray(start, end));
  else await streamBody(exchange, read.bytes(start, end), end - start, context.reading.idleMs);
}

function select(operation: ReadObject, info: ObjectInfo): Selection {
  if (operation.partNumber !== undefined) return selectPart(operation.partNumber, info);
  const { range } = operation;
  if (range === undefined || !isCurrent(range.ifRange, info))
    return { start: 0, end: info.size, partial: false };
  return { ...resolveRange(range.range, info.size, range.text), partial: true };
}

/** If-Range: the range counts only for the version that the client knows. */
function isCurrent(ifRange: string | undefined, info: ObjectInfo): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return unquoteEntityTag(ifRange) === info.etag;
  const wallMs = parseHttpDate(ifRange);
  return wallMs !== undefined && wallMs >= Math.floor(info.modifiedMs / 1_000) * 1_000;
}

/** An object that was put whole has one part. */
function selectPart(partNumber: number, info: ObjectInfo): Selection {
  const sizes = info.partSizes ?? [info.size];
  const size = sizes[partNumber - 1];
  if (size === undefined) {
    throw new S3Error('InvalidPartNumber', undefined, {
      details: { PartNumberRequested: String(partNumber), ActualPartCount: String(sizes.length) },
    });
  }
  const start = sizes.slice(0, partNumber - 1).reduce((sum, earlier) => sum + earlier, 0);
  const partsCount = info.partSizes === undefined ? {} : { partsCount: sizes.length };
  return { start, end: start + size, partial: size > 0, ...partsCount };
}

/** 304 tells the version that the client has; where the store has not said it, the object is looked at once more. */
async function replyNotModified(
  context: DoorContext,
  exchange: Exchange,
  operation: ReadObject,
  failure: StoreFailure,
): Promise<void> {
  const { etag, modifiedMs } =
    failure.standing ?? (await context.store.getObject(operation.bucket, operation.key)).info;
  exchange.reply(304, ['etag', `"${etag}"`, 'last-modified', httpDate(modifiedMs)]);
}

export async function getObjectAttributes(
  context: DoorContext,
  exchange: Exchange,
  operation: GetObjectAttributes,
): Promise<void> {
  const { info } = await context.store.getObject(operation.bucket, operation.key);
  exchange.replyXml(objectAttributesDocument(operation, info), ['last-modified', httpDate(info.modifiedMs)]);
}
