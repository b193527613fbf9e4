/**
 * How much room the node has, and when to refuse new chunks: before the disk is full, so that the log, on which every
 * agreement rests, can still be written.
 */
import * as fs from 'node:fs';
import { Failure } from '@crescendo/base';
import type { DiskUsage } from '@crescendo/store';

export interface DiskSpaceOptions {
  /** A folder on the volume. */
  readonly folder: string;
  /** What the operator allows the node to use; default: what the volume has. */
  readonly capacityBytes?: number;
  /** Kept free for the log and the state. Default: 5 % of the capacity, at most 1 GiB. */
  readonly reserveBytes?: number;
  /** Bytes of the log and of the state, which share the capacity. */
  readonly extraUsedBytes?: () => number;
  /** Size and free bytes of the volume; tests replace it. */
  readonly volume?: () => { readonly sizeBytes: number; readonly freeBytes: number };
}

const MAX_RESERVE_BYTES = 2 ** 30;
/** With less room than one large chunk the node calls itself full. */
const FULL_BYTES = 4 * 2 ** 20 + 4096;

export function diskFull(): Failure<'DiskFull'> {
  return new Failure(
    'DiskFull',
    'the volume of this node is full; add nodes, delete objects or enlarge the volume',
    {
      retryable: true,
    },
  );
}

export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  #chunkBytes = 0;
  #garbageBytes = 0;
  #claimedBytes = 0;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
  }

  usage(): DiskUsage {
    const { capacityBytes, usedBytes, heldBytes, reserveBytes, roomBytes } = this.#measure();
    return { capacityBytes, usedBytes, heldBytes, full: roomBytes < Math.min(FULL_BYTES, reserveBytes) };
  }

  /** Sets room aside for a chunk that is being written. Throws `DiskFull`. */
  claim(bytes: number): void {
    if (bytes > this.#measure().roomBytes) throw diskFull();
    this.#claimedBytes += bytes;
  }

  /** The end of a claim; `keptBytes`: what is on the disk now. */
  settle(claimedBytes: number, keptBytes: number): void {
    this.#claimedBytes -= claimedBytes;
    this.#chunkBytes += keptBytes;
  }

  add(bytes: number): void {
    this.#chunkBytes += bytes;
  }

  /** Bytes that nobody wants and that are still on the disk: they count as free, but must be given back before they are used. */
  addGarbage(bytes: number): void {
    this.#garbageBytes += bytes;
  }

  /** True while what was claimed is not free on the disk yet. */
  isShort(): boolean {
    return this.#measure().bareBytes < 0;
  }

  /** Bytes that may be written now, the reserve included and claims left out. */
  freeBytes(): number {
    const { bareBytes, reserveBytes } = this.#measure();
    return bareBytes + reserveBytes + this.#claimedBytes;
  }

  #measure() {
    const volume = (this.#options.volume ?? (() => volumeOf(this.#options.folder)))();
    const own = this.#chunkBytes + (this.#options.extraUsedBytes?.() ?? 0);
    const garbage = this.#garbageBytes;
    const isLimited = this.#options.capacityBytes !== undefined;
    const capacityBytes = this.#options.capacityBytes ?? volume.sizeBytes;
    const usedBytes = isLimited ? own : volume.sizeBytes - volume.freeBytes - garbage;
    const reserveBytes = this.#options.reserveBytes ?? Math.min(0.05 * capacityBytes, MAX_RESERVE_BYTES);
    const promised = reserveBytes + this.#claimedBytes;
    return {
      capacityBytes,
      usedBytes,
      heldBytes: own,
      reserveBytes,
      roomBytes: Math.min(capacityBytes - usedBytes, volume.freeBytes + garbage) - promised,
      bareBytes: Math.min(capacityBytes - usedBytes - garbage, volume.freeBytes) - promised,
    };
  }
}

function volumeOf(folder: string): { sizeBytes: number; freeBytes: number } {
  const { bsize, blocks, bavail } = fs.statfsSync(folder);
  return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail };
}
