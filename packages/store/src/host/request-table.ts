import { compareBytes, concatBytes, fromUtf8, utf8 } from '@crescendo/base';
import type { KvReader, KvWriter } from '../ports/state-store.ts';
import type { Codec } from './ports.ts';

/**
 * Which requests a group has applied lately, and what they answered: a command that is sent again inside the system
 * (its answer was lost, the leader changed) is applied once. The table is part of the replicated state; a map in
 * memory mirrors it.
 *
 * (T1) Changes depend on the log alone: its timestamps and the order of its entries.
 * (T2) A request is kept for at least `RETENTION_MS` of the log's time and while fewer than `RETAINED_REQUESTS` follow it.
 */
export const RETENTION_MS = 120_000;
export const RETAINED_REQUESTS = 1_000;

const PREFIX = Uint8Array.of(0x00, 0x02);
const END = Uint8Array.of(0x00, 0x03);

interface Kept {
  readonly key: Uint8Array;
  readonly at: number;
}

export class RequestTable {
  private readonly kept = new Map<string, Kept>();
  private readonly codec: Codec;

  constructor(codec: Codec) {
    this.codec = codec;
  }

  /** Forgets all and reads the mirror from the state, oldest first. */
  load(kv: KvReader): void {
    this.kept.clear();
    for (const { key } of kv.range({ start: PREFIX, end: END })) {
      const copy = key.slice();
      this.kept.set(fromUtf8(copy.subarray(18)), { key: copy, at: Number(readUint64(copy, 2)) });
    }
  }

  /** The result of an applied request; undefined when it is not known. */
  find(kv: KvReader, id: string): { readonly result: unknown } | undefined {
    const kept = this.kept.get(id);
    if (kept === undefined) return undefined;
    const value = kv.get(kept.key);
    return value === undefined ? undefined : { result: this.codec.decode(value) };
  }

  /** Keeps a result and lets go of at most two old ones. `index` orders requests of one millisecond. */
  add(kv: KvWriter, id: string, at: number, index: number, result: unknown): void {
    const key = concatBytes(PREFIX, uint64(at), uint64(index), utf8(id));
    kv.put(key, this.codec.encode(result));
    this.kept.set(id, { key, at });
    this.evict(kv, at, 2);
  }

  private evict(kv: KvWriter, at: number, most: number): void {
    for (const [id, kept] of this.kept) {
      if (most-- === 0 || this.kept.size <= RETAINED_REQUESTS || at - kept.at < RETENTION_MS) return;
      kv.remove(kept.key);
      this.kept.delete(id);
    }
  }
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function readUint64(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(offset);
}

/** For tests: the keys of one state in order. */
export function requestKeys(kv: KvReader): Uint8Array[] {
  return [...kv.range({ start: PREFIX, end: END })].map(({ key }) => key.slice()).sort(compareBytes);
}
