/**
 * A queue and the workers behind it: jobs arrive, wait visible, are held by a worker while it works on them, and are deleted. It knows
 * nothing of groups: instances come ready, stop taking, and go.
 *
 * (Q1) A worker holds one job at a time and extends its lease while it works; a free worker takes the oldest visible job at once (long polling).
 * (Q2) What an instance held when it went is visible again: at once when it could give it back, else when the lease has run out.
 * (Q3) A job that comes back more often than the queue allows is a dead letter; one that is older than the queue keeps messages has expired.
 * (Q4) Each job is done at most once, dropped at most once, and never both.
 */
import type { Timer } from '@crescendo/base';
import type { VirtualClock } from '@crescendo/cloud/virtual';
import type { Job } from './job.ts';
import type { Workload } from './workload.ts';

export interface QueueRules {
  /** How long a lease lasts that nobody extends. */
  readonly visibilityMs: number;
  readonly retentionMs: number;
  /** Receives after which a job is a dead letter; undefined for never. */
  readonly maxReceives: number | undefined;
  /** Whether an instance that is ended gives back what it holds. */
  readonly givesBack: boolean;
}

/** Counts since the beginning. */
export interface QueueCounters {
  sent: number;
  received: number;
  deleted: number;
}

interface Member {
  readonly slots: number;
  readonly held: Map<Job, Timer>;
  taking: boolean;
  /** Time that its workers were busy, up to `sinceMs`. */
  busyMs: number;
  sinceMs: number;
  onDrained: (() => void) | undefined;
}

export class WorkSystem implements Workload {
  readonly counters: QueueCounters = { sent: 0, received: 0, deleted: 0 };
  readonly #clock: VirtualClock;
  #rules: QueueRules;
  readonly #members = new Map<string, Member>();
  /** Each entry stands for a free worker, the one that waits longest first; those of instances that take no more are passed over. */
  #free: string[] = [];
  #waiting: Job[] = [];
  #firstWaiting = 0;
  /** Jobs that came back; they are older than those that wait. */
  readonly #returned: Job[] = [];
  #inFlight = 0;

  constructor(clock: VirtualClock, rules: QueueRules) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** The rules of the queue that this one turned out to be. */
  setRules(rules: QueueRules): void {
    this.#rules = rules;
  }

  /** Instances that take jobs or hold some. */
  get working(): number {
    return this.#members.size;
  }

  get visible(): number {
    return this.#waiting.length - this.#firstWaiting + this.#returned.length;
  }

  /** Held by workers, or by instances that are gone until their leases run out. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Age of the oldest job that is not done and visible; 0 when there is none. */
  oldestAgeMs(): number {
    const oldest = this.#returned[0] ?? this.#waiting[this.#firstWaiting];
    return oldest === undefined ? 0 : this.#clock.nowMs() - oldest.arrivedMs;
  }

  arrive(job: Job): void {
    this.counters.sent++;
    this.#waiting.push(job);
    this.#dispatch();
  }

  addInstance(instanceId: string, slots: number): void {
    const nowMs = this.#clock.nowMs();
    const member = { slots, held: new Map(), taking: true, busyMs: 0, sinceMs: nowMs };
    this.#members.set(instanceId, { ...member, onDrained: undefined });
    for (let slot = 0; slot < slots; slot++) this.#free.push(instanceId);
    this.#dispatch();
  }

  has(instanceId: string): boolean {
    return this.#members.has(instanceId);
  }

  /** The instance takes no more; `onDrained` is called when it holds nothing, also at once. */
  stopTaking(instanceId: string, onDrained: () => void): void {
    const member = this.#members.get(instanceId);
    if (member !== undefined) member.taking = false;
    if (member === undefined || member.held.size === 0) onDrained();
    else member.onDrained = onDrained;
  }

  /** The instance is gone. (Q2) */
  remove(instanceId: string): void {
    const member = this.#members.get(instanceId);
    if (member === undefined) return;
    this.#members.delete(instanceId);
    const { givesBack, visibilityMs } = this.#rules;
    for (const [job, timer] of member.held) {
      timer.cancel();
      if (givesBack) this.#return(job);
      else this.#clock.at(this.#clock.nowMs() + visibilityMs, () => this.#return(job));
    }
    this.#dispatch();
  }

  /** Milliseconds that the workers of the instance have been busy, summed over them. */
  busyMs(instanceId: string): number {
    const member = this.#members.get(instanceId);
    if (member === undefined) return 0;
    this.#account(member);
    return member.busyMs;
  }

  #account(member: Member): void {
    const nowMs = this.#clock.nowMs();
    member.busyMs += member.held.size * (nowMs - member.sinceMs);
    member.sinceMs = nowMs;
  }

  #dispatch(): void {
    while (this.visible > 0) {
      const instanceId = this.#nextFree();
      if (instanceId === undefined) return;
      const job = this.#nextJob();
      if (job === undefined) {
        this.#free.unshift(instanceId);
        return;
      }
      this.#take(instanceId, job);
    }
  }

  #nextFree(): string | undefined {
    for (let id = this.#free.shift(); id !== undefined; id = this.#free.shift()) {
      if (this.#members.get(id)?.taking === true) return id;
    }
    return undefined;
  }

  /** (Q3) */
  #nextJob(): Job | undefined {
    for (let job = this.#shiftJob(); job !== undefined; job = this.#shiftJob()) {
      if (this.#clock.nowMs() - job.arrivedMs <= this.#rules.retentionMs) return job;
      job.lost = 'expired';
    }
    return undefined;
  }

  #shiftJob(): Job | undefined {
    const returned = this.#returned.shift();
    if (returned !== undefined || this.#firstWaiting >= this.#waiting.length) return returned;
    const job = this.#waiting[this.#firstWaiting++];
    if (this.#firstWaiting > 10_000 && this.#firstWaiting * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#firstWaiting);
      this.#firstWaiting = 0;
    }
    return job;
  }

  #take(instanceId: string, job: Job): void {
    const member = this.#members.get(instanceId)!;
    const nowMs = this.#clock.nowMs();
    this.#account(member);
    job.receives++;
    job.takenMs ??= nowMs;
    this.counters.received++;
    this.#inFlight++;
    member.held.set(
      job,
      this.#clock.at(nowMs + job.serviceMs, () => this.#finish(instanceId, member, job)),
    );
  }

  #finish(instanceId: string, member: Member, job: Job): void {
    this.#account(member);
    member.held.delete(job);
    job.doneMs = this.#clock.nowMs();
    this.counters.deleted++;
    this.#inFlight--;
    if (member.taking) {
      this.#free.push(instanceId);
      this.#dispatch();
    } else if (member.held.size === 0) {
      member.onDrained?.();
    }
  }

  /** (Q3) */
  #return(job: Job): void {
    this.#inFlight--;
    if (job.receives >= (this.#rules.maxReceives ?? Number.POSITIVE_INFINITY)) job.lost = 'dead-letter';
    else this.#returned.push(job);
    this.#dispatch();
  }
}
