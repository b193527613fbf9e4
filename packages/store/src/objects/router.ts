import type { ChunkName } from '../ports/chunk-store.ts';
import type { Command, CommandResult } from './command.ts';
import type { Query, QueryResult } from './query.ts';

/**
 * The way from the object layer to the partitions: it finds the leader, retries while there is hope, and sends nothing
 * twice into a log (every command carries a request id). Fails with `StoreFailure` code `Unavailable` when a
 * partition gives no answer in time; a command may then have been applied or not.
 */
export interface PartitionRouter {
  readonly partitionCount: number;
  /** The partition that a name belongs to: from the first bits of its SHA-1. */
  partitionOf(name: Uint8Array): number;
  execute<C extends Command>(partition: number, command: C): Promise<CommandResult<C>>;
  /** Answered from the state that holds every command acknowledged before the call. */
  query<Q extends Query>(partition: number, query: Q): Promise<QueryResult<Q>>;
  /** One answer a partition, in order; asks each node once for all the partitions that it leads. */
  queryAll<Q extends Query>(partitions: readonly number[], query: Q): Promise<QueryResult<Q>[]>;
  /**
   * Durable on a majority of the partition's members and registered in its log. `owner` is the partition whose object will refer to it.
   * `released` is called once, when nobody reads the bytes any more: some member may still be taking them when a majority has them.
   */
  writeChunk(
    partition: number,
    name: ChunkName,
    owner: number,
    bytes: Uint8Array,
    released?: () => void,
  ): Promise<void>;
  /**
   * Checked bytes [offset, offset + length) from any member that holds the chunk. `into` is memory that they may be put in. It may be used
   * again only when the result is a view of it: otherwise an attempt that was given up may still write to it.
   */
  readChunk(
    partition: number,
    name: ChunkName,
    offset: number,
    length: number,
    into?: Uint8Array,
  ): Promise<Uint8Array>;
}
