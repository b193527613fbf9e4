/**
 * Requests that are answered at once or not at all: a rate over time, spread evenly over the instances that serve, each of which answers so
 * many a second. A fluid, not single requests: rates of a web fleet are too high to follow each.
 */
import type { VirtualClock } from '@crescendo/cloud/virtual';
import type { Workload } from './workload.ts';

export interface StreamOptions {
  readonly clock: VirtualClock;
  /** Requests a second at a time of the clock. */
  readonly rateAt: (timeMs: number) => number;
  /** Requests a second that one instance answers. */
  readonly capacity: number;
}

interface Server {
  readonly slots: number;
  busyMs: number;
}

/** How finely the rate is followed. */
const STEP_MS = 5_000;

export class RequestStream implements Workload {
  /** Since the beginning. */
  requests = 0;
  /** Those that came when all instances together could not answer them. */
  overCapacity = 0;
  readonly #options: StreamOptions;
  readonly #servers = new Map<string, Server>();
  #sinceMs: number;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.nowMs();
    this.#follow();
  }

  /** Counts from now on. */
  beginCount(): void {
    this.#account();
    this.requests = 0;
    this.overCapacity = 0;
  }

  get serving(): number {
    return this.#servers.size;
  }

  /** Requests a second now. */
  get rate(): number {
    return this.#options.rateAt(this.#options.clock.nowMs());
  }

  addInstance(instanceId: string, slots: number): void {
    this.#account();
    this.#servers.set(instanceId, { slots, busyMs: 0 });
  }

  has(instanceId: string): boolean {
    return this.#servers.has(instanceId);
  }

  stopTaking(instanceId: string, onDrained: () => void): void {
    this.remove(instanceId);
    onDrained();
  }

  remove(instanceId: string): void {
    this.#account();
    this.#servers.delete(instanceId);
  }

  busyMs(instanceId: string): number {
    this.#account();
    return this.#servers.get(instanceId)?.busyMs ?? 0;
  }

  #follow(): void {
    const { clock } = this.#options;
    clock.at(clock.nowMs() + STEP_MS, () => {
      this.#account();
      this.#follow();
    });
  }

  #account(): void {
    const { clock, rateAt, capacity } = this.#options;
    const ms = clock.nowMs() - this.#sinceMs;
    if (ms <= 0) return;
    const requests = (rateAt(this.#sinceMs + ms / 2) * ms) / 1_000;
    const most = (this.#servers.size * capacity * ms) / 1_000;
    this.requests += requests;
    this.overCapacity += Math.max(0, requests - most);
    const share = most === 0 ? 0 : Math.min(1, requests / most);
    for (const server of this.#servers.values()) server.busyMs += share * ms * server.slots;
    this.#sinceMs = clock.nowMs();
  }
}
