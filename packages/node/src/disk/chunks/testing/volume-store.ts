import * as fs from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { type ChunkVolumeOptions, type ChunkVolumes, openChunks } from '../chunk-volumes.ts';

const CAPACITY = { capacityBytes: 2 ** 30, reserveBytes: 2 ** 20 };

/** A store in a folder of its own that can be closed, damaged and opened again. */
export class VolumeStore {
  readonly folder = temporaryFolder();
  chunks: ChunkVolumes;
  readonly #options: Partial<ChunkVolumeOptions>;

  constructor(options: Partial<ChunkVolumeOptions> = {}) {
    this.#options = options;
    this.chunks = this.open();
  }

  open(path = this.folder.path): ChunkVolumes {
    return openChunks({ folder: path, ...CAPACITY, ...this.#options });
  }

  /** Between the two `change` may do to the files what it likes. */
  async reopen(change: () => void = () => {}): Promise<ChunkVolumes> {
    await this.chunks.close();
    change();
    this.chunks = this.open();
    return this.chunks;
  }

  files(ending: 'volume' | 'index'): string[] {
    const folder = join(this.folder.path, 'volumes');
    if (!fs.existsSync(folder)) return [];
    const names = fs.readdirSync(folder).filter((name) => name.endsWith(`.${ending}`));
    return names.sort().map((name) => join(folder, name));
  }

  bytesOnDisk(): number {
    return this.files('volume').reduce((sum, path) => sum + fs.statSync(path).size, 0);
  }

  async dispose(): Promise<void> {
    await this.chunks.close();
    this.folder.remove();
  }
}

/** Where `bytes` lie in the file. */
export function positionOf(path: string, bytes: Uint8Array): number {
  const at = fs.readFileSync(path).indexOf(bytes);
  if (at < 0) throw new Error(`${path} does not hold these ${bytes.length} bytes`);
  return at;
}

export function flip(path: string, at: number): void {
  const bytes = fs.readFileSync(path);
  bytes[at] = bytes[at]! ^ 0x40;
  fs.writeFileSync(path, bytes);
}

/** For what happens in the background; a test that waits in vain is ended by its runner. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
