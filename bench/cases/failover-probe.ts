import { setTimeout as wait } from 'node:timers/promises';
import { objectPath } from '../load/job.ts';
import { BUCKET, Store } from '../subjects/store.ts';
import type { Probe } from './probe.ts';

const LOAD_MS = 15_000;
const KILL_AFTER_MS = 4_000;

/** How long the slowest request waits when a node is killed under load, and how many fail. */
export const failoverProbe: Probe = {
  name: 'failover',
  long: true,
  run: async ({ root, generator }) => {
    const store = await Store.start(root, 3);
    try {
      const paths = Array.from({ length: 512 }, (_, i) => objectPath(`/${BUCKET}/failover-`, i));
      const job = { kind: 'repeat', method: 'PUT', target: store.front, paths, bodyBytes: 1_024 } as const;
      const load = generator.run({ ...job, connections: 64, limitMs: LOAD_MS });
      await wait(KILL_AFTER_MS);
      process.kill(store.pids.get('node 2')!, 'SIGKILL');
      const { done, failed, longestMs, longestGapMs, p50Ms } = await load;
      return [
        { name: 'kill -9 of one node of 3 under PUTs: answered, failed', value: `${done}, ${failed}` },
        {
          name: 'kill -9: the slowest request',
          value: `${Math.round(longestMs)} ms (median ${Math.round(p50Ms)} ms)`,
        },
        { name: 'kill -9: longest time without any answer', value: `${Math.round(longestGapMs)} ms` },
      ];
    } finally {
      await store.stop();
    }
  },
};
