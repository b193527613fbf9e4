/** One thread that runs the seeds it is sent, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SeedOptions, Suite } from './seed-report.ts';
import { loadSuite } from './suites.ts';

const { suite, options } = workerData as { readonly suite: Suite; readonly options: SeedOptions };
const runSeed = await loadSuite(suite);

parentPort?.on('message', (seed: number) => {
  runSeed(seed, options).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ seed, failures: [text], counts: {}, tail: [] });
    },
  );
});
