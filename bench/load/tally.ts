import type { JobResult } from './job.ts';

/** Collects what became of requests. */
export class Tally {
  private readonly startedMs = performance.now();
  private readonly cpu = process.cpuUsage();
  private readonly latencies: number[] = [];
  private lastMs = this.startedMs;
  private longestGapMs = 0;
  private done = 0;
  private failed = 0;
  private bytes = 0;
  private failure: string | undefined;

  answered(beganMs: number, bytes: number, count = 1): void {
    const nowMs = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.lastMs);
    this.lastMs = nowMs;
    this.latencies.push(nowMs - beganMs);
    this.done += count;
    this.bytes += bytes;
  }

  wrong(reason: string): void {
    this.failed++;
    this.failure ??= reason;
  }

  result(): JobResult {
    const { user, system } = process.cpuUsage(this.cpu);
    const sorted = this.latencies.sort((a, b) => a - b);
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return {
      done: this.done,
      failed: this.failed,
      bytes: this.bytes,
      elapsedMs: performance.now() - this.startedMs,
      cpuMs: (user + system) / 1_000,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      longestMs: at(1),
      longestGapMs: this.longestGapMs,
      ...(this.failure === undefined ? {} : { failure: this.failure }),
    };
  }
}
