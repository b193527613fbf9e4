/**
 * Records of buckets: in its home partition what a bucket is, in every partition what is known of it there, and the list of
 * deletions under way.
 */
import { toHex } from '@crescendo/base';
import type { KvReader, KvWriter } from '../../ports/state-store.ts';
import { type Generation, idBytes } from '../identifiers.ts';
import { bucketKey, TABLE, tableKey } from './keys.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

const HOME_PHASES = ['live', 'deleting', 'reopening'] as const;

export interface HomeBucket {
  readonly generation: Generation;
  readonly createdMs: number;
  /** `deleting`: partitions are being sealed. `reopening`: one was not empty, they are being unsealed. */
  readonly phase: (typeof HOME_PHASES)[number];
  /** Number of the newest attempt to delete it (the index of its log entry); 0 before the first. */
  readonly attempt: number;
}

const PARTITION_PHASES = ['live', 'sealed', 'dropped'] as const;

export interface PartitionBucket {
  readonly generation: Generation;
  readonly phase: (typeof PARTITION_PHASES)[number];
  /** The newest attempt to delete it that was heard of here: earlier ones are over. */
  readonly attempt: number;
}

const VERSION = 1;

export function readHomeBucket(kv: KvReader, bucket: string): HomeBucket | undefined {
  const bytes = kv.get(bucketKey(TABLE.homeBuckets, bucket));
  return bytes === undefined ? undefined : decodeHomeBucket(bytes);
}

export function decodeHomeBucket(bytes: Uint8Array): HomeBucket {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const generation = toHex(reader.raw(8));
  const createdMs = reader.u48();
  return { generation, createdMs, phase: HOME_PHASES[reader.u8()]!, attempt: reader.u48() };
}

export function writeHomeBucket(kv: KvWriter, bucket: string, home: HomeBucket): void {
  const writer = new ByteWriter().u8(VERSION).raw(idBytes(home.generation)).u48(home.createdMs);
  writer.u8(HOME_PHASES.indexOf(home.phase)).u48(home.attempt);
  kv.put(bucketKey(TABLE.homeBuckets, bucket), writer.finish());
}

export function readPartitionBucket(kv: KvReader, bucket: string): PartitionBucket | undefined {
  const bytes = kv.get(bucketKey(TABLE.buckets, bucket));
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const generation = toHex(reader.raw(8));
  return { generation, phase: PARTITION_PHASES[reader.u8()]!, attempt: reader.u48() };
}

export function writePartitionBucket(kv: KvWriter, bucket: string, known: PartitionBucket): void {
  const writer = new ByteWriter().u8(VERSION).raw(idBytes(known.generation));
  writer.u8(PARTITION_PHASES.indexOf(known.phase)).u48(known.attempt);
  kv.put(bucketKey(TABLE.buckets, bucket), writer.finish());
}

/** Notes at home that a generation needs work until `clearBucketWork`. */
export function noteBucketWork(kv: KvWriter, generation: Generation, bucket: string, sinceMs: number): void {
  const writer = new ByteWriter().u8(VERSION).u48(sinceMs).text(bucket);
  kv.put(tableKey(TABLE.bucketWork, idBytes(generation)), writer.finish());
}

export function clearBucketWork(kv: KvWriter, generation: Generation): void {
  kv.remove(tableKey(TABLE.bucketWork, idBytes(generation)));
}

export function hasBucketWork(kv: KvReader, generation: Generation): boolean {
  return kv.get(tableKey(TABLE.bucketWork, idBytes(generation))) !== undefined;
}

export function decodeBucketWork(bytes: Uint8Array): { readonly bucket: string; readonly sinceMs: number } {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const sinceMs = reader.u48();
  return { sinceMs, bucket: reader.text() };
}
