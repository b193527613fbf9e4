import { setTimeout as wait } from 'node:timers/promises';
import { cpuMsOf } from '../subjects/process-meter.ts';
import { Store } from '../subjects/store.ts';
import type { Probe } from './probe.ts';

const SETTLE_MS = 8_000;
const WATCHED_MS = 10_000;

/** What a store costs that nobody uses. */
export const idleProbe: Probe = {
  name: 'idle',
  long: false,
  run: async ({ root }) => {
    const store = await Store.start(root, 3);
    try {
      await wait(SETTLE_MS);
      const cpuBefore = new Map([...store.pids].map(([name, pid]) => [name, cpuMsOf(pid)]));
      const ringBefore = await ringMessages(store);
      await wait(WATCHED_MS);
      const ring = (await ringMessages(store)) - ringBefore;
      const cpu = [...store.pids].map(
        ([name, pid]) => `${name} ${((100 * (cpuMsOf(pid) - cpuBefore.get(name)!)) / WATCHED_MS).toFixed(1)}`,
      );
      return [
        { name: 'idle store of 3: processor time in % of a core', value: cpu.join(', ') },
        // Each is counted where it is sent and where it is received.
        {
          name: 'idle store of 3: ring messages a second, all nodes',
          value: (ring / 2 / (WATCHED_MS / 1_000)).toFixed(1),
        },
      ];
    } finally {
      await store.stop();
    }
  },
};

async function ringMessages({ admins }: Store): Promise<number> {
  const counts = await Promise.all(
    admins.map(async (address) => {
      const text = await (await fetch(`http://${address}/metrics`)).text();
      return Number(/^crescendo_ring_messages_total(?:\{.*\})? (\d+)/m.exec(text)?.[1] ?? Number.NaN);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
