/**
 * Chunks as files, one each, in hashed sub-folders.
 *
 * (K1) A file gets its final name only after its bytes are durable; `write` resolves after the name is durable too.
 * (K2) The index in memory names exactly the files that are whole as far as is known: it is read from the folders' names at the
 *      start, without opening a file.
 * (K3) No byte is handed out whose block was not checked. A damaged file is moved to `quarantine`, where the newest few stay
 *      for whoever wants to know why; the chunk is then missing here, and repaired from another node.
 * (K4) A name is written again only after the deletion of its old file has ended.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure, invariant, messageOf } from '@crescendo/base';
import type { ChunkName, ChunkRead, ChunkStore, DiskUsage } from '@crescendo/store';
import {
  FILE_MODE,
  FOLDER_MODE,
  makeFolderSync,
  readFully,
  readFullySync,
  syncData,
  syncFolderSync,
  systemCode,
  writeFully,
} from '../durable-file.ts';
import { ChunkDescriptors, type OpenChunk } from './chunk-descriptors.ts';
import {
  BLOCK_BYTES,
  blocksAreWhole,
  encodeTrailer,
  fileBytes,
  fileName,
  isChunkName,
  parseFileName,
  SUB_FOLDERS,
  subFolder,
} from './chunk-format.ts';
import { DiskSpace, type DiskSpaceOptions, diskFull } from './disk-space.ts';
import { FolderSync } from './folder-sync.ts';

export interface ChunkFileOptions extends DiskSpaceOptions {
  /** Descriptors kept open. Default 512. */
  readonly maxOpenFiles?: number;
}

export type ChunkFailureCode = 'DiskFull' | 'ChunkWriteFailed' | 'ChunkConflict' | 'ChunksClosed';

/** Up to here reading on the main thread costs less than the way to another one. */
const SYNC_READ_BYTES = 256 * 1024;
const VERIFY_BYTES = 16 * BLOCK_BYTES;
const QUARANTINED_FILES = 16;

const openFile = promisify(fs.open);
const closeFile = promisify(fs.close);
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);

export function openChunks(options: ChunkFileOptions): ChunkFileStore {
  makeFolderSync(options.folder);
  const missing = ['incoming', 'quarantine', ...SUB_FOLDERS].filter(
    (name) => !fs.existsSync(join(options.folder, name)),
  );
  for (const name of missing) fs.mkdirSync(join(options.folder, name), { mode: FOLDER_MODE });
  if (missing.length > 0) syncFolderSync(options.folder);
  // What a crash left half written was never acknowledged.
  for (const name of fs.readdirSync(join(options.folder, 'incoming'))) {
    fs.rmSync(join(options.folder, 'incoming', name), { force: true });
  }
  return new ChunkFileStore(options);
}

export class ChunkFileStore implements ChunkStore {
  readonly #folder: string;
  /** (K2): name -> size. */
  readonly #sizes = new Map<ChunkName, number>();
  readonly #space: DiskSpace;
  readonly #descriptors: ChunkDescriptors;
  readonly #folders = new FolderSync();
  readonly #writing = new Map<ChunkName, Promise<void>>();
  readonly #removing = new Map<ChunkName, Promise<void>>();
  #incoming = 0;
  #closed = false;

  /** Use `openChunks`. */
  constructor(options: ChunkFileOptions) {
    this.#folder = options.folder;
    this.#space = new DiskSpace(options);
    this.#descriptors = new ChunkDescriptors(options.maxOpenFiles ?? 512);
    this.#readNames();
  }

  async write(name: ChunkName, bytes: Uint8Array): Promise<void> {
    invariant(
      isChunkName(name),
      `${JSON.stringify(name)} is no name of a chunk: letters, digits, - and . are allowed`,
    );
    if (this.#closed) throw new Failure('ChunksClosed', 'the chunk store is closed; the node is stopping');
    await this.#removing.get(name);
    const other = this.#writing.get(name);
    if (other !== undefined) {
      await other;
      return this.write(name, bytes);
    }
    const known = this.#sizes.get(name);
    if (known === bytes.length) return;
    if (known !== undefined) {
      throw new Failure(
        'ChunkConflict',
        `chunk ${name} is here with ${known} bytes, and must not get ${bytes.length}`,
      );
    }
    const writing = this.#create(name, bytes);
    this.#writing.set(name, writing);
    await writing.finally(() => this.#writing.delete(name));
  }

  async read(name: ChunkName, offset: number, length: number, into?: Uint8Array): Promise<ChunkRead> {
    const size = this.#sizes.get(name);
    if (size === undefined) return { ok: false, reason: 'missing' };
    const end = Math.min(size, offset + length);
    if (offset >= end) return { ok: true, bytes: new Uint8Array(0) };
    return this.#checked(name, size, async (chunk) => {
      const firstBlock = Math.floor(offset / BLOCK_BYTES);
      const from = firstBlock * BLOCK_BYTES;
      const to = Math.min(size, Math.ceil(end / BLOCK_BYTES) * BLOCK_BYTES);
      const bytes = bufferFor(to - from, into);
      const count =
        bytes.length <= SYNC_READ_BYTES
          ? readFullySync(chunk.fd, bytes, from)
          : await readFully(chunk.fd, bytes, from);
      if (count < bytes.length || !blocksAreWhole(bytes, firstBlock, chunk.sums)) return undefined;
      return bytes.subarray(offset - from, end - from);
    });
  }

