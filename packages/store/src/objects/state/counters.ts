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

export function addToCounters(kv: KvWriter, change: Partial<PartitionCounters>): void {
  const counters = readCounters(kv);
  const writer = new ByteWriter().u8(VERSION);
  for (const name of NAMES) writer.varint(counters[name] + (change[name] ?? 0));
  kv.put(tableKey(TABLE.counters), writer.finish());
}
