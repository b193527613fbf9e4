/**
 * What a partition knows of buckets, decoded and kept beside its map: every read and write in a bucket asks for it.
 *
 * It does not know who else writes to the map.
 *
 * (B1) It holds what the map holds, or nothing: whoever writes a bucket's record forgets it here in the same breath, and whoever puts another
 *      map in the place of this one forgets everything.
 * (B2) Bounded: when it is full it begins anew.
 */
import type { KvReader } from '../../ports/state-store.ts';
import { type PartitionBucket, readPartitionBucket } from './bucket-record.ts';

const MAXIMUM_BUCKETS = 1_000;

export class BucketMemory {
  readonly #known = new Map<string, PartitionBucket | undefined>();

  read(kv: KvReader, bucket: string): PartitionBucket | undefined {
    const known = this.#known.get(bucket);
    if (known !== undefined || this.#known.has(bucket)) return known;
    const read = readPartitionBucket(kv, bucket);
    if (this.#known.size >= MAXIMUM_BUCKETS) this.#known.clear(); // (B2)
    this.#known.set(bucket, read);
    return read;
  }

  /** (B1) */
  forget(bucket: string): void {
    this.#known.delete(bucket);
  }

  /** (B1) */
  forgetAll(): void {
    this.#known.clear();
  }
}
