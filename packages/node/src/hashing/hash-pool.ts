import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type BodyHash, type DigestPlan, InlineBodyHash } from './body-hash.ts';
import type { FromHashWorker, ToHashWorker } from './hash-messages.ts';
import { WorkerBodyHash } from './worker-body-hash.ts';

export interface HashPoolOptions {
  /** Threads; started when the first large body comes. */
  readonly workers?: number;
  /** Bodies hashed on threads at once; more are hashed on the calling thread, so memory stays bounded. */
  readonly maximumJobs?: number;
  /** Bodies up to this size are hashed on the calling thread: handing them over would cost more. */
  readonly inlineBytes?: number;
}

interface PoolWorker {
  readonly worker: Worker;
  readonly jobs: Map<number, WorkerBodyHash>;
}

const SLOT_BYTES = 256 * 1024;
const SLOTS_PER_JOB = 2;

/**
 * Threads that hash large bodies, so that MD5 (0.9 GB/s) does not hold up every other request. It knows nothing of HTTP.
 *
 * (H1) At most `maximumJobs` bodies are on threads; each has two shared slots, which are used again: memory is bounded.
 * (H2) The threads never keep the process alive. A thread that dies fails its bodies and is replaced at the next one.
 */
export class HashPool {
  readonly #size: number;
  readonly #maximumJobs: number;
  readonly #inlineBytes: number;
  readonly #workers: PoolWorker[] = [];
  readonly #spareSlots: SharedArrayBuffer[] = [];
  #jobs = 0;
  #nextJob = 1;

  constructor(options: HashPoolOptions = {}) {
    this.#size = options.workers ?? Math.max(1, Math.min(4, availableParallelism() - 1));
    this.#maximumJobs = options.maximumJobs ?? 64;
    this.#inlineBytes = options.inlineBytes ?? 128 * 1024;
  }

  /** `size` is the number of bytes to come, when it is known. */
  open(plan: DigestPlan, size: number | undefined): BodyHash {
    const small = size !== undefined && size <= this.#inlineBytes;
    if (small || this.#jobs >= this.#maximumJobs || (plan.digests.length === 0 && !plan.chunks)) {
      return new InlineBodyHash(plan);
    }
    return this.#openOnWorker(plan);
  }

  async close(): Promise<void> {
    const workers = this.#workers.splice(0);
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }

  #openOnWorker(plan: DigestPlan): BodyHash {
    const chosen = this.#leastBusy();
    const job = this.#nextJob++;
    const slots = Array.from(
      { length: SLOTS_PER_JOB },
      () => this.#spareSlots.pop() ?? new SharedArrayBuffer(SLOT_BYTES),
    );
    const hash = new WorkerBodyHash(slots, {
      post: (message) => chosen.worker.postMessage({ ...message, job } as ToHashWorker),
      release: () => {
        chosen.jobs.delete(job);
        this.#jobs -= 1;
        this.#spareSlots.push(...slots); // (H1)
      },
    });
    this.#jobs += 1;
    chosen.jobs.set(job, hash);
    chosen.worker.postMessage({ kind: 'start', job, plan, slots } satisfies ToHashWorker);
    return hash;
  }

  #leastBusy(): PoolWorker {
    if (this.#workers.length < this.#size) this.#workers.push(this.#start());
    return this.#workers.reduce((best, other) => (other.jobs.size < best.jobs.size ? other : best));
  }

  #start(): PoolWorker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./hash-worker.${extension}`, import.meta.url));
    const started: PoolWorker = { worker, jobs: new Map() };
    worker.unref(); // (H2)
    worker.on('message', (message: FromHashWorker) => started.jobs.get(message.job)?.handle(message));
    const lost = (cause: unknown): void => {
      const at = this.#workers.indexOf(started);
      if (at >= 0) this.#workers.splice(at, 1);
      for (const hash of [...started.jobs.values()])
        hash.fail(new Error('a hashing thread ended', { cause }));
    };
    worker.on('error', lost);
    worker.on('exit', lost);
    return started;
  }
}
