import { availableParallelism } from 'node:os';
import { type CountOptions, type CountPlan, checkWhole, MAX_THREADS, planCount } from './count-options.ts';
import { CountSession, type NamedMemory } from './count-session.ts';
import { type CountingThread, startCountingThread } from './counting-thread.ts';
import { type BlockShape, feedBlocks, slotBytes } from './feed-blocks.ts';
import { createSharedMemory, resetSharedMemory } from './shared-layout.ts';
import type { WordCounts } from './word-counts.ts';

const BLOCK_BYTES = 256 * 1_024;
/** A memory that grew beyond this is not kept for the next count. */
const KEPT_BYTES = 256 * 1_024 * 1_024;

/**
 * Counts texts on threads that stay warm between them. Counts may run side by side: each has memory of its own, and they share the threads.
 *
 * (CN1) A thread that died is replaced at the next count; the counts that it served fail.
 * (CN2) Memories that lie ready are as many as counts ran at once, and all of one shape.
 */
export class WordCounter {
  readonly #threads: (CountingThread | undefined)[];
  #ready: NamedMemory[] = [];
  #readyFor = 0;
  #lastId = 0;
  #closed = false;

  /** @param threads how many to count with, 1 to 16; as many as there are processors unless said. They start with the first count. */
  constructor(threads = Math.min(MAX_THREADS, availableParallelism())) {
    checkWhole('threads', threads, 1, MAX_THREADS);
    this.#threads = Array.from({ length: threads }, () => undefined);
  }

  /**
   * Counts the words of a text that comes in chunks. It holds the different words and a few blocks, never the text.
   *
   * @throws NotTextError for a NUL byte, invalid UTF-8 or a word longer than `maxWordBytes`; RangeError for an option that is not allowed; an
   *   Error with code `TooManyWords` when the different words need more than 4 GiB; whatever `chunks` throws
   */
  async count(chunks: AsyncIterable<Uint8Array>, options: CountOptions = {}): Promise<WordCounts> {
    const plan = planCount(options);
    if (this.#closed) throw new Error('the counter is closed; make another one');
    const shape = { blockBytes: BLOCK_BYTES, maxWordBytes: plan.maxWordBytes };
    const memory = this.#takeMemory(shape);
    const session = new CountSession(plan, memory, this.#threadsFor(plan));
    try {
      return await session.finish(await feedBlocks(chunks, shape, () => session.lend()));
    } catch (error) {
      throw await session.failureWith(error);
    } finally {
      this.#giveBack(memory, shape);
    }
  }

  /** Ends the threads. Counts that run fail. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ready = [];
    await Promise.all(this.#threads.map((thread) => thread?.end()));
  }

  /** The least busy first. */
  #threadsFor({ threads }: CountPlan): CountingThread[] {
    const all = this.#threads.map((thread, i) => {
      if (thread?.lives) return thread;
      const started = startCountingThread();
      this.#threads[i] = started;
      return started;
    });
    return all.sort((a, b) => a.owed - b.owed).slice(0, threads);
  }

  #takeMemory(shape: BlockShape): NamedMemory {
    if (this.#readyFor !== shape.maxWordBytes) this.#forget(this.#ready.splice(0));
    this.#readyFor = shape.maxWordBytes;
    const memory = this.#ready.pop() ?? {
      ...createSharedMemory(this.#threads.length, slotBytes(shape), shape.maxWordBytes),
      id: ++this.#lastId,
    };
    resetSharedMemory(memory);
    return memory;
  }

  #giveBack(memory: NamedMemory, shape: BlockShape): void {
    const keep = memory.memory.buffer.byteLength <= KEPT_BYTES && shape.maxWordBytes === this.#readyFor;
    if (keep && !this.#closed) this.#ready.push(memory);
    else this.#forget([memory]);
  }

  #forget(memories: readonly NamedMemory[]): void {
    for (const { id } of memories)
      for (const thread of this.#threads)
        if (thread?.lives) thread.ask({ type: 'forget', id }).catch(() => undefined);
  }
}

let shared: WordCounter | undefined;

/** Counts with threads that the whole process shares. They do not keep it alive when nothing is counted. See `WordCounter.count`. */
export function countWords(
  chunks: AsyncIterable<Uint8Array>,
  options: CountOptions = {},
): Promise<WordCounts> {
  shared ??= new WordCounter();
  return shared.count(chunks, options);
}
