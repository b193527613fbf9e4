/**
 * Gives the room of removed chunks back: what is still wanted of a volume is appended to the newest one, and the volume is deleted.
 *
 * (G1) A volume is deleted only when the store points to nothing in it: every copy is durable before.
 * (G2) A record that can't be read is not copied, and its volume stays until the record has been found damaged by a read.
 * (G3) Copies go into the reserve, never past the capacity: a volume whose copy would not fit is passed over.
 */
import type { Volume } from './volume.ts';

export interface CompactionHooks {
  /** Sealed volumes. */
  volumes(): Iterable<Volume>;
  /** Copies what is wanted; false when something could not be copied. */
  move(volume: Volume): Promise<boolean>;
  delete(volume: Volume): void;
  /** Bytes that may be written now, the reserve included. */
  freeBytes(): number;
  /** True while there is less room on the disk than what was promised. */
  isShort(): boolean;
  /** Seals the volume that is being appended to, when there is garbage in it. */
  seal(): Promise<void>;
}

export class VolumeCompaction {
  readonly #hooks: CompactionHooks;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(hooks: CompactionHooks) {
    this.#hooks = hooks;
  }

  /** Something was removed, or a volume was sealed. */
  consider(volume: Volume): void {
    if (isWorthIt(volume)) void this.#start(isWorthIt);
  }

  /** Resolves when the promised room is there, or can't be made. */
  async makeRoom(): Promise<void> {
    if (!this.#hooks.isShort()) return;
    await this.#hooks.seal();
    while (this.#running !== undefined) await this.#running;
    await this.#start(({ garbageBytes }) => garbageBytes > 0 && this.#hooks.isShort());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  #start(wanted: (volume: Volume) => boolean): Promise<void> {
    this.#running ??= this.#run(wanted);
    return this.#running;
  }

  async #run(wanted: (volume: Volume) => boolean): Promise<void> {
    // What is considered in this turn is seen too.
    await Promise.resolve();
    for (;;) {
      const volume = this.#closed ? undefined : this.#next(wanted);
      if (volume === undefined) {
        this.#running = undefined;
        return;
      }
      volume.stuck = !(await this.#empty(volume));
    }
  }

  /** False when it must stay as it is. */
  async #empty(volume: Volume): Promise<boolean> {
    try {
      const moved = await this.#hooks.move(volume); // (G2)
      if (volume.live.size === 0) this.#hooks.delete(volume); // (G1)
      return moved;
    } catch {
      // A full or failing disk; the next removal is a new try.
      return false;
    }
  }

  /** The one with the most garbage. */
  #next(wanted: (volume: Volume) => boolean): Volume | undefined {
    const free = this.#hooks.freeBytes();
    let best: Volume | undefined;
    for (const volume of this.#hooks.volumes()) {
      if (volume.stuck || !wanted(volume) || volume.liveBytes > free) continue; // (G3)
      if (best === undefined || volume.garbageBytes > best.garbageBytes) best = volume;
    }
    return best;
  }
}

/** Copying costs no more than what it frees. */
function isWorthIt({ liveBytes, garbageBytes }: Volume): boolean {
  return garbageBytes > 0 && garbageBytes >= liveBytes;
}
