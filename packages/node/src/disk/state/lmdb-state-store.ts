/**
 * The applied state of all groups in one lmdb environment.
 *
 * Writes go into a layer in memory, where readers see them at once, and from there to the database in the background:
 * while one batch is being committed the next layer collects. The main thread never waits for the disk.
 *
 * (T1) A layer holds whole writes, and a batch whole layers, in order: what the database holds after a crash is the
 *      state after some earlier write.
 * (T2) A layer is dropped only when the database's readers see it, so what readers see never goes back.
 * (T3) A prefix is never used twice. Doomed keys are removed only after the last layer that could write them is committed.
 * (T4) After a failed commit nothing more goes to the database. The host is told, so that it ends, and each flush fails; until then writes
 *      stay in memory, where readers see them, so that nothing breaks in the midst of its work. After damage was seen the next start
 *      finds the mark of it.
 * (T5) Batches that nobody waits for keep a distance: rows that change with every command (counters, applied indices) go to the database
 *      once a batch, and a batch shares its pages. Whoever waits for a commit, or much that is held in memory, ends the distance.
 */
import { Failure, invariant, messageOf } from '@crescendo/base';
import type {
  GroupId,
  KvPair,
  KvRange,
  KvReader,
  KvWriter,
  StateSnapshot,
  StateStore,
} from '@crescendo/store';
import { GroupPrefixes } from './group-prefixes.ts';
import { boundText, fullKey, keyText, MAX_KEY_BYTES } from './key-space.ts';
import { type LmdbEnvironment, StoredValueDamage } from './lmdb-environment.ts';
import { mergedRange, type PageReader } from './merged-range.ts';
import { encodeStored, trustStored } from './stored-value.ts';
import { WriteLayer } from './write-layer.ts';

export type StateFailureCode = 'StateFailed' | 'StateDamaged' | 'StateClosed' | 'TooManySnapshots';

export interface LmdbStateOptions {
  /** Each one holds back the reuse of pages: the file grows while it lives. Default 16. */
  readonly maxSnapshots?: number;
  /** Told once when a checksum does not fit, before the reader gets its failure. */
  readonly onDamage?: (reason: string) => void;
  /** Told once when the disk refuses a commit or a flush (T4): the host should end. */
  readonly onFailure?: (failure: Failure<StateFailureCode>) => void;
}

/** The distance of batches (T5). What a crash of the process takes with it is in the log. */
const BATCH_DISTANCE_MS = 50;
/** So many bytes in memory end it. */
const HURRY_BYTES = 4 * 1024 * 1024;

/** What a reader looks through, newest first, and the database below. */
interface View {
  readonly layers: readonly WriteLayer[];
  readonly get: (key: Buffer) => Buffer | undefined;
  readonly readPage: PageReader;
}

export class LmdbStateStore implements StateStore {
  readonly #environment: LmdbEnvironment;
  readonly #options: LmdbStateOptions;
  readonly #prefixes: GroupPrefixes;
  /** Collects writes. */
  #active = new WriteLayer(1);
  /** On their way to the database, oldest first. */
  #sealed: WriteLayer[] = [];
  #view!: View;
  #running = false;
  /** Ends the distance to the next batch; undefined while there is none. */
  #hurry: (() => void) | undefined;
  /** Who waits for the layers up to a generation. */
  readonly #waiting: { readonly generation: number; readonly settle: () => void }[] = [];
  #failure: Failure<StateFailureCode> | undefined;
  #writing = false;
  #closing = false;
  #closed = false;
  readonly #snapshots = new Set<{ close(): void }>();

  /** Use `openState`. */
  constructor(environment: LmdbEnvironment, options: LmdbStateOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#refreshView();
    this.#prefixes = new GroupPrefixes((start, end) => this.#texts(start, end));
  }

  groups(): Iterable<GroupId> {
    return this.#prefixes.groups();
  }

  reader(group: GroupId): KvReader {
    return {
      get: (key) => this.#get(this.#view, this.#prefixes.of(group), key),
      range: (range) => this.#range(this.#view, this.#prefixes.of(group), range),
    };
  }

