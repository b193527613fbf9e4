/**
 * The chunks of a node: appended to volumes, many to one flush. Those that an older version wrote to files of their own are read where they lie.
 *
 * (K1) `write` resolves after the bytes are durable, together with what says where they lie.
 * (K2) The index in memory names exactly the chunks that are whole as far as is known; at the start it comes from the volumes' indexes.
 * (K3) No byte is handed out whose block was not checked. A damaged chunk is missing here from then on, and repaired from another node.
 * (K4) A removed chunk's room counts as free at once, and is given back before it is promised to another one.
 */
import { join } from 'node:path';
import { Failure, invariant, messageOf } from '@crescendo/base';
import type { ChunkName, ChunkRead, ChunkStore, DiskUsage } from '@crescendo/store';
import { makeFolderSync, systemCode } from '../durable-file.ts';
import { type BlockRange, blocksAreReadable, readBlocks } from './block-reads.ts';
import { DiskSpace, type DiskSpaceOptions, diskFull } from './disk-space.ts';
import { type OpenFile, OpenFiles } from './open-files.ts';
import { PlainChunks } from './plain-chunks.ts';
import { RecentSums } from './recent-sums.ts';
import { bytesOf, dataStart, type Place, type Volume } from './volume.ts';
import { VolumeCompaction } from './volume-compaction.ts';
import { createVolume, openVolumes, readSums } from './volume-folder.ts';
import { isChunkName, pageEnd, recordBytes } from './volume-format.ts';
import { VolumeWriter, type Written } from './volume-writer.ts';

export interface ChunkVolumeOptions extends DiskSpaceOptions {
  /** Descriptors kept open. Default 512. */
  readonly maxOpenFiles?: number;
  /** A volume gets no further chunks when it has this size. Default: a sixty-fourth of the capacity, 64 KiB to 256 MiB. */
  readonly volumeBytes?: number;
  /** False: large writes go through the page cache too. */
  readonly direct?: boolean;
}

export type ChunkFailureCode = 'DiskFull' | 'ChunkWriteFailed' | 'ChunkConflict' | 'ChunksClosed';

const MIN_VOLUME_BYTES = 64 * 1024;
const MAX_VOLUME_BYTES = 256 * 1024 * 1024;
const RECENT_SUMS = 512;

export function openChunks(options: ChunkVolumeOptions): ChunkVolumes {
  makeFolderSync(options.folder);
  return new ChunkVolumes(options);
}

export class ChunkVolumes implements ChunkStore {
  readonly #folder: string;
  readonly #places = new Map<ChunkName, Place>(); // (K2)
  readonly #volumes = new Set<Volume>();
  readonly #plain: PlainChunks;
  readonly #space: DiskSpace;
  readonly #files: OpenFiles;
  readonly #sums = new RecentSums(RECENT_SUMS);
  readonly #writer: VolumeWriter;
  readonly #compaction: VolumeCompaction;
  readonly #writing = new Map<ChunkName, Promise<void>>();
  readonly #unflushed = new Set<Volume>();
  #nextVolume = 1;
  #closed = false;

