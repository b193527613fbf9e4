/**
 * All partitions of a store in one process, each a single copy that applies commands at once. For tests of what stands above the
 * router, with the faults that a real one shows.
 *
 * (R1) Commands and answers pass through the wire's codec, so only plain data survives.
 * (R2) Each command is applied to a second map that spoils what it handed out; both must stay equal byte by byte.
 * (R3) A command that fails as Unavailable was applied, was not, or will be applied later.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyBytes, type Random, seededRandom } from '@crescendo/base';
import type { Membership } from '@crescendo/raft';
import { Packr } from 'msgpackr';
import type { Command, CommandResult } from '../objects/command.ts';
import { answerQuery } from '../objects/machine/answer.ts';
import { applyCommand } from '../objects/machine/apply.ts';
import type { Query, QueryResult } from '../objects/query.ts';
import type { PartitionRouter } from '../objects/router.ts';
import { BucketMemory } from '../objects/state/bucket-memory.ts';
import { StoreFailure } from '../objects/store-failure.ts';
import { everything, MemoryKv } from './memory-kv.ts';
import { StrictKv } from './strict-kv.ts';

const codec = new Packr({ useRecords: false });

export type Fault = 'none' | 'notDone' | 'doneButLost' | 'doneLater';

export interface RouterCall {
  readonly kind: 'execute' | 'query' | 'writeChunk' | 'readChunk';
  readonly partition: number;
  /** Of the command or query; the name of the chunk. */
  readonly what: string;
}

export interface MemoryRouterOptions {
  readonly partitionCount?: number;
  readonly nowMs: () => number;
  /** Called before each call; what it answers happens to it. */
  readonly fault?: (call: RouterCall) => Fault;
  /** Awaited before each call, and before an answer is given: where histories interleave. */
  readonly pause?: () => Promise<void>;
  /** Checks (R2); costs time. */
  readonly twin?: boolean;
  readonly random?: Random;
}

export interface MemoryPartition {
  readonly kv: MemoryKv;
  readonly twin: MemoryKv;
  readonly buckets: BucketMemory;
  readonly chunks: Map<string, Uint8Array>;
  membership: Membership;
  index: number;
  lastMs: number;
}

export class MemoryRouter implements PartitionRouter {
  readonly partitionCount: number;
  readonly partitions: readonly MemoryPartition[];
  /** How often each command and query was called, by type. */
  readonly calls = new Map<string, number>();
  /** Largest sum of bytes of chunk writes that were under way at once. */
  peakWritingBytes = 0;
  readonly #options: MemoryRouterOptions;
  readonly #random: Random;
  #later: (() => void)[] = [];
  #writingBytes = 0;

  constructor(options: MemoryRouterOptions) {
    this.#options = options;
    this.#random = options.random ?? seededRandom(1);
    this.partitionCount = options.partitionCount ?? 8;
    this.partitions = Array.from({ length: this.partitionCount }, () => ({
      kv: new MemoryKv(),
      twin: new MemoryKv(),
      buckets: new BucketMemory(),
      chunks: new Map<string, Uint8Array>(),
      membership: { epoch: 1, voters: ['a', 'b', 'c'], learners: [] },
      index: 0,
      lastMs: 0,
    }));
  }

  partitionOf(name: Uint8Array): number {
    const digest = createHash('sha1').update(name).digest();
    return digest.readUInt16BE(0) % this.partitionCount;
  }

  async execute<C extends Command>(partition: number, command: C): Promise<CommandResult<C>> {
    this.#count(command.type);
    const apply = (): CommandResult<C> => this.apply(partition, command);
    return this.#call({ kind: 'execute', partition, what: command.type }, apply);
  }

  async query<Q extends Query>(partition: number, query: Q): Promise<QueryResult<Q>> {
    this.#count(query.type);
    const answer = (): QueryResult<Q> => this.#answer(partition, query);
    return this.#call({ kind: 'query', partition, what: query.type }, answer);
  }

  async queryAll<Q extends Query>(partitions: readonly number[], query: Q): Promise<QueryResult<Q>[]> {
    return Promise.all(partitions.map((partition) => this.query(partition, query)));
  }

