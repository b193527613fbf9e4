/**
 * Keeps a message from others while it is worked on: its visibility is extended when half of it has passed.
 *
 * (L1) Extending ends before the message is removed or given back: `end` resolves when no extension is under way any more.
 * (L2) An extension that fails is tried again soon. A lease that is lost is not asked for again, and does not end the work: what a job
 *      writes can be written twice.
 */
import type { Clock } from './clock.ts';
import { type Log, reasonOf } from './log.ts';
import type { HeldMessage, JobQueue } from './ports.ts';

export interface LeaseParts {
  readonly queue: Pick<JobQueue, 'setVisibility'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly visibilitySeconds: number;
}

/** Of the visibility: after so much of it a lease is extended, and after a failure tried again. */
const EXTEND_AFTER = 1 / 2;
const RETRY_AFTER = 1 / 8;
/** SQS's names for a message that somebody else has now, or that is gone. */
const LOST: ReadonlySet<string> = new Set([
  'MessageNotInflight',
  'ReceiptHandleIsInvalid',
  'InvalidParameterValue',
]);

export class Lease {
  readonly #parts: LeaseParts;
  readonly #message: HeldMessage;
  readonly #ended = new AbortController();
  readonly #extending: Promise<void>;

  constructor(parts: LeaseParts, message: HeldMessage) {
    this.#parts = parts;
    this.#message = message;
    this.#extending = this.#keep();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#extending; // (L1)
  }

  async #keep(): Promise<void> {
    const { clock, visibilitySeconds } = this.#parts;
    const { signal } = this.#ended;
    let share = EXTEND_AFTER;
    for (;;) {
      await clock.sleep(visibilitySeconds * 1_000 * share, signal);
      if (signal.aborted) return;
      const outcome = await this.#extend();
      if (outcome === 'lost') return;
      share = outcome === 'extended' ? EXTEND_AFTER : RETRY_AFTER;
    }
  }

  async #extend(): Promise<'extended' | 'failed' | 'lost'> {
    const { queue, log, visibilitySeconds } = this.#parts;
    const { id: message } = this.#message;
    try {
      await queue.setVisibility(this.#message, visibilitySeconds);
      return 'extended';
    } catch (error) {
      const isLost = error instanceof Error && LOST.has(error.name);
      log('warn', isLost ? 'lease lost' : 'lease not extended', { message, reason: reasonOf(error) }); // (L2)
      return isLost ? 'lost' : 'failed';
    }
  }
}
