/**
 * Files that are open for reading, the most recently used ones kept open.
 *
 * (O1) A descriptor that is being read is closed only after the last reader has let go of it: a closed number may be given to
 *      another file at once.
 */
import * as fs from 'node:fs';

export interface OpenFile {
  readonly fd: number;
}

interface Slot extends OpenFile {
  readers: number;
  doomed: boolean;
}

export class OpenFiles {
  readonly #limit: number;
  /** By path, in the order of use, oldest first. */
  readonly #slots = new Map<string, Slot>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Must be followed by `release`. Throws what the system says. */
  acquire(path: string): OpenFile {
    const slot = this.#slots.get(path) ?? { fd: fs.openSync(path, 'r'), readers: 0, doomed: false };
    this.#slots.delete(path);
    this.#slots.set(path, slot);
    slot.readers += 1;
    this.#shrink();
    return slot;
  }

  release(file: OpenFile): void {
    const slot = file as Slot;
    slot.readers -= 1;
    if (slot.doomed && slot.readers === 0) fs.closeSync(slot.fd);
  }

  /** The file is gone, or replaced. */
  forget(path: string): void {
    const slot = this.#slots.get(path);
    if (slot === undefined) return;
    this.#slots.delete(path);
    slot.doomed = true;
    if (slot.readers === 0) fs.closeSync(slot.fd);
  }

  close(): void {
    for (const path of [...this.#slots.keys()]) this.forget(path);
  }

  #shrink(): void {
    for (const [path, slot] of this.#slots) {
      if (this.#slots.size <= this.#limit) return;
      if (slot.readers === 0) this.forget(path);
    }
  }
}