  async writeChunk(
    partition: number,
    name: string,
    owner: number,
    bytes: Uint8Array,
    released?: () => void,
  ): Promise<void> {
    this.#writingBytes += bytes.length;
    this.peakWritingBytes = Math.max(this.peakWritingBytes, this.#writingBytes);
    try {
      await this.#call({ kind: 'writeChunk', partition, what: name }, () =>
        this.#store(partition, name, owner, bytes),
      );
    } finally {
      this.#writingBytes -= bytes.length;
      released?.();
    }
  }

  async readChunk(partition: number, name: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#call({ kind: 'readChunk', partition, what: name }, () => {
      const bytes = this.partitions[partition]!.chunks.get(name);
      if (bytes === undefined) throw new StoreFailure('DataDamaged', `There is no chunk ${name}.`);
      return copyBytes(bytes.subarray(offset, offset + length));
    });
  }

  /** Applies a command at once, as the partition's log would. */
  apply<C extends Command>(partition: number, command: C): CommandResult<C> {
    const group = this.partitions[partition]!;
    const sent = codec.pack(command);
    group.lastMs = Math.max(group.lastMs, this.#options.nowMs());
    const context = {
      index: ++group.index,
      timestampMs: group.lastMs,
      partition,
      partitionCount: this.partitionCount,
      membership: group.membership,
    };
    const { result, effects } = applyCommand(group.kv, context, codec.unpack(sent) as C, group.buckets);
    if (this.#options.twin === true) {
      const again = applyCommand(new StrictKv(group.twin), context, codec.unpack(sent) as C);
      assert.deepEqual(again, { result, effects });
    }
    for (const effect of effects) if (effect.type === 'chunkDeleted') group.chunks.delete(effect.name);
    return codec.unpack(codec.pack(result)) as CommandResult<C>;
  }

  /** Does what was put off: some of it, or all. (R3) */
  settle(all = true): void {
    const later = this.#later;
    this.#later = [];
    for (const work of later) {
      if (all || this.#random.chance(0.5)) work();
      else this.#later.push(work);
    }
  }

  /** Members come and go: chunks written under the old epoch are not registered. */
  changeMembership(partition: number): void {
    const group = this.partitions[partition]!;
    group.membership = { ...group.membership, epoch: group.membership.epoch + 1 };
  }

  /** (R2) */
  assertTwinsEqual(): void {
    for (const { kv, twin } of this.partitions) assert.deepEqual(everything(twin), everything(kv));
  }

  /** Names of all chunks that anybody holds. */
  chunkNames(): string[] {
    return this.partitions.flatMap(({ chunks }) => [...chunks.keys()]).sort();
  }

  #answer<Q extends Query>(partition: number, query: Q): QueryResult<Q> {
    const { kv, buckets } = this.partitions[partition]!;
    const strict = new StrictKv(kv);
    const answer = answerQuery(strict, codec.unpack(codec.pack(query)) as Q, buckets);
    strict.spoil();
    return codec.unpack(codec.pack(answer)) as QueryResult<Q>;
  }

  #store(partition: number, name: string, owner: number, bytes: Uint8Array): void {
    const { chunks, membership } = this.partitions[partition]!;
    chunks.set(name, copyBytes(bytes));
    const register = { type: 'registerChunk', name, size: bytes.length, ownerPartition: owner } as const;
    const holders = this.#random.shuffle(membership.voters).slice(0, 2);
    const result = this.apply(partition, { ...register, epoch: membership.epoch, holders });
    if (!result.ok) throw new StoreFailure('Unavailable', result.message, { retryable: true });
  }

  async #call<Result>(call: RouterCall, work: () => Result): Promise<Result> {
    await this.#options.pause?.();
    const fault = this.#options.fault?.(call) ?? 'none';
    const lost = new StoreFailure('Unavailable', `${call.what}: no answer`, { retryable: true });
    if (fault === 'notDone') throw lost;
    if (fault === 'doneLater' && call.kind !== 'query' && call.kind !== 'readChunk') this.#later.push(work);
    if (fault === 'doneLater') throw lost;
    const result = work();
    await this.#options.pause?.();
    if (fault === 'doneButLost') throw lost;
    return result;
  }

  #count(type: string): void {
    this.calls.set(type, (this.calls.get(type) ?? 0) + 1);
  }
}
