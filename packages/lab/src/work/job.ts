/** One message of the queue, and what became of it. Times are the clock's. */
export interface Job {
  readonly arrivedMs: number;
  readonly serviceMs: number;
  receives: number;
  /** When a worker took it first. */
  takenMs: number | undefined;
  doneMs: number | undefined;
  /** Given up: received too often, or older than the queue keeps messages. */
  lost: 'dead-letter' | 'expired' | undefined;
}

export function newJob(arrivedMs: number, serviceMs: number): Job {
  return { arrivedMs, serviceMs, receives: 0, takenMs: undefined, doneMs: undefined, lost: undefined };
}
