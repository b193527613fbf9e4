import { type Clock, messageOf, type Timer } from '@crescendo/base';
import type { StoreEvent } from './ports.ts';

/**
 * Work that is done again and again, and sooner when somebody knows a reason. Never twice at once: what is asked for meanwhile
 * comes afterwards. A failure is reported, and the next turn comes all the same.
 */
export class Pacer {
  private readonly ports: { readonly clock: Clock; report(event: StoreEvent): void };
  private readonly work: () => Promise<void>;
  private periodMs = Number.POSITIVE_INFINITY;
  private next: { readonly timer: Timer; readonly atMs: number } | undefined;
  private running = false;
  private again: number | undefined;
  private stopped = false;

  constructor(ports: { readonly clock: Clock; report(event: StoreEvent): void }, work: () => Promise<void>) {
    this.ports = ports;
    this.work = work;
  }

  start(periodMs: number): void {
    this.periodMs = periodMs;
    this.nudge(periodMs);
  }

  stop(): void {
    this.stopped = true;
    this.next?.timer.cancel();
  }

  /** The next turn comes in `delayMs` at the latest. */
  nudge(delayMs: number): void {
    if (this.stopped || !Number.isFinite(delayMs)) return;
    if (this.running) {
      this.again = Math.min(this.again ?? delayMs, delayMs);
      return;
    }
    const atMs = this.ports.clock.nowMs() + delayMs;
    if (this.next !== undefined && this.next.atMs <= atMs) return;
    this.next?.timer.cancel();
    this.next = { atMs, timer: this.ports.clock.setTimer(delayMs, () => void this.run()) };
  }

  private async run(): Promise<void> {
    this.next = undefined;
    this.running = true;
    try {
      await this.work();
    } catch (cause) {
      const detail = { cause: messageOf(cause) };
      this.ports.report({ level: 'warn', event: 'background work failed', detail });
    }
    this.running = false;
    const { again = this.periodMs } = this;
    this.again = undefined;
    this.nudge(Math.min(again, this.periodMs));
  }
}
