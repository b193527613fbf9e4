/**
 * One count: lends blocks of shared memory, hands them to threads, and puts together what the threads settle.
 *
 * (CS1) A slot is lent, or with a thread, or free; it is never two of these.
 * (CS2) A thread joins only when those that have joined are busy: a text that comes slowly, or is short, is counted by one and merges nothing.
 * (CS3) Of all faults the first in the text is told: everything before it has been handed in, so once nothing is in flight it is known.
 * (CS4) The memory is given on only when no thread works on it.
 */
import type { CountPlan } from './count-options.ts';
import type { CountingThread } from './counting-thread.ts';
import type { BlockSlot } from './feed-blocks.ts';
import { NotTextError } from './not-text-error.ts';
import type { SharedMemory } from './shared-layout.ts';
import type { Settled, ThreadAnswer } from './thread-messages.ts';
import { compareWordCounts, type WordCounts } from './word-counts.ts';

/** More blocks than this wait at no thread while another could join. */
const BUSY = 2;

export interface NamedMemory extends SharedMemory {
  readonly id: number;
}

interface Joined {
  readonly thread: CountingThread;
  readonly region: number;
  inFlight: number;
}

export class CountSession {
  readonly #plan: CountPlan;
  readonly #memory: NamedMemory;
  readonly #waiting: CountingThread[];
  readonly #joined: Joined[] = [];
  readonly #free: Uint8Array[];
  readonly #inFlight = new Set<Promise<void>>();
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  /** @param threads those that may join, the first to join first */
  constructor(plan: CountPlan, memory: NamedMemory, threads: readonly CountingThread[]) {
    this.#plan = plan;
    this.#memory = memory;
    this.#waiting = [...threads];
    this.#free = [...memory.slots];
  }

  /** @throws NotTextError, or what ended a thread, once one of the blocks that were sent has failed */
  async lend(): Promise<BlockSlot> {
    for (;;) {
      if (this.#failure !== undefined) throw await this.#firstFailure();
      const bytes = this.#free.pop();
      if (bytes !== undefined) return { bytes, send: (length, offset) => this.#send(bytes, length, offset) };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /**
   * @param bytes the text's length
   * @throws as `lend` does
   */
  async finish(bytes: number): Promise<WordCounts> {
    await this.idle();
    if (this.#failure !== undefined) throw this.#failure;
    const { top, stopWords } = this.#plan;
    const regions = this.#joined.map(({ region }) => region);
    const answers = await Promise.all(
      this.#joined.map(({ thread }, part) =>
        thread.ask({ type: 'settle', id: this.#memory.id, part, regions, top, stopWords }),
      ),
    );
    const parts = answers.map(settledOf);
    const words = parts.flatMap((part) => part.words).sort(compareWordCounts);
    const distinctWords = parts.reduce((sum, part) => sum + part.distinctWords, 0);
    return { words: words.slice(0, top), distinctWords, bytes };
  }

  /** What is to be told of a text that cannot be counted: the earliest of what the feeder and the threads found. */
  async failureWith(found: unknown): Promise<unknown> {
    await this.idle();
    const known = this.#failure;
    if (known === undefined || known === found) return found;
    return found instanceof NotTextError ? earlier(known, found) : known;
  }

  /** Resolves when no thread works for this count. */
  async idle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  async #firstFailure(): Promise<Error> {
    await this.idle();
    return this.#failure!;
  }

  #send(slot: Uint8Array, length: number, offset: number): void {
    const joined = this.#choose();
    joined.inFlight++;
    const { id } = this.#memory;
    const asked = joined.thread.ask({
      ...{ type: 'block', id, at: slot.byteOffset, length, first: offset === 0 },
    });
    const done = asked
      .then((answer) => this.#note(answer, offset))
      .catch((error: Error) => this.#fail(error))
      .finally(() => {
        joined.inFlight--;
        this.#inFlight.delete(done);
        this.#free.push(slot);
        this.#wake?.();
      });
    this.#inFlight.add(done);
  }

  /** (CS2) */
  #choose(): Joined {
    let best: Joined | undefined;
    for (const one of this.#joined) if (best === undefined || one.inFlight < best.inFlight) best = one;
    const thread = best === undefined || best.inFlight >= BUSY ? this.#waiting.shift() : undefined;
    return thread === undefined ? best! : this.#join(thread);
  }

  #join(thread: CountingThread): Joined {
    const region = this.#memory.regions[this.#joined.length]!;
    const one = { thread, region, inFlight: 0 };
    this.#joined.push(one);
    const { id, memory } = this.#memory;
    const { rules, maxWordBytes } = this.#plan;
    const opened = thread
      .ask({ type: 'open', id, memory, rules, maxWordBytes, region })
      .then((answer) => this.#note(answer, 0))
      .catch((error: Error) => this.#fail(error))
      .finally(() => this.#inFlight.delete(opened));
    this.#inFlight.add(opened);
    return one;
  }

  #note(answer: ThreadAnswer, offset: number): void {
    if (answer.type === 'no-memory') this.#fail(noMemory());
    if (answer.type !== 'bad') return;
    const { reason, offset: within } = answer.finding;
    this.#fail(new NotTextError(reason, offset + within, this.#plan.maxWordBytes));
  }

  #fail(error: Error): void {
    this.#failure = this.#failure === undefined ? error : earlier(this.#failure, error);
  }
}

/** (CS3) What is no fault of the text comes before all that is. */
function earlier(one: Error, other: Error): Error {
  if (!(one instanceof NotTextError)) return one;
  if (!(other instanceof NotTextError)) return other;
  return one.offset <= other.offset ? one : other;
}

function settledOf(answer: ThreadAnswer): Settled {
  if (answer.type === 'settled') return answer.settled;
  throw answer.type === 'no-memory'
    ? noMemory()
    : new Error(`a thread answered ${answer.type} when asked to settle`);
}

function noMemory(): Error {
  return Object.assign(
    new Error('the different words of the text need more than 4 GiB; count its parts one by one'),
    { code: 'TooManyWords', retryable: false },
  );
}
