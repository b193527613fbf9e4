/** What is being moved to one node, or led away by it, at one time. */
export interface MovesUnderWay {
  readonly count: number;
  /** Of one replica of each partition. */
  readonly bytes: number;
}

/** So many moves a node takes part in whatever their size, */
const ALWAYS = 2;
/** and further ones up to this number, */
const MOST = 16;
/** while all together are not larger than this: small partitions cost round trips, not the disk. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Whether a node may take part in one more move, of a partition of this size. */
export function hasRoom({ count, bytes }: MovesUnderWay, moreBytes: number): boolean {
  return count < ALWAYS || (count < MOST && bytes + moreBytes <= MOST_BYTES);
}
