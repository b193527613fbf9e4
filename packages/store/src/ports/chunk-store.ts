/** Names one chunk: `<blob id>.<index>`, see `chunkName`. */
export type ChunkName = string;

export type ChunkRead =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'missing' | 'damaged' };

/**
 * The bytes of chunks on one node's disk, by name. Names are made by the store (letters, digits, `-` and `.`), never by
 * users. Chunks are immutable: writing a name again with other bytes is a bug of the caller.
 */
export interface ChunkStore {
  /** Durable when resolved. Fails with code `DiskFull` before the disk is full. */
  write(name: ChunkName, bytes: Uint8Array): Promise<void>;
  /**
   * Every byte handed out has been checked against its checksum. `length` may reach past the end. `into` is memory that the bytes may be
   * put in when it is large enough; the result may be a view of it.
   */
  read(name: ChunkName, offset: number, length: number, into?: Uint8Array): Promise<ChunkRead>;
  /** Size in bytes; undefined when the chunk is not here. From an index in memory: cheap. */
  size(name: ChunkName): number | undefined;
  /** Reads and checks the whole chunk. */
  verify(name: ChunkName): Promise<'ok' | 'missing' | 'damaged'>;
  /** Gone for readers when it returns; the space is free some time later. */
  remove(name: ChunkName): void;
  names(): Iterable<ChunkName>;
  usage(): DiskUsage;
  close(): Promise<void>;
}

/** `capacityBytes` is the size of the volume (or of the limit that the operator gave it). */
export interface DiskUsage {
  readonly capacityBytes: number;
  /** Of the capacity, by whomever. */
  readonly usedBytes: number;
  /** What this node itself holds: chunks, state and log. */
  readonly heldBytes: number;
  /** True when writes of new data are refused; reads, deletes and the metadata of agreement go on. */
  readonly full: boolean;
}
