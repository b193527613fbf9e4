/**
 * One worker: takes a message from the queue, does its jobs, takes the next. It knows nothing of the others beside it.
 *
 * (W1) It holds at most one message, and takes one only when it is free: what waits is in the queue, where scaling sees it.
 * (W2) A message is removed only when each of its jobs has its row and its result, or has been buried with a result that says why.
 * (W3) Told to stop, it finishes or gives back what it holds, and takes no more.
 * (W4) Nothing that fails ends it.
 */
import { waitMs } from './backoff.ts';
import { type Job, parseJobMessage } from './job-message.ts';
import { Lease } from './lease.ts';
import { reasonOf } from './log.ts';
import { PermanentFailure } from './permanent-failure.ts';
import type { HeldMessage, JobQueue } from './ports.ts';
import { type JobParts, runJob, sendFailure } from './run-job.ts';
import type { StopRequest } from './stop-request.ts';

export interface WorkerParts extends JobParts {
  readonly queue: JobQueue;
  readonly visibilitySeconds: number;
}

/** A job that failed for now is delivered again after so long. */
const AGAIN_AFTER_SECONDS = 30;

export class Worker {
  readonly #parts: WorkerParts;
  readonly #stop: StopRequest;

  constructor(parts: WorkerParts, stop: StopRequest) {
    this.#parts = parts;
    this.#stop = stop;
  }

  /** Resolves after a stop was asked for and nothing is in hand any more. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#stop.drain.aborted; ) {
      try {
        const message = await this.#parts.queue.receive();
        failures = 0;
        if (message !== undefined) await this.#handle(message);
      } catch (error) {
        await this.#afterFailure(error, failures++); // (W4)
      }
    }
  }

  async #afterFailure(error: unknown, failures: number): Promise<void> {
    const { log, clock, random } = this.#parts;
    log('error', 'the queue cannot be used', { reason: reasonOf(error) });
    await clock.sleep(waitMs(failures, random()), this.#stop.drain);
  }

  async #handle(message: HeldMessage): Promise<void> {
    const { queue, log } = this.#parts;
    if (this.#stop.drain.aborted) return await this.#giveBack(message, 0); // (W3)
    const parsed = parseJobMessage(message.body);
    if (parsed.kind !== 'jobs') {
      if (parsed.kind === 'test') log('info', 'test event removed', { message: message.id });
      else
        log('warn', 'message that is no event removed', {
          message: message.id,
          reason: parsed.reason,
          body: message.body.slice(0, 500),
        });
      return await queue.remove(message);
    }
    for (const reason of parsed.ignored)
      log('warn', 'record that is no job ignored', { message: message.id, reason });
    await this.#work(message, parsed.jobs);
  }

  async #work(message: HeldMessage, jobs: readonly Job[]): Promise<void> {
    const lease = new Lease(this.#parts, message);
    let verdict: Verdict;
    try {
      verdict = await this.#runAll(message, jobs);
    } finally {
      await lease.end();
    }
    if (verdict.kind === 'finished')
      await this.#parts.queue.remove(message); // (W2)
    else await this.#giveBack(message, verdict.againAfterSeconds);
  }

  async #runAll(message: HeldMessage, jobs: readonly Job[]): Promise<Verdict> {
    const { giveBack } = this.#stop;
    for (const job of jobs) {
      const startedAtMs = this.#parts.clock.nowMs();
      try {
        await runJob(this.#parts, job, giveBack);
      } catch (error) {
        if (giveBack.aborted) return { kind: 'unfinished', againAfterSeconds: 0 }; // (W3)
        const verdict = await this.#failed(message, job, startedAtMs, error);
        if (verdict.kind === 'unfinished') return verdict;
      }
    }
    return { kind: 'finished' };
  }

  async #failed(message: HeldMessage, job: Job, startedAtMs: number, error: unknown): Promise<Verdict> {
    const { log } = this.#parts;
    const { bucket, key } = job;
    const fields = { bucket, key, delivery: message.receiveCount, reason: reasonOf(error) };
    try {
      if (error instanceof PermanentFailure) {
        await this.#bury(job, startedAtMs, error.message);
        log('warn', 'job failed for good', fields);
        return { kind: 'finished' };
      }
      log('warn', 'job failed for now', fields);
      return await this.#afterRetries(message, job, startedAtMs, error);
    } catch (second) {
      log('error', 'failure could not be told', { bucket, key, reason: reasonOf(second) }); // (W4)
      return { kind: 'unfinished', againAfterSeconds: this.#stop.giveBack.aborted ? 0 : AGAIN_AFTER_SECONDS };
    }
  }

  /** Buried alone: the message's other records have been done or fail by themselves. */
  async #bury(job: Job, startedAtMs: number, reason: string): Promise<void> {
    const isBuried = await this.#parts.queue.bury(JSON.stringify({ Records: [job.record] }), reason);
    if (!isBuried)
      this.#parts.log('warn', 'the queue has no dead letters', { bucket: job.bucket, key: job.key });
    await sendFailure(this.#parts, job, startedAtMs, reason, this.#stop.giveBack);
  }

  /** The last delivery says that it was the last; the queue itself then makes the message a dead letter. */
  async #afterRetries(message: HeldMessage, job: Job, startedAtMs: number, error: unknown): Promise<Verdict> {
    const most = await this.#parts.queue.maxReceives();
    if (message.receiveCount < most) return { kind: 'unfinished', againAfterSeconds: AGAIN_AFTER_SECONDS };
    const reason = `given up after ${message.receiveCount} deliveries: ${reasonOf(error)}`;
    await sendFailure(this.#parts, job, startedAtMs, reason, this.#stop.giveBack);
    return { kind: 'unfinished', againAfterSeconds: 0 };
  }

  /** That it could not be given back is no harm: it comes back when its visibility ends. */
  async #giveBack(message: HeldMessage, afterSeconds: number): Promise<void> {
    const { queue, log } = this.#parts;
    try {
      await queue.setVisibility(message, afterSeconds);
      log('info', 'message given back', { message: message.id, afterSeconds });
    } catch (error) {
      log('warn', 'message not given back', { message: message.id, reason: reasonOf(error) });
    }
  }
}

type Verdict =
  | { readonly kind: 'finished' }
  | { readonly kind: 'unfinished'; readonly againAfterSeconds: number };
