/**
 * Which prefix each group's keys have, kept in memory and in the database under prefix 0.
 *
 * (P1) A change here is part of the layer of writes that it is made in: it becomes durable, or is undone, with it.
 */
import type { GroupId } from '@crescendo/store';
import {
  doomedKey,
  fullKey,
  groupKey,
  keyBytes,
  keyText,
  NEXT_PREFIX_KEY,
  parseOwnKey,
} from './key-space.ts';
import { encodeStored } from './stored-value.ts';
import type { WriteLayer } from './write-layer.ts';

/** Rows of the database between two full keys. */
export type RowScanner = (
  start: string,
  end: string,
) => Iterable<{ readonly key: string; readonly value: Buffer }>;

/** Keys that one step of removing a doomed prefix takes. */
const DOOMED_STEP = 500;
const NOTHING = new Uint8Array(0);

export class GroupPrefixes {
  readonly #scan: RowScanner;
  readonly #prefixes = new Map<GroupId, number>();
  /** Doomed prefix -> generation of the layer that doomed it. */
  readonly #doomed = new Map<number, number>();
  #next = 1;
  #claimed: GroupId[] = [];

  constructor(scan: RowScanner) {
    this.#scan = scan;
    for (const { key, value } of scan('\0\0\0\0', '\0\0\0\x01')) {
      const own = parseOwnKey(key);
      if (own?.kind === 'group') this.#prefixes.set(own.id, value.readUInt32BE(0));
      if (own?.kind === 'doomed') this.#doomed.set(own.prefix, 0);
      if (key === NEXT_PREFIX_KEY) this.#next = value.readUInt32BE(0);
    }
  }

  groups(): Iterable<GroupId> {
    return [...this.#prefixes.keys()];
  }

  of(id: GroupId): number | undefined {
    return this.#prefixes.get(id);
  }

  /** Start of a write; the result takes back what it claims. */
  begin(): () => void {
    const claimed: GroupId[] = [];
    const next = this.#next;
    this.#claimed = claimed;
    return () => {
      for (const id of claimed) this.#prefixes.delete(id);
      this.#next = next;
    };
  }

  /** The group's prefix, a new one when it has none. */
  claim(id: GroupId, layer: WriteLayer): number {
    const known = this.#prefixes.get(id);
    if (known !== undefined) return known;
    const prefix = this.#next++;
    this.#prefixes.set(id, prefix);
    this.#claimed.push(id);
    record(layer, groupKey(id), number32(prefix));
    record(layer, NEXT_PREFIX_KEY, number32(this.#next));
    return prefix;
  }

  /** Gives `to` the prefix of `from`; what `to` had is doomed. */
  rename(from: GroupId, to: GroupId, layer: WriteLayer): void {
    if (from === to) return;
    this.doom(to, layer);
    const prefix = this.#prefixes.get(from);
    if (prefix === undefined) return;
    this.#prefixes.delete(from);
    this.#prefixes.set(to, prefix);
    layer.set(groupKey(from), null);
    record(layer, groupKey(to), number32(prefix));
  }

  doom(id: GroupId, layer: WriteLayer): void {
    const prefix = this.#prefixes.get(id);
    if (prefix === undefined) return;
    this.#prefixes.delete(id);
    this.#doomed.set(prefix, layer.generation);
    layer.set(groupKey(id), null);
    record(layer, doomedKey(prefix), NOTHING);
  }

  /** Puts the removal of some doomed keys into the layer; `committed`: the newest layer that the database holds. */
  removeDoomed(committed: number, layer: WriteLayer): void {
    for (const [prefix, since] of this.#doomed) {
      if (since > committed) continue;
      let removed = 0;
      for (const { key } of this.#scan(prefixText(prefix), prefixText(prefix + 1))) {
        layer.set(key, null);
        removed += 1;
        if (removed >= DOOMED_STEP) return;
      }
      if (removed > 0) return;
      this.#doomed.delete(prefix);
      layer.set(doomedKey(prefix), null);
    }
  }
}

function prefixText(prefix: number): string {
  return keyText(fullKey(prefix, NOTHING));
}

function record(layer: WriteLayer, key: string, value: Uint8Array): void {
  layer.set(key, encodeStored(keyBytes(key), value));
}

function number32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
