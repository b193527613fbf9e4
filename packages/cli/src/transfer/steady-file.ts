/**
 * A file that is read while others may write to it: it is taken whole as it was when it was opened, or not at all.
 *
 * (F1) `read` gives exactly the bytes asked for or fails; `assertUnchanged` fails when size or time of change differ from the opening.
 */

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { CommandFailure } from '../failures.ts';

export class SteadyFile {
  readonly bytes: number;
  readonly #handle: FileHandle;
  readonly #changedNs: bigint;

  private constructor(handle: FileHandle, bytes: number, changedNs: bigint) {
    this.#handle = handle;
    this.bytes = bytes;
    this.#changedNs = changedNs;
  }

  static async open(path: string): Promise<SteadyFile> {
    const handle = await open(path, 'r');
    try {
      const found = await handle.stat({ bigint: true });
      return new SteadyFile(handle, Number(found.size), found.mtimeNs);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, start + filled);
      if (bytesRead === 0) throw changed(`it became shorter than ${this.bytes} bytes`); // (F1)
      filled += bytesRead;
    }
    return buffer;
  }

  async assertUnchanged(): Promise<void> {
    const now = await this.#handle.stat({ bigint: true });
    if (Number(now.size) !== this.bytes)
      throw changed(`its size went from ${this.bytes} to ${now.size} bytes`);
    if (now.mtimeNs !== this.#changedNs) throw changed('it was written to');
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function changed(how: string): CommandFailure {
  return new CommandFailure(
    `it changed while it was being read (${how}): upload it again when nothing writes to it`,
  );
}
