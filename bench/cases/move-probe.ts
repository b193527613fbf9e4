import { randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type StartedProcess, startCrescendo } from '../../test/e2e/testing/child-processes.ts';
import { eventually } from '../../test/e2e/testing/wait.ts';
import { BUCKET, Store } from '../subjects/store.ts';
import type { Probe } from './probe.ts';

const OBJECT_BYTES = 4 * 1024 ** 2;
const OBJECTS = 128;
const LIMIT_MS = 240_000;

/** A fourth node joins a store that holds half a gibibyte: how fast its share comes, beside what the disk does alone. */
export const moveProbe: Probe = {
  name: 'move',
  long: true,
  run: async ({ root, generator }) => {
    const store = await Store.start(root, 3);
    let newcomer: StartedProcess | undefined;
    try {
      const prefix = `/${BUCKET}/move-`;
      const fill = {
        kind: 'fill',
        target: store.front,
        prefix,
        count: OBJECTS,
        bodyBytes: OBJECT_BYTES,
      } as const;
      const { failed, failure } = await generator.run({ ...fill, connections: 4 });
      if (failed > 0) throw new Error(`${failed} objects could not be written: ${failure}`);
      const disk = diskSpeed(root);
      const old = new Set((await store.status()).nodes.map(({ id }) => id));
      const startedMs = performance.now();
      newcomer = join4th(store, root);
      const bytes = await settled(store, old);
      const seconds = (performance.now() - startedMs) / 1_000;
      const mib = bytes / 1024 ** 2;
      return [
        {
          name: 'a fourth node joins a store of 512 MiB: its share',
          value: `${Math.round(mib)} MiB in ${seconds.toFixed(1)} s`,
        },
        {
          name: 'a fourth node joins: speed, start and planning included',
          value: `${Math.round(mib / seconds)} MiB/s`,
        },
        { name: 'the same disk, 4 MiB appended and fsynced at a time', value: `${Math.round(disk)} MiB/s` },
      ];
    } finally {
      newcomer?.child.kill('SIGKILL');
      await newcomer?.ended;
      await store.stop();
    }
  },
};

function join4th(store: Store, root: string): StartedProcess {
  const ports = ['--peer-port=0', '--s3-port=0', '--admin-port=0', '--no-classic', '--listen=127.0.0.1'];
  return startCrescendo(
    [
      ...['node', `--data=${join(root, 'newcomer')}`, ...ports, `--join=${store.peers.join(',')}`],
      ...[
        `--secret-file=${join(store.folder, 'cluster-secret')}`,
        `--credentials=${join(store.folder, 'credentials')}`,
      ],
    ],
    { logFile: join(root, 'newcomer.log') },
  );
}

/** Bytes that the fourth node holds once nothing moves any more. */
function settled(store: Store, old: ReadonlySet<string>): Promise<number> {
  return eventually('the fourth node has its share', LIMIT_MS, async () => {
    const { nodes, replication } = await store.status();
    const fourth = nodes.find(({ id }) => !old.has(id));
    if (fourth === undefined || fourth.partitions === 0 || replication.movingPartitions > 0) return false;
    return replication.underReplicatedPartitions === 0 && fourth.missingChunks === 0 && fourth.bytes;
  });
}

function diskSpeed(root: string): number {
  const bytes = randomBytes(OBJECT_BYTES);
  const descriptor = openSync(join(root, 'disk-speed'), 'w');
  const startedMs = performance.now();
  for (let i = 0; i < OBJECTS / 2; i++) {
    writeSync(descriptor, bytes);
    fdatasyncSync(descriptor);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  closeSync(descriptor);
  return ((OBJECTS / 2) * OBJECT_BYTES) / 1024 ** 2 / seconds;
}
