import { messageOf } from '@crescendo/base';
import { logToStandardError } from './event-log.ts';

/** Ends things in the reverse order of their beginning, once, and tells when and how it is over. */
export class Shutdown {
  /** How it ends when nothing fails. */
  outcome: 'stopped' | 'left' = 'stopped';
  failure: unknown;
  /** Rejects with `failure` when there is one. */
  readonly finished: Promise<'stopped' | 'left'>;
  private readonly steps: (() => Promise<void>)[] = [];
  private readonly settle: PromiseWithResolvers<'stopped' | 'left'>;
  private running: Promise<void> | undefined;

  constructor() {
    this.settle = Promise.withResolvers();
    this.finished = this.settle.promise;
    this.finished.catch(() => {});
  }

  get begun(): boolean {
    return this.running !== undefined;
  }

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.running ??= this.end();
    return this.running;
  }

  private async end(): Promise<void> {
    for (const step of this.steps.reverse()) {
      await step().catch((cause: unknown) => {
        logToStandardError({
          level: 'warn',
          event: 'shutdown step failed',
          detail: { cause: messageOf(cause) },
        });
      });
    }
    if (this.failure === undefined) this.settle.resolve(this.outcome);
    else this.settle.reject(this.failure);
  }
}
