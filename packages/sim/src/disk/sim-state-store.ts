/**
 * The applied state of all groups, in memory. Writes are visible at once and durable later; the journal holds how to undo
 * what is not durable yet, so a crash can take the state back to any earlier write (D1).
 */
import { createHash } from 'node:crypto';
import { invariant } from '@crescendo/base';
import type { GroupId, KvRange, KvReader, KvWriter, StateSnapshot, StateStore } from '../ports.ts';
import { keyBytes, keyText, OrderedMap } from './ordered-map.ts';
import type { Volume } from './volume.ts';

const MAX_KEY_BYTES = 1400;
const POISON = 0xdb;

interface Undo {
  readonly group: GroupId;
  readonly key: string;
  readonly before: Uint8Array | undefined;
}

export class SimStateStore implements StateStore {
  readonly #volume: Volume;
  readonly #maps: Map<GroupId, OrderedMap>;
  /** One list of undo steps for each write that is not durable yet, oldest first. */
  #journal: Undo[][] = [];
  #writing: Undo[] | undefined;
  #generation = 0;
  #handedOut: Uint8Array[] = [];
  #openSnapshots = 0;
  #flushScheduled = false;

  constructor(volume: Volume, maps = new Map<GroupId, OrderedMap>()) {
    this.#volume = volume;
    this.#maps = maps;
  }

  reopen(): SimStateStore {
    return new SimStateStore(this.#volume, this.#maps);
  }

  /** Takes back a suffix of what was not durable. */
  crash(): void {
    const survivors = this.#volume.random.int(this.#journal.length + 1);
    for (const undos of this.#journal.splice(survivors).reverse()) this.#takeBack(undos);
    this.#journal = [];
  }

  #takeBack(undos: readonly Undo[]): void {
    for (const { group, key, before } of [...undos].reverse()) {
      const map = this.#map(group);
      if (before === undefined) map.remove(key);
      else map.put(key, before);
    }
  }

  *groups(): Iterable<GroupId> {
    for (const [group, map] of this.#maps) if (map.size > 0) yield group;
  }

  reader(group: GroupId): KvReader {
    const map = (): OrderedMap => this.#map(group);
    const handOut = (value: Uint8Array): Uint8Array => this.#handOut(value);
    const generation = (): number => this.#generation;
    return {
      get: (key) => {
        const value = map().get(keyText(checkedKey(key)));
        return value === undefined ? undefined : handOut(value);
      },
      *range(range: KvRange) {
        const born = generation();
        for (const pair of map().pairs(range)) {
          invariant(born === generation(), 'a range was read on after a write: it is valid until then only');
          yield { key: pair.key, value: handOut(pair.value) };
        }
      },
    };
  }

  write<T>(work: (writer: (group: GroupId) => KvWriter) => T): T {
    invariant(this.#writing === undefined, 'a state write inside a state write');
    const undos: Undo[] = [];
    this.#writing = undos;
    try {
      const result = work((group) => this.#writerOf(group));
      this.#journal.push(undos);
      this.#scheduleFlush();
      return result;
    } catch (error) {
      this.#touch();
      this.#takeBack(undos);
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  flush(): Promise<void> {
    const covered = this.#journal.length;
    const last = this.#journal[covered - 1];
    return new Promise((resolve) => {
      this.#volume.afterFlush(() => {
        this.#settleUpTo(last);
        resolve();
      });
    });
  }

  /** Sooner or later everything reaches the disk without being asked for. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#volume.afterFlush(() => {
      this.#flushScheduled = false;
      this.#settleUpTo(this.#journal.at(-1));
    }, 500);
  }

  #settleUpTo(last: Undo[] | undefined): void {
    const index = last === undefined ? -1 : this.#journal.indexOf(last);
    this.#journal.splice(0, index + 1);
  }

  snapshot(group: GroupId): StateSnapshot {
    const frozen = this.#map(group).copy();
    this.#openSnapshots++;
    let closed = false;
    const view = (): OrderedMap => {
      invariant(!closed, `the snapshot of group ${group} was closed`);
      return frozen;
    };
    return {
      get: (key) => view().get(keyText(key))?.slice(),
      range: (range) => view().pairs(range),
      close: () => {
        if (!closed) this.#openSnapshots--;
        closed = true;
      },
    };
  }

  /** Snapshots that nobody closed. */
  get openSnapshots(): number {
    return this.#openSnapshots;
  }

  clear(group: GroupId): void {
    invariant(this.#writing === undefined, 'a group is cleared inside a state write');
    this.write((writer) => {
      const map = writer(group);
      for (const key of [...this.#map(group).keys()]) map.remove(keyBytes(key));
    });
  }

  rename(from: GroupId, to: GroupId): void {
    this.write((writer) => {
      const source = this.#map(from);
      const [fromMap, toMap] = [writer(from), writer(to)];
      for (const key of [...this.#map(to).keys()]) toMap.remove(keyBytes(key));
      for (const key of [...source.keys()]) {
        toMap.put(keyBytes(key), source.get(key)!);
        fromMap.remove(keyBytes(key));
      }
    });
  }

  bytes(): number {
    let total = 0;
    for (const map of this.#maps.values()) {
      for (const key of map.keys()) total += key.length + map.get(key)!.length;
    }
    return total;
  }

  /** One text for all that a group holds; equal contents give equal texts. */
  contentHash(group: GroupId): string {
    const hash = createHash('md5');
    const map = this.#map(group);
    for (const key of map.keys()) {
      const value = map.get(key)!;
      hash.update(`${key.length} ${value.length} `).update(key, 'latin1').update(value);
    }
    return hash.digest('hex');
  }

  async close(): Promise<void> {
    await this.flush();
  }

  #map(group: GroupId): OrderedMap {
    let map = this.#maps.get(group);
    if (map === undefined) {
      map = new OrderedMap();
      this.#maps.set(group, map);
    }
    return map;
  }

  #writerOf(group: GroupId): KvWriter {
    const writing = this.#writing;
    const record = (key: string, change: (map: OrderedMap) => Uint8Array | undefined): void => {
      invariant(
        writing !== undefined && this.#writing === writing,
        `group ${group} is written outside its write`,
      );
      this.#touch();
      writing.push({ group, key, before: change(this.#map(group)) });
    };
    return {
      ...this.reader(group),
      put: (key, value) => {
        const copy = value.slice(); // (D2)
        record(keyText(checkedKey(key)), (map) => map.put(keyText(key), copy));
      },
      remove: (key) => record(keyText(checkedKey(key)), (map) => map.remove(keyText(key))),
    };
  }

  #handOut(value: Uint8Array): Uint8Array {
    if (!this.#volume.poisonsReads) return value.slice();
    const copy = value.slice();
    this.#handedOut.push(copy);
    return copy;
  }

  /** A write makes everything that was handed out invalid. */
  #touch(): void {
    this.#generation++;
    if (this.#handedOut.length === 0) return;
    for (const bytes of this.#handedOut) bytes.fill(POISON);
    this.#handedOut = [];
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  invariant(
    key.length <= MAX_KEY_BYTES,
    `a key of ${key.length} bytes: at most ${MAX_KEY_BYTES} are allowed`,
  );
  return key;
}
