/** What a worker needs of the world. On AWS and in the local cloud the adapters in `aws/` are behind it; in tests small fakes. */
import type { Job } from './job-message.ts';
import type { WordCount } from './job-result.ts';

/** A message that nobody else gets until its visibility ends. */
export interface HeldMessage {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** Deliveries so far, with this one. */
  readonly receiveCount: number;
  /** When it was sent; undefined where the queue does not say. */
  readonly sentAtMs?: number;
}

export interface JobQueue {
  /** Waits a few seconds for a message. */
  receive(): Promise<HeldMessage | undefined>;
  /** Keeps the message for another so many seconds; 0 gives it back at once. */
  setVisibility(message: HeldMessage, seconds: number): Promise<void>;
  remove(message: HeldMessage): Promise<void>;
  /** How often a message is delivered before the queue makes it a dead letter itself; Infinity when it never does. */
  maxReceives(): Promise<number>;
  /** Puts a body among the dead letters. False when the queue has none. */
  bury(body: string, reason: string): Promise<boolean>;
}

export interface ResultQueue {
  send(text: string): Promise<void>;
}

export interface ResultTable {
  /** 'superseded': the row is of a newer version of the object, and stays. */
  put(job: Job, words: readonly WordCount[]): Promise<'written' | 'superseded'>;
}

export interface ObjectSource {
  read(job: Job, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export type CountFunction = (chunks: AsyncIterable<Uint8Array>) => Promise<{
  readonly words: readonly WordCount[];
  readonly distinctWords: number;
  readonly bytes: number;
}>;
