/** The result message, in the original's format. */
import type { Job } from './job-message.ts';

export interface WordCount {
  readonly word: string;
  readonly count: number;
}

export interface JobResult {
  readonly job: Job;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** The most frequent first; empty for a failure. */
  readonly words: readonly WordCount[];
  /** Undefined for a success. */
  readonly failure?: string;
}

/** The result as others read it. */
export interface ResultMessage {
  readonly Job: {
    /** RFC 3339. */
    readonly StartedAt: string;
    readonly Region: string;
    readonly Bucket: string;
    readonly Key: string;
  };
  readonly Words: readonly { readonly Word: string; readonly Count: number }[];
  /** Nanoseconds. */
  readonly Duration: number;
  readonly Status: 'success' | 'failure';
  readonly StatusMessage: string;
}

const NANOSECONDS_PER_MS = 1_000_000;

export function formatResult({ job, startedAtMs, durationMs, words, failure }: JobResult): string {
  const message: ResultMessage = {
    Job: {
      StartedAt: new Date(startedAtMs).toISOString(),
      Region: job.region,
      Bucket: job.bucket,
      Key: job.key,
    },
    Words: words.map(({ word, count }) => ({ Word: word, Count: count })),
    Duration: Math.round(durationMs * NANOSECONDS_PER_MS),
    Status: failure === undefined ? 'success' : 'failure',
    StatusMessage: failure ?? '',
  };
  return allowedInQueues(JSON.stringify(message));
}

/** Undefined when the text is no result. */
export function parseResult(text: string): ResultMessage | undefined {
  try {
    const value = JSON.parse(text) as Partial<ResultMessage> | null;
    const job = value?.Job;
    if (typeof job?.Bucket !== 'string' || typeof job.Key !== 'string' || !Array.isArray(value?.Words))
      return undefined;
    return value as ResultMessage;
  } catch {
    return undefined;
  }
}

/** SQS refuses two characters that JSON leaves as they are. */
function allowedInQueues(json: string): string {
  return json.replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