  /** Use `openChunks`. */
  constructor(options: ChunkVolumeOptions) {
    this.#folder = join(options.folder, 'volumes');
    this.#space = new DiskSpace(options);
    this.#files = new OpenFiles(options.maxOpenFiles ?? 512);
    this.#plain = new PlainChunks(options.folder, this.#files);
    this.#space.add(this.#plain.bytes());
    const volumeBytes = options.volumeBytes ?? volumeBytesFor(this.#space.usage().capacityBytes);
    this.#writer = new VolumeWriter({
      volumeBytes,
      direct: options.direct ?? true,
      create: () => this.#createVolume(),
      sealed: (volume) => this.#compaction.consider(volume),
    });
    this.#compaction = new VolumeCompaction({
      volumes: () => this.#sealedVolumes(),
      move: (volume) => this.#move(volume),
      delete: (volume) => this.#deleteVolume(volume),
      freeBytes: () => this.#space.freeBytes(),
      isShort: () => this.#space.isShort(),
      seal: async () => {
        if ((this.#writer.volume?.garbageBytes ?? 0) > 0) await this.#writer.seal();
      },
    });
    this.#openVolumes(volumeBytes);
  }

  async write(name: ChunkName, bytes: Uint8Array): Promise<void> {
    invariant(
      isChunkName(name),
      `${JSON.stringify(name)} is no name of a chunk: letters, digits, - and . are allowed`,
    );
    if (this.#closed) throw new Failure('ChunksClosed', 'the chunk store is closed; the node is stopping');
    const other = this.#writing.get(name);
    if (other !== undefined) {
      await other;
      return this.write(name, bytes);
    }
    const known = this.size(name);
    if (known === bytes.length) return;
    if (known !== undefined) {
      throw new Failure(
        'ChunkConflict',
        `chunk ${name} is here with ${known} bytes, and must not get ${bytes.length}`,
      );
    }
    const writing = this.#append(name, bytes);
    this.#writing.set(name, writing);
    await writing.finally(() => this.#writing.delete(name));
  }

  async read(name: ChunkName, offset: number, length: number, into?: Uint8Array): Promise<ChunkRead> {
    const size = this.size(name);
    if (size === undefined) return { ok: false, reason: 'missing' };
    const end = Math.min(size, offset + length);
    if (offset >= end) return { ok: true, bytes: new Uint8Array(0) };
    return this.#checked(name, (range) => readBlocks(range, offset, end, into));
  }

  size(name: ChunkName): number | undefined {
    return this.#places.get(name)?.size ?? this.#plain.sizes.get(name);
  }

  async verify(name: ChunkName): Promise<'ok' | 'missing' | 'damaged'> {
    if (this.size(name) === undefined) return 'missing';
    const result = await this.#checked(name, async (range) =>
      (await blocksAreReadable(range)) ? new Uint8Array(0) : undefined,
    );
    return result.ok ? 'ok' : result.reason;
  }

  remove(name: ChunkName): void {
    // A write that is on its way must not bring the chunk back.
    this.#writing.get(name)?.then(
      () => this.remove(name),
      () => undefined,
    );
    const place = this.#places.get(name);
    if (place !== undefined) {
      this.#places.delete(name);
      this.#bury(place);
    } else if (this.#plain.sizes.has(name)) {
      this.#space.add(-this.#plain.bytesOf(name));
      this.#plain.remove(name);
    }
  }

  *names(): Iterable<ChunkName> {
    yield* this.#places.keys();
    yield* this.#plain.sizes.keys();
  }

  usage(): DiskUsage {
    return this.#space.usage();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#writing.values());
    await this.#compaction.close();
    await Promise.all([this.#writer.close(), this.#plain.close()]);
    this.#flushIndexes();
    this.#files.close();
  }

  async #append(name: ChunkName, bytes: Uint8Array): Promise<void> {
    const claimed = pageEnd(recordBytes(name.length, bytes.length));
    this.#space.claim(claimed);
    let kept = 0;
    try {
      if (this.#space.isShort()) await this.#makeRoom();
      const written = await this.#writer.append(name, bytes);
      kept = bytesOf(written.place);
      this.#adopt(written);
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')) throw diskFull();
      throw new Failure('ChunkWriteFailed', `writing chunk ${name} failed: ${messageOf(error)}`, {
        retryable: true,
        cause: error,
      });
    } finally {
      this.#space.settle(claimed, kept);
    }
  }

  /** (K4) */
  async #makeRoom(): Promise<void> {
    await this.#compaction.makeRoom();
    if (this.#space.isShort()) throw diskFull();
  }

  /** The store points there from now on. */
  #adopt({ place, sums }: Written): void {
    place.volume.add(place);
    this.#places.set(place.name, place);
    this.#sums.put(place, sums);
  }

  /** Nothing points to this record any more. */
  #bury(place: Place): void {
    const { volume } = place;
    volume.drop(place);
    volume.note('dead', place);
    this.#sums.forget(place);
    this.#space.add(-bytesOf(place));
    this.#space.addGarbage(bytesOf(place));
    if (this.#unflushed.size === 0) setImmediate(() => this.#flushIndexes());
    this.#unflushed.add(volume);
    if (volume !== this.#writer.volume) this.#compaction.consider(volume);
  }

  #flushIndexes(): void {
    for (const volume of this.#unflushed) volume.flushIndex();
    this.#unflushed.clear();
  }

  /** Runs `read` on the chunk; what it finds damaged, or what can't be read, is taken out of the store. (K3) */
  async #checked(
    name: ChunkName,
    read: (range: BlockRange) => Promise<Uint8Array | undefined>,
  ): Promise<ChunkRead> {
    const place = this.#places.get(name);
    const size = this.size(name);
    let file: OpenFile | undefined;
    let bytes: Uint8Array | undefined;
    try {
      file = place === undefined ? this.#plain.acquire(name) : this.#files.acquire(place.volume.path);
      const range = place === undefined ? this.#plain.range(name, file) : this.#rangeOf(place, file);
      if (range !== undefined) bytes = await read(range);
    } catch (error) {
      const code = systemCode(error);
      // The disk says that the bytes are lost; anything else is trouble of the process.
      if (code !== 'EIO' && code !== 'ENOENT') throw error;
    } finally {
      if (file !== undefined) this.#files.release(file);
    }
    if (bytes !== undefined) return { ok: true, bytes };
    if (this.#places.get(name) !== place || this.size(name) !== size) return { ok: false, reason: 'missing' };
    this.#damaged(name, place);
    return { ok: false, reason: 'damaged' };
  }

  #rangeOf(place: Place, { fd }: OpenFile): BlockRange | undefined {
    const sums = this.#sums.get(place) ?? readSums(fd, place);
    if (sums === undefined) return undefined;
    this.#sums.put(place, sums);
    return { fd, start: dataStart(place), size: place.size, sums };
  }

  #damaged(name: ChunkName, place: Place | undefined): void {
    if (place !== undefined) {
      this.#places.delete(name);
      this.#bury(place);
      return;
    }
    this.#space.add(-this.#plain.bytesOf(name));
    this.#plain.putAside(name);
  }

  /** Copies what is wanted of a volume. */
  async #move(volume: Volume): Promise<boolean> {
    let memory = new Uint8Array(0);
    for (const place of [...volume.live]) {
      if (this.#closed) return false;
      if (memory.length < place.size) memory = Buffer.allocUnsafeSlow(place.size);
      const file = this.#files.acquire(volume.path);
      try {
        const range = this.#rangeOf(place, file);
        const bytes = range === undefined ? undefined : await readBlocks(range, 0, place.size, memory);
        if (bytes === undefined) return false;
        if (!volume.live.has(place)) continue;
        const written = await this.#writer.append(place.name, bytes);
        this.#space.add(bytesOf(written.place));
        this.#adopt(written);
        if (volume.live.has(place)) this.#bury(place);
        else this.remove(place.name);
      } finally {
        this.#files.release(file);
      }
    }
    return true;
  }

  *#sealedVolumes(): Iterable<Volume> {
    for (const volume of this.#volumes) if (volume !== this.#writer.volume) yield volume;
  }

  #deleteVolume(volume: Volume): void {
    this.#volumes.delete(volume);
    this.#unflushed.delete(volume);
    this.#files.forget(volume.path);
    this.#space.addGarbage(-volume.garbageBytes);
    volume.delete();
  }

  #createVolume(): Volume {
    const volume = createVolume(this.#folder, this.#nextVolume++);
    this.#volumes.add(volume);
    return volume;
  }

  #openVolumes(volumeBytes: number): void {
    let last: Volume | undefined;
    for (const { volume, records } of openVolumes(this.#folder)) {
      this.#volumes.add(volume);
      this.#nextVolume = volume.number + 1;
      for (const record of records) this.#found({ ...record, volume });
      last = volume;
    }
    if (last !== undefined && last.end < volumeBytes) this.#writer.resume(last);
    for (const volume of this.#volumes) {
      this.#space.add(volume.liveBytes);
      this.#space.addGarbage(volume.garbageBytes);
      volume.flushIndex();
    }
    for (const volume of this.#sealedVolumes()) this.#compaction.consider(volume);
  }

  /** The later record of a name counts: a compaction that did not end leaves two. */
  #found(place: Place): void {
    const earlier = this.#places.get(place.name);
    earlier?.volume.drop(earlier);
    earlier?.volume.note('dead', earlier);
    place.volume.add(place);
    this.#places.set(place.name, place);
  }
}

function volumeBytesFor(capacityBytes: number): number {
  return Math.max(MIN_VOLUME_BYTES, Math.min(MAX_VOLUME_BYTES, Math.floor(capacityBytes / 64)));
}
