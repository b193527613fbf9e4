/**
 * Records of buckets: in its home partition what a bucket is, in every partition what is known of it there, and the lists of
 * deletions and of changes of rules under way.
 */
import { toHex } from '@crescendo/base';
import type { KvReader, KvWriter } from '../../ports/state-store.ts';
import type { NumberedRules } from '../event-rule.ts';
import { type Generation, idBytes } from '../identifiers.ts';
import { readRules, writeRules } from './event-record.ts';
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
  /** Absent until rules are put for the first time. */
  readonly rules?: NumberedRules;
}

const PARTITION_PHASES = ['live', 'sealed', 'dropped'] as const;

export interface PartitionBucket {
  readonly generation: Generation;
  readonly phase: (typeof PARTITION_PHASES)[number];
  /** The newest attempt to delete it that was heard of here: earlier ones are over. */
  readonly attempt: number;
  /** The newest notification rules that were heard of here. */
  readonly rules?: NumberedRules;
}

const VERSION = 1;
/** Of a record with rules behind it; without rules it is written as before there were any. */
const VERSION_WITH_RULES = 2;

export function readHomeBucket(kv: KvReader, bucket: string): HomeBucket | undefined {
  const bytes = kv.get(bucketKey(TABLE.homeBuckets, bucket));
  return bytes === undefined ? undefined : decodeHomeBucket(bytes);
}

export function decodeHomeBucket(bytes: Uint8Array): HomeBucket {
  const reader = new ByteReader(bytes);
  const version = reader.version(VERSION_WITH_RULES);
  const generation = toHex(reader.raw(8));
  const createdMs = reader.u48();
  const home = { generation, createdMs, phase: HOME_PHASES[reader.u8()]!, attempt: reader.u48() };
  return version === VERSION ? home : { ...home, rules: readRules(reader) };
}

export function writeHomeBucket(kv: KvWriter, bucket: string, home: HomeBucket): void {
  const writer = new ByteWriter().u8(versionOf(home)).raw(idBytes(home.generation)).u48(home.createdMs);
  writer.u8(HOME_PHASES.indexOf(home.phase)).u48(home.attempt);
  if (home.rules !== undefined) writeRules(writer, home.rules);
  kv.put(bucketKey(TABLE.homeBuckets, bucket), writer.finish());
}

export function readPartitionBucket(kv: KvReader, bucket: string): PartitionBucket | undefined {
  const bytes = kv.get(bucketKey(TABLE.buckets, bucket));
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const version = reader.version(VERSION_WITH_RULES);
  const generation = toHex(reader.raw(8));
  const known = { generation, phase: PARTITION_PHASES[reader.u8()]!, attempt: reader.u48() };
  return version === VERSION ? known : { ...known, rules: readRules(reader) };
}

export function writePartitionBucket(kv: KvWriter, bucket: string, known: PartitionBucket): void {
  const writer = new ByteWriter().u8(versionOf(known)).raw(idBytes(known.generation));
  writer.u8(PARTITION_PHASES.indexOf(known.phase)).u48(known.attempt);
  if (known.rules !== undefined) writeRules(writer, known.rules);
  kv.put(bucketKey(TABLE.buckets, bucket), writer.finish());
}

function versionOf({ rules }: { readonly rules?: NumberedRules }): number {
  return rules === undefined ? VERSION : VERSION_WITH_RULES;
}

/** The lists of work: deletions, and rules on their way. */
type WorkTable = typeof TABLE.bucketWork | typeof TABLE.ruleWork;

/** Notes at home that a generation needs work until `clearBucketWork`. */
export function noteBucketWork(
  kv: KvWriter,
  table: WorkTable,
  generation: Generation,
  bucket: string,
  sinceMs: number,
): void {
  const writer = new ByteWriter().u8(VERSION).u48(sinceMs).text(bucket);
  kv.put(tableKey(table, idBytes(generation)), writer.finish());
}

export function clearBucketWork(kv: KvWriter, table: WorkTable, generation: Generation): void {
  kv.remove(tableKey(table, idBytes(generation)));
}

export function decodeBucketWork(bytes: Uint8Array): { readonly bucket: string; readonly sinceMs: number } {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const sinceMs = reader.u48();
  return { sinceMs, bucket: reader.text() };
}
