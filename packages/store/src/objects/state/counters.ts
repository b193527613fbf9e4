/** What a partition holds, kept up to date by every command, so that asking costs one read. */
import type { KvReader, KvWriter } from '../../ports/state-store.ts';
import { TABLE, tableKey } from './keys.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

export interface PartitionCounters {
  readonly objects: number;
  /** Bytes of objects whose keys belong here, wherever their chunks lie. */
  readonly objectBytes: number;
  /** Bytes of objects and parts kept in this partition's map. */
  readonly inlineBytes: number;
  /** Chunks registered here, of objects that may belong elsewhere. */
  readonly chunks: number;
  readonly chunkBytes: number;
}

const VERSION = 1;
const NAMES = ['objects', 'objectBytes', 'inlineBytes', 'chunks', 'chunkBytes'] as const;

export function readCounters(kv: KvReader): PartitionCounters {
  const bytes = kv.get(tableKey(TABLE.counters));
  const reader = bytes === undefined ? undefined : new ByteReader(bytes);
  reader?.version(VERSION);
  const next = (): number => reader?.varint() ?? 0;
  return { objects: next(), objectBytes: next(), inlineBytes: next(), chunks: next(), chunkBytes: next() };
}

/** What one command changes in them, gathered so that the record is written once. */
export type CounterChange = { -readonly [Name in keyof PartitionCounters]: number };

export function noChange(): CounterChange {
  return { objects: 0, objectBytes: 0, inlineBytes: 0, chunks: 0, chunkBytes: 0 };
}

export function addChange(to: CounterChange, change: Partial<PartitionCounters>): void {
  for (const name of NAMES) to[name] += change[name] ?? 0;
}

export function writeChange(kv: KvWriter, change: CounterChange): void {
  if (NAMES.every((name) => change[name] === 0)) return;
  const counters = readCounters(kv);
  const writer = new ByteWriter().u8(VERSION);
  for (const name of NAMES) writer.varint(counters[name] + change[name]);
  kv.put(tableKey(TABLE.counters), writer.finish());
}
