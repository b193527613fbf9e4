import { Worker } from 'node:worker_threads';
import type { SeedOptions, SeedReport, Suite } from './seed-report.ts';

export interface PoolOptions {
  readonly suite: Suite;
  readonly options: SeedOptions;
  readonly from: number;
  readonly count: number;
  readonly jobs: number;
  /** Stops handing out seeds once it answers false. */
  readonly report: (report: SeedReport) => boolean;
}

/** Runs many seeds on several threads; reports come as they finish. */
export async function runSeeds({ suite, options, from, count, jobs, report }: PoolOptions): Promise<void> {
  let next = from;
  let goesOn = true;
  const end = from + count;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), {
        workerData: { suite, options },
      });
      const handOut = (): void => {
        if (!goesOn || next >= end) void worker.terminate().then(() => resolve());
        else worker.postMessage(next++);
      };
      worker.on('message', (seedReport: SeedReport) => {
        if (!report(seedReport)) goesOn = false;
        handOut();
      });
      worker.on('error', reject);
      handOut();
    });
  await Promise.all(Array.from({ length: Math.min(jobs, count) }, work));
}
