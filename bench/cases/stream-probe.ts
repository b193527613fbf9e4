import type { JobResult } from '../load/job.ts';
import { memoryOf } from '../subjects/process-meter.ts';
import { BUCKET, Store } from '../subjects/store.ts';
import type { Probe } from './probe.ts';

const PART_BYTES = 8 * 1024 ** 2;
const PARTS = 128;
const path = `/${BUCKET}/one-gibibyte`;

/** One gibibyte through the front, up and down, and what memory it took. */
export const streamProbe: Probe = {
  name: 'stream',
  long: true,
  run: async ({ root, generator }) => {
    const store = await Store.start(root, 3);
    try {
      const target = store.front;
      const up = await generator.run({
        kind: 'multipart',
        target,
        path,
        parts: PARTS,
        partBytes: PART_BYTES,
        limitMs: 1,
      });
      const down = await generator.run({
        ...{
          kind: 'repeat',
          method: 'GET',
          target,
          paths: [path],
          bodyBytes: 0,
          connections: 1,
          limitMs: 100,
        },
      });
      const memory = [...store.pids].map(([name, pid]) => `${name} ${Math.round(memoryOf(pid).peakMiB)}`);
      return [
        { name: '1 GiB up through the front of 3, fsynced on a majority', value: speed(up) },
        { name: '1 GiB down through the front of 3', value: speed(down) },
        { name: '1 GiB up and down: peak memory in MiB', value: memory.join(', ') },
      ];
    } finally {
      await store.stop();
    }
  },
};

function speed({ bytes, elapsedMs, failed, failure }: JobResult): string {
  if (failed > 0) return `FAILED: ${failure}`;
  return `${Math.round(bytes / 1024 ** 2 / (elapsedMs / 1_000))} MiB/s`;
}
