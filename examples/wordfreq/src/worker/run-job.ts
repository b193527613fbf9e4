/** One job: read the object, count its words, write the row, send the result. Every step can be done twice without harm. */
import { type RetryOptions, retrying } from './backoff.ts';
import type { Clock } from './clock.ts';
import { type DelayRange, pickDelayMs } from './delay.ts';
import type { Job } from './job-message.ts';
import { formatResult, type WordCount } from './job-result.ts';
import { type Log, reasonOf } from './log.ts';
import { asCountFailure, asReadFailure } from './permanent-failure.ts';
import type { CountFunction, ObjectSource, ResultQueue, ResultTable } from './ports.ts';

export interface JobParts {
  readonly objects: ObjectSource;
  readonly count: CountFunction;
  readonly table: ResultTable;
  readonly results: ResultQueue;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly delaySeconds: DelayRange;
  readonly retrySeconds: number;
}

/** @throws PermanentFailure when the job can't succeed; anything else when it could not be done now */
export async function runJob(parts: JobParts, job: Job, signal: AbortSignal): Promise<void> {
  const { clock, table, results, log } = parts;
  const startedAtMs = clock.nowMs();
  const retry = retryOptions(parts, job, signal);
  const counted = await retrying(retry, () => countObject(parts, job, signal));
  await delay(parts, signal);
  const row = await retrying(retry, () => table.put(job, counted.words));
  const durationMs = clock.nowMs() - startedAtMs;
  const result = formatResult({ job, startedAtMs, durationMs, words: counted.words });
  await retrying(retry, () => results.send(result));
  const { bucket, key } = job;
  log('info', 'job done', {
    bucket,
    key,
    durationMs,
    bytes: counted.bytes,
    words: counted.distinctWords,
    row,
  });
}

/** Tells those who read results that there will be none for this job. */
export async function sendFailure(
  parts: JobParts,
  job: Job,
  startedAtMs: number,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const durationMs = parts.clock.nowMs() - startedAtMs;
  const result = formatResult({ job, startedAtMs, durationMs, words: [], failure: reason });
  await retrying(retryOptions(parts, job, signal), () => parts.results.send(result));
}

async function countObject(
  { objects, count }: JobParts,
  job: Job,
  signal: AbortSignal,
): Promise<{ readonly words: readonly WordCount[]; readonly distinctWords: number; readonly bytes: number }> {
  const chunks = await objects.read(job, signal).catch((error: unknown) => {
    throw asReadFailure(error);
  });
  try {
    return await count(chunks);
  } catch (error) {
    throw asCountFailure(error);
  }
}

async function delay({ clock, random, delaySeconds }: JobParts, signal: AbortSignal): Promise<void> {
  const ms = pickDelayMs(delaySeconds, random());
  if (ms > 0) await clock.sleep(ms, signal);
  signal.throwIfAborted();
}

function retryOptions(parts: JobParts, job: Job, signal: AbortSignal): RetryOptions {
  const { clock, random, log, retrySeconds } = parts;
  return {
    clock,
    random,
    untilMs: clock.nowMs() + retrySeconds * 1_000,
    signal,
    onFailure: (error) =>
      log('warn', 'will be tried again', { bucket: job.bucket, key: job.key, reason: reasonOf(error) }),
  };
}