  size(name: ChunkName): number | undefined {
    return this.#sizes.get(name);
  }

  async verify(name: ChunkName): Promise<'ok' | 'missing' | 'damaged'> {
    const size = this.#sizes.get(name);
    if (size === undefined) return 'missing';
    const result = await this.#checked(name, size, async (chunk) => {
      const buffer = Buffer.allocUnsafe(Math.min(size, VERIFY_BYTES));
      for (let at = 0; at < size; at += VERIFY_BYTES) {
        const piece = buffer.subarray(0, Math.min(VERIFY_BYTES, size - at));
        const count = await readFully(chunk.fd, piece, at);
        if (count < piece.length || !blocksAreWhole(piece, at / BLOCK_BYTES, chunk.sums)) return undefined;
      }
      return new Uint8Array(0);
    });
    return result.ok ? 'ok' : result.reason;
  }

  remove(name: ChunkName): void {
    // A write that is on its way must not bring the chunk back.
    this.#writing.get(name)?.then(
      () => this.remove(name),
      () => undefined,
    );
    const size = this.#sizes.get(name);
    if (size === undefined) return;
    this.#forget(name, size);
    const removal = unlink(this.#path(name, size))
      .catch(() => undefined)
      .finally(() => this.#removing.delete(name));
    this.#removing.set(name, removal);
  }

  names(): Iterable<ChunkName> {
    return this.#sizes.keys();
  }

  usage(): DiskUsage {
    return this.#space.usage();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#writing.values(), ...this.#removing.values()]);
    this.#descriptors.close();
  }

  async #create(name: ChunkName, bytes: Uint8Array): Promise<void> {
    const total = fileBytes(bytes.length);
    this.#space.claim(total);
    const temporary = join(this.#folder, 'incoming', String(this.#incoming++));
    let kept = false;
    try {
      await writeNewFile(temporary, bytes);
      await rename(temporary, this.#path(name, bytes.length));
      await this.#folders.sync(join(this.#folder, subFolder(name)));
      kept = true;
      this.#sizes.set(name, bytes.length);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      if (['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')) throw diskFull();
      throw new Failure('ChunkWriteFailed', `writing chunk ${name} failed: ${messageOf(error)}`, {
        retryable: true,
        cause: error,
      });
    } finally {
      this.#space.settle(total, kept);
    }
  }

  /** Runs `read` on the open chunk; what it finds damaged, or what can't be read, is taken out of the store. (K3) */
  async #checked(
    name: ChunkName,
    size: number,
    read: (chunk: OpenChunk) => Promise<Uint8Array | undefined>,
  ): Promise<ChunkRead> {
    let chunk: OpenChunk | 'damaged' = 'damaged';
    let bytes: Uint8Array | undefined;
    try {
      chunk = this.#descriptors.acquire(name, this.#path(name, size), size);
      if (chunk !== 'damaged') bytes = await read(chunk);
    } catch (error) {
      const code = systemCode(error);
      // The disk says that the bytes are lost; anything else is trouble of the process.
      if (code !== 'EIO' && code !== 'ENOENT') throw error;
    } finally {
      if (chunk !== 'damaged') this.#descriptors.release(chunk);
    }
    if (bytes !== undefined) return { ok: true, bytes };
    if (this.#sizes.get(name) !== size) return { ok: false, reason: 'missing' };
    this.#quarantine(name, size);
    return { ok: false, reason: 'damaged' };
  }

  #quarantine(name: ChunkName, size: number): void {
    this.#forget(name, size);
    const folder = join(this.#folder, 'quarantine');
    try {
      fs.renameSync(this.#path(name, size), join(folder, fileName(name, size)));
      const files = fs
        .readdirSync(folder)
        .map((file) => ({ file, since: fs.statSync(join(folder, file)).ctimeMs }));
      files.sort((a, b) => b.since - a.since);
      for (const { file } of files.slice(QUARANTINED_FILES)) fs.rmSync(join(folder, file), { force: true });
    } catch (error) {
      // A file that has vanished needs no quarantine.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }

  #forget(name: ChunkName, size: number): void {
    this.#sizes.delete(name);
    this.#descriptors.forget(name);
    this.#space.add(-fileBytes(size));
  }

  #path(name: ChunkName, size: number): string {
    return join(this.#folder, subFolder(name), fileName(name, size));
  }

  #readNames(): void {
    for (const folder of SUB_FOLDERS) {
      for (const file of fs.readdirSync(join(this.#folder, folder))) {
        const parsed = parseFileName(file);
        if (parsed === undefined) continue;
        this.#sizes.set(parsed.name, parsed.size);
        this.#space.add(fileBytes(parsed.size));
      }
    }
  }
}

function bufferFor(size: number, into: Uint8Array | undefined): Buffer {
  if (into === undefined || into.length < size) return Buffer.allocUnsafeSlow(size);
  return Buffer.from(into.buffer, into.byteOffset, size);
}

async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  const fd = await openFile(path, 'wx', FILE_MODE);
  try {
    await writeFully(fd, bytes, 0);
    await writeFully(fd, encodeTrailer(bytes), bytes.length);
    await syncData(fd);
  } finally {
    await closeFile(fd);
  }
}
