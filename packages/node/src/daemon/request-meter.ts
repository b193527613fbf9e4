/**
 * How many requests a door has answered and how long they took, since somebody last asked. Durations beyond the limit are left out of the
 * percentiles by chance, so that memory stays bounded and what is kept is a fair sample.
 */
export interface RequestSample {
  readonly requests: number;
  /** Answers of 500 and above. */
  readonly failures: number;
  /** Milliseconds; 0 when nothing was asked. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const KEPT_DURATIONS = 2_048;

export class RequestMeter {
  private readonly random: () => number;
  private durations: number[] = [];
  private requests = 0;
  private failures = 0;

  /** @param random evenly in [0, 1) */
  constructor(random: () => number) {
    this.random = random;
  }

  record(status: number, durationMs: number): void {
    this.requests++;
    if (status >= 500 && status !== 501) this.failures++;
    if (this.durations.length < KEPT_DURATIONS) this.durations.push(durationMs);
    else {
      const place = Math.floor(this.random() * this.requests);
      if (place < KEPT_DURATIONS) this.durations[place] = durationMs;
    }
  }

  /** What came since the last call. */
  take(): RequestSample {
    const sorted = this.durations.sort((a, b) => a - b);
    const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
    const sample = { requests: this.requests, failures: this.failures, p50Ms: at(0.5), p99Ms: at(0.99) };
    this.durations = [];
    this.requests = 0;
    this.failures = 0;
    return sample;
  }
}
