/**
 * Chunks as files, one each, in hashed sub-folders, as format 1 of the data folder wrote them. They are read, checked and removed here; none is
 * written any more.
 *
 * (K1) The index in memory is read from the folders' names at the start, without opening a file.
 * (K2) A damaged file is moved to `quarantine`, where the newest few stay for whoever wants to know why.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { ChunkName } from '@crescendo/store';
import { readFullySync, systemCode } from '../durable-file.ts';
import type { BlockRange } from './block-reads.ts';
import type { OpenFile, OpenFiles } from './open-files.ts';
import {
  fileBytes,
  fileName,
  parseFileName,
  parseTrailer,
  SUB_FOLDERS,
  subFolder,
  trailerBytes,
} from './plain-format.ts';

const QUARANTINED_FILES = 16;

export class PlainChunks {
  readonly sizes = new Map<ChunkName, number>();
  readonly #folder: string;
  readonly #files: OpenFiles;
  readonly #removing = new Set<Promise<void>>();

  constructor(folder: string, files: OpenFiles) {
    this.#folder = folder;
    this.#files = files;
    // What a crash left half written was never acknowledged.
    fs.rmSync(join(folder, 'incoming'), { recursive: true, force: true });
    for (const name of SUB_FOLDERS) this.#readNames(join(folder, name));
  }

  /** Bytes that all of them take. */
  bytes(): number {
    let bytes = 0;
    for (const size of this.sizes.values()) bytes += fileBytes(size);
    return bytes;
  }

  bytesOf(name: ChunkName): number {
    return fileBytes(this.sizes.get(name)!);
  }

  acquire(name: ChunkName): OpenFile {
    return this.#files.acquire(this.#path(name));
  }

  /** undefined: its trailer is damaged. */
  range(name: ChunkName, { fd }: OpenFile): BlockRange | undefined {
    const size = this.sizes.get(name)!;
    const trailer = Buffer.alloc(trailerBytes(size));
    const whole = readFullySync(fd, trailer, size) === trailer.length;
    const sums = whole ? parseTrailer(trailer, size) : undefined;
    return sums === undefined ? undefined : { fd, start: 0, size, sums };
  }

  remove(name: ChunkName): void {
    const path = this.#path(name);
    this.#forget(name, path);
    const removal = fs.promises
      .unlink(path)
      .catch(() => undefined)
      .finally(() => this.#removing.delete(removal));
    this.#removing.add(removal);
  }

  /** (K2) */
  putAside(name: ChunkName): void {
    const path = this.#path(name);
    const target = fileName(name, this.sizes.get(name)!);
    this.#forget(name, path);
    const folder = join(this.#folder, 'quarantine');
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.renameSync(path, join(folder, target));
      keepNewest(folder);
    } catch (error) {
      // A file that has vanished needs no quarantine.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#removing);
  }

  #forget(name: ChunkName, path: string): void {
    this.sizes.delete(name);
    this.#files.forget(path);
  }

  #path(name: ChunkName): string {
    return join(this.#folder, subFolder(name), fileName(name, this.sizes.get(name)!));
  }

  #readNames(folder: string): void {
    if (!fs.existsSync(folder)) return;
    const files = fs.readdirSync(folder);
    for (const file of files) {
      const parsed = parseFileName(file);
      if (parsed !== undefined) this.sizes.set(parsed.name, parsed.size);
    }
    if (files.length === 0) fs.rmdirSync(folder);
  }
}

function keepNewest(folder: string): void {
  const files = fs
    .readdirSync(folder)
    .map((file) => ({ file, since: fs.statSync(join(folder, file)).ctimeMs }));
  files.sort((a, b) => b.since - a.since);
  for (const { file } of files.slice(QUARANTINED_FILES)) fs.rmSync(join(folder, file), { force: true });
}
