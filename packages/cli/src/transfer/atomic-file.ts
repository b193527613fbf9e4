/**
 * A file that appears under its name whole or not at all: it is written beside its place under another name, synced and renamed.
 *
 * (A1) Until `commit` resolves, what stood under the name before stays as it was.
 * (A2) After `discard` nothing of it is left, unless it was committed.
 */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export class AtomicFile {
  readonly path: string;
  readonly #temporaryPath: string;
  readonly #handle: FileHandle;
  #closed = false;

  private constructor(path: string, temporaryPath: string, handle: FileHandle) {
    this.path = path;
    this.#temporaryPath = temporaryPath;
    this.#handle = handle;
  }

  /** Makes the folders above when they are missing. */
  static async create(path: string): Promise<AtomicFile> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    // Not made from the file's own name: that may already be as long as the file system allows.
    const temporaryPath = join(folder, `.crescendo-${randomBytes(8).toString('hex')}.part`);
    return new AtomicFile(path, temporaryPath, await open(temporaryPath, 'wx'));
  }

  async append(piece: Uint8Array): Promise<void> {
    let written = 0;
    while (written < piece.length) {
      const { bytesWritten } = await this.#handle.write(piece, written);
      written += bytesWritten;
    }
  }

  async commit(): Promise<void> {
    await this.#handle.sync();
    await this.#close();
    await rename(this.#temporaryPath, this.path); // (A1)
    await syncFolder(dirname(this.path));
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#temporaryPath, { force: true }); // (A2)
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }
}

/** Without it the new name may be lost with the power. Some file systems cannot do it; their renames are then as good as they get. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!(error instanceof Error) || !/EINVAL|EPERM|ENOTSUP|EISDIR/.test(error.message)) throw error;
  } finally {
    await handle.close();
  }
}
