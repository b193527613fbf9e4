/**
 * Copies files into the processing bucket all at once, and follows what the fleet makes of them until each has a result.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Activity } from '@aws-sdk/client-auto-scaling';
import { inParallel } from '../system/in-parallel.ts';
import { copyObject } from '../system/objects.ts';
import type { Session } from '../system/session.ts';
import type { StackOutputs } from '../system/stack-outputs.ts';
import type { ResultMessage } from '../worker/job-result.ts';
import { FleetWatch, type Sight } from './fleet-watch.ts';
import { ResultCollector } from './result-collector.ts';

export interface LoadTestOptions {
  /** Keys in the uploading bucket, each with the key that its copy gets. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** Given up after so long. */
  readonly patienceMs: number;
  /** Goes on after the last result until the group has shrunk to this. */
  readonly untilInstances?: number;
  /** Goes on after the last result until the jobs queue is empty: jobs may have been delivered twice. */
  readonly untilIdle?: boolean;
  readonly signal: AbortSignal;
  readonly show: (sight: Sight, progress: Progress) => void;
  /** Told of each file whose result has come. */
  readonly seen?: (key: string) => void;
}

export interface Progress {
  readonly copied: number;
  readonly done: number;
  readonly all: number;
}

export interface LoadTestRun {
  readonly startedAtMs: number;
  /** When the last result was there; undefined when some never came. */
  readonly drainedAtMs: number | undefined;
  readonly endedAtMs: number;
  /** When each copy was there. */
  readonly copiedAtMs: ReadonlyMap<string, number>;
  readonly results: ReadonlyMap<string, readonly ResultMessage[]>;
  readonly sights: readonly Sight[];
  /** Of the group, newest first. */
  readonly activities: readonly Activity[];
}

const COPIES_AT_ONCE = 16;
const LOOK_EVERY_MS = 500;
/** A service that does not answer for this long ends the test; before that it is asked again. */
const SILENCE_MS = 180_000;

export async function runLoadTest(
  session: Session,
  stack: StackOutputs,
  options: LoadTestOptions,
): Promise<LoadTestRun> {
  const run = new Run(session, stack, options);
  return await run.toEnd();
}

class Run {
  readonly #session: Session;
  readonly #stack: StackOutputs;
  readonly #options: LoadTestOptions;
  readonly #watch: FleetWatch;
  readonly #collector: ResultCollector;
  readonly #copiedAtMs = new Map<string, number>();
  readonly #sights: Sight[] = [];
  readonly #startedAtMs = Date.now();
  #drainedAtMs: number | undefined;
  #isOver = false;

  constructor(session: Session, stack: StackOutputs, options: LoadTestOptions) {
    this.#session = session;
    this.#stack = stack;
    this.#options = options;
    this.#watch = new FleetWatch(session, stack);
    const ours = new Set(options.files.map(({ to }) => to));
    this.#collector = new ResultCollector(
      session.sqs,
      stack.ResultsQueueUrl,
      ({ Job }) => Job.Bucket === stack.ProcessingBucket && ours.has(Job.Key),
      options.seen,
    );
  }

  async toEnd(): Promise<LoadTestRun> {
    try {
      await Promise.all([this.#copy(), this.#follow(), this.#collect()]);
    } finally {
      this.#isOver = true;
    }
    return {
      startedAtMs: this.#startedAtMs,
      drainedAtMs: this.#drainedAtMs,
      endedAtMs: Date.now(),
      copiedAtMs: this.#copiedAtMs,
      results: this.#collector.results,
      sights: this.#sights,
      activities: await this.#watch.activities(this.#startedAtMs),
    };
  }

  async #copy(): Promise<void> {
    const { UploadingBucket, ProcessingBucket } = this.#stack;
    await inParallel(this.#options.files, COPIES_AT_ONCE, async ({ from, to }) => {
      this.#options.signal.throwIfAborted();
      await this.#patiently(() =>
        copyObject(
          this.#session.s3,
          { bucket: UploadingBucket, key: from },
          { bucket: ProcessingBucket, key: to },
        ),
      );
      this.#copiedAtMs.set(to, Date.now());
    });
  }

  async #collect(): Promise<void> {
    await this.#repeat(async () => {
      await this.#collector.collect();
      if (this.#collector.results.size === this.#options.files.length) this.#drainedAtMs ??= Date.now();
    });
  }

  async #follow(): Promise<void> {
    await this.#repeat(async () => {
      const sight = await this.#watch.look();
      this.#sights.push(sight);
      const { size: done } = this.#collector.results;
      const { size: copied } = this.#copiedAtMs;
      this.#options.show(sight, { copied, done, all: this.#options.files.length });
      this.#isOver = this.#isOver || this.#hasEnded(sight);
      await pause(LOOK_EVERY_MS);
    });
  }

  #hasEnded({ instances, desired, waiting, inFlight }: Sight): boolean {
    const { untilInstances, untilIdle, patienceMs } = this.#options;
    if (Date.now() - this.#startedAtMs > patienceMs) return true;
    if (this.#drainedAtMs === undefined) return false;
    if (untilIdle === true && waiting + inFlight > 0) return false;
    return untilInstances === undefined || (instances <= untilInstances && desired <= untilInstances);
  }

  async #repeat(act: () => Promise<void>): Promise<void> {
    while (!this.#isOver) await this.#patiently(act);
  }

  /** What fails is done again: the cloud may be away for a while. */
  async #patiently(act: () => Promise<void>): Promise<void> {
    const startedAtMs = Date.now();
    for (;;) {
      this.#options.signal.throwIfAborted();
      try {
        return await act();
      } catch (error) {
        if (this.#isOver || Date.now() - startedAtMs > SILENCE_MS) throw error;
        await pause(LOOK_EVERY_MS);
      }
    }
  }
}
