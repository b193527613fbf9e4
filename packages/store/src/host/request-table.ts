import { compareBytes, fromUtf8, utf8 } from '@crescendo/base';
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
const AT_OFFSET = 2;
const INDEX_OFFSET = 10;
const ID_OFFSET = 18;

/** Where a request stands in the state; its key is made anew when it is needed, since hundreds of thousands may be held. */
interface Kept {
  readonly index: number;
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
      this.kept.set(fromUtf8(key.subarray(ID_OFFSET)), {
        at: readNumber(key, AT_OFFSET),
        index: readNumber(key, INDEX_OFFSET),
      });
    }
  }

  /** The result of an applied request; undefined when it is not known. */
  find(kv: KvReader, id: string): { readonly result: unknown } | undefined {
    const kept = this.kept.get(id);
    if (kept === undefined) return undefined;
    const value = kv.get(keyOf(kept, utf8(id)));
    return value === undefined ? undefined : { result: this.codec.decode(value) };
  }

  /** Keeps a result and lets go of at most two old ones. `index` orders requests of one millisecond. */
  add(kv: KvWriter, id: string, at: number, index: number, result: unknown): void {
    const bytes = utf8(id);
    const kept = { index, at };
    kv.put(keyOf(kept, bytes), this.codec.encode(result));
    // A text of its own: one that was cut out of a message would keep the whole message.
    this.kept.set(fromUtf8(bytes), kept);
    this.evict(kv, at, 2);
  }

  private evict(kv: KvWriter, at: number, most: number): void {
    for (const [id, kept] of this.kept) {
      if (most-- === 0 || this.kept.size <= RETAINED_REQUESTS || at - kept.at < RETENTION_MS) return;
      kv.remove(keyOf(kept, utf8(id)));
      this.kept.delete(id);
    }
  }
}

/** Prefix, time (8), index (8), id. */
function keyOf({ at, index }: Kept, id: Uint8Array): Uint8Array {
  const key = new Uint8Array(ID_OFFSET + id.length);
  key.set(PREFIX);
  writeNumber(key, AT_OFFSET, at);
  writeNumber(key, INDEX_OFFSET, index);
  key.set(id, ID_OFFSET);
  return key;
}

/** Eight bytes, big-endian. */
function writeNumber(bytes: Uint8Array, offset: number, value: number): void {
  let rest = value;
  for (let i = offset + 7; i >= offset; i--) {
    bytes[i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
}

function readNumber(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = offset; i < offset + 8; i++) value = value * 0x100 + bytes[i]!;
  return value;
}

/** For tests: the keys of one state in order. */
export function requestKeys(kv: KvReader): Uint8Array[] {
  return [...kv.range({ start: PREFIX, end: END })].map(({ key }) => key.slice()).sort(compareBytes);
}
