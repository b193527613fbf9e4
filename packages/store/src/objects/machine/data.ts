/** Bytes of objects and parts: checked, then stored, in the entry that commits them. */
import { copyBytes, utf8 } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import { type Refusal, refuse, type Segment } from '../command.ts';
import { MAXIMUM_KEY_BYTES, MAXIMUM_OBJECT_BYTES } from '../limits.ts';
import { addChange } from '../state/counters.ts';
import { numberBytes, TABLE, tableKey } from '../state/keys.ts';
import type { DataReference, InlineReference } from '../state/object-record.ts';
import { checkBlob, commitBlob } from './blobs.ts';
import type { Application } from './context.ts';

/** Far above what gateways put inline, so that they may change it. */
const MAXIMUM_INLINE_BYTES = 1024 * 1024;
const MAXIMUM_CHUNK_BYTES = 1024 * 1024 * 1024;

/** Why a segment can't be committed, if so. */
export function checkSegment(kv: KvReader, segment: Segment): Refusal | undefined {
  if (segment.kind === 'inline') {
    if (segment.bytes.length <= MAXIMUM_INLINE_BYTES) return undefined;
    return refuse('Malformed', `${segment.bytes.length} bytes inline; at most ${MAXIMUM_INLINE_BYTES}.`);
  }
  const { size, chunkBytes } = segment;
  if (size > MAXIMUM_OBJECT_BYTES)
    return refuse('EntityTooLarge', `${size} bytes; at most ${MAXIMUM_OBJECT_BYTES}.`);
  if (size < 1 || chunkBytes < 1 || chunkBytes > MAXIMUM_CHUNK_BYTES) {
    return refuse('Malformed', `A blob of ${size} bytes in chunks of ${chunkBytes}.`);
  }
  return checkBlob(kv, segment.blobId);
}

export function segmentSize(segment: Segment): number {
  return segment.kind === 'inline' ? segment.bytes.length : segment.size;
}

/** After `checkSegment`. A command stores one segment at most: inline bytes go by the index of its entry. */
export function storeSegment(application: Application, segment: Segment): DataReference {
  const { kv, context, counted } = application;
  if (segment.kind === 'blob') {
    commitBlob(application, segment.blobId);
    return segment;
  }
  const size = segment.bytes.length;
  if (size > 0) kv.put(tableKey(TABLE.inline, numberBytes(context.index, 6)), segment.bytes);
  addChange(counted, { inlineBytes: size });
  return { kind: 'inline', index: context.index, size };
}

/** A copy. */
export function readInlineBytes(kv: KvReader, { index }: InlineReference): Uint8Array {
  return copyBytes(kv.get(tableKey(TABLE.inline, numberBytes(index, 6))) ?? new Uint8Array(0));
}

/** A key in UTF-8, or why it can't be one. */
export function keyBytesOf(key: string): Uint8Array | Refusal {
  const bytes = utf8(key);
  if (bytes.length <= MAXIMUM_KEY_BYTES) return bytes;
  return refuse('KeyTooLong', `The key has ${bytes.length} bytes; at most ${MAXIMUM_KEY_BYTES}.`);
}