  write<T>(work: (writer: (group: GroupId) => KvWriter) => T): T {
    this.#assertWritable();
    const layer = this.#active;
    const undoGroups = this.#prefixes.begin();
    layer.begin();
    this.#writing = true;
    try {
      const result = work((group) => this.#writer(layer, group));
      invariant(!isPromise(result), 'a write of the state store must not be asynchronous');
      layer.commit();
      this.#schedule();
      if (layer.bytes > HURRY_BYTES) this.#hurry?.(); // (T5)
      return result;
    } catch (error) {
      layer.rollBack();
      undoGroups();
      throw error;
    } finally {
      this.#writing = false;
    }
  }

  async flush(): Promise<void> {
    await this.#committed();
    await this.#environment.sync().catch((error) => this.#fail(error));
    if (this.#failure !== undefined) throw this.#failure;
  }

  snapshot(group: GroupId): StateSnapshot {
    this.#assertWritable();
    const limit = this.#options.maxSnapshots ?? 16;
    if (this.#snapshots.size >= limit) {
      throw new Failure(
        'TooManySnapshots',
        `${limit} snapshots are open, more are not allowed; try again later`,
        {
          retryable: true,
        },
      );
    }
    this.#seal();
    const transaction = this.#environment.readTransaction();
    const layers = this.#sealed.toReversed();
    const readPage = this.#environment.pages(transaction);
    let view: View | undefined = { layers, readPage, get: (key) => this.#environment.get(key, transaction) };
    const opened = (): View => {
      invariant(view !== undefined, 'a closed snapshot of the state was read');
      return view;
    };
    const prefix = this.#prefixes.of(group);
    const snapshot: StateSnapshot = {
      get: (key) => this.#get(opened(), prefix, key),
      range: (range) =>
        this.#range(
          { layers, get: opened().get, readPage: (page) => opened().readPage(page) },
          prefix,
          range,
        ),
      close: () => {
        if (!this.#snapshots.delete(snapshot)) return;
        view = undefined;
        transaction.done();
      },
    };
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  clear(group: GroupId): void {
    this.#assertWritable();
    this.#prefixes.doom(group, this.#active);
    this.#schedule();
  }

  rename(from: GroupId, to: GroupId): void {
    this.#assertWritable();
    this.#prefixes.rename(from, to, this.#active);
    this.#schedule();
  }

  bytes(): number {
    return this.#environment.bytes();
  }

  /** Bytes of writes that are in memory only: a host that sees this grow should slow down. */
  pendingBytes(): number {
    return this.#sealed.reduce((sum, layer) => sum + layer.bytes, this.#active.bytes);
  }

  /** What the database holds, the store's own records included. */
  stats(): { readonly entryCount: number } {
    return this.#environment.stats();
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#committed();
    this.#hurry?.();
    this.#closed = true;
    for (const snapshot of this.#snapshots) snapshot.close();
    await this.#environment.close();
  }

  #assertWritable(): void {
    if (this.#closing) throw closedFailure();
    invariant(!this.#writing, 'the state store was written to, or looked at, from inside a write');
  }

  #writer(layer: WriteLayer, group: GroupId): KvWriter {
    const prefix = this.#prefixes.claim(group, layer);
    return {
      get: (key) => this.#get(this.#view, prefix, key),
      range: (range) => this.#range(this.#view, prefix, range),
      put: (key, value) => {
        const full = fullKey(prefix, key);
        layer.set(keyText(full), encodeStored(full, value));
      },
      remove: (key) => layer.set(keyText(fullKey(prefix, key)), null),
    };
  }

  #get(view: View, prefix: number | undefined, key: Uint8Array): Uint8Array | undefined {
    if (prefix === undefined || key.length > MAX_KEY_BYTES) return undefined;
    const full = fullKey(prefix, key);
    let text: string | undefined;
    for (const layer of view.layers) {
      if (layer.size === 0) continue;
      text ??= keyText(full);
      const stored = layer.get(text);
      if (stored !== undefined) return stored === null ? undefined : trustStored(stored);
    }
    return this.#guard(() => view.get(full));
  }

  #range(view: View, prefix: number | undefined, range: KvRange): Iterable<KvPair> {
    if (prefix === undefined) return [];
    return mergedRange({
      start: boundText(prefix, range.start),
      end: boundText(prefix, range.end),
      reverse: range.reverse ?? false,
      limit: range.limit ?? Number.MAX_SAFE_INTEGER,
      layers: view.layers,
      readPage: (page) => this.#guard(() => view.readPage(page)),
    });
  }

  /** (T4) */
  #guard<T>(read: () => T): T {
    if (this.#closed) throw closedFailure();
    try {
      return read();
    } catch (error) {
      if (!(error instanceof StoredValueDamage)) throw error;
      this.#options.onDamage?.(error.message);
      throw new Failure(
        'StateDamaged',
        `${error.message}; restart the node, it takes the state anew from its peers`,
        {
          cause: error,
        },
      );
    }
  }

  *#texts(start: string, end: string): Iterable<{ readonly key: string; readonly value: Buffer }> {
    const readPage = this.#environment.pages();
    let from = start;
    for (let exclusive = false; ; exclusive = true) {
      const page = readPage({ from, exclusive, to: end, reverse: false, limit: 256 });
      for (const row of page) yield { key: keyText(row.key), value: row.value };
      if (page.length < 256) return;
      from = keyText(page.at(-1)!.key);
    }
  }

  #refreshView(): void {
    this.#view = {
      layers: [this.#active, ...this.#sealed.toReversed()],
      get: (key) => this.#environment.get(key),
      readPage: this.#environment.pages(),
    };
  }

  #seal(): void {
    if (this.#active.size === 0) return;
    this.#active.seal();
    this.#sealed.push(this.#active);
    this.#active = new WriteLayer(this.#active.generation + 1);
    this.#refreshView();
  }

  #schedule(): void {
    if (this.#running || this.#failure !== undefined) return;
    this.#running = true;
    void this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    // Writes of the same turn join the batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#failure === undefined && (this.#active.size > 0 || this.#sealed.length > 0)) {
      this.#seal();
      const layers = [...this.#sealed];
      try {
        await this.#environment.write(layers);
      } catch (error) {
        this.#fail(error);
        break;
      }
      // (T2)
      this.#sealed = this.#sealed.slice(layers.length);
      this.#refreshView();
      const committed = layers.at(-1)!.generation;
      this.#settleWaiting(committed);
      if (!this.#closing) this.#prefixes.removeDoomed(committed, this.#active);
      await this.#keepDistance();
    }
    // In the same turn as the look at what waits: a write that comes next starts the loop anew.
    this.#running = false;
  }

  /** (T5) */
  #keepDistance(): Promise<void> | undefined {
    if (this.#closing || this.#waiting.length > 0 || this.#active.bytes > HURRY_BYTES) return undefined;
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        this.#hurry = undefined;
        resolve();
      };
      const timer = setTimeout(go, BATCH_DISTANCE_MS);
      this.#hurry = go;
    });
  }

  /** Resolves when all that was written before the call is committed, or failed. */
  #committed(): Promise<void> {
    const generation = this.#active.size > 0 ? this.#active.generation : this.#active.generation - 1;
    const isDone = (this.#sealed[0]?.generation ?? this.#active.generation) > generation;
    if (isDone || this.#failure !== undefined) return Promise.resolve();
    this.#schedule();
    return new Promise((settle) => {
      this.#waiting.push({ generation, settle });
      this.#hurry?.();
    });
  }

  #settleWaiting(generation: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.generation <= generation)
      this.#waiting.shift()!.settle();
  }

  /** (T4) */
  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#closed) return;
    this.#failure = new Failure(
      'StateFailed',
      `writing the state failed (${messageOf(error)}); nothing more is written, restart the node when the disk is sound and has room`,
      { cause: error },
    );
    this.#settleWaiting(Number.POSITIVE_INFINITY);
    this.#options.onFailure?.(this.#failure);
  }
}

function closedFailure(): Failure<StateFailureCode> {
  return new Failure('StateClosed', 'the state store is closed; the node is stopping');
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
