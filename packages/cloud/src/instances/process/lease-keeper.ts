/**
 * The keeper of the lease as a process: `node lease-keeper.ts FOLDER LEASE_MS GRACE_MS`. See `lease.ts`. It ends by itself when the
 * heartbeat's file is removed, when the lease has run out and all instances are stopped, and on SIGTERM, which ends no instance
 * unless it has begun to.
 */
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@crescendo/base';
import { sleep } from '@crescendo/base';
import { endTree } from './end-tree.ts';
import { InstanceFolder } from './instance-folder.ts';
import { BEATS_A_LEASE, heartbeatPath } from './lease.ts';
import { openProcessTable } from './process-table.ts';
import { ProcessTrees } from './process-trees.ts';

const clock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves true when the lease has run out, false when there is nothing to keep any more. */
async function waitForEnd(folder: string, leaseMs: number): Promise<boolean> {
  let last: number | undefined;
  for (let still = 0; still < BEATS_A_LEASE; still++) {
    await sleep(clock, leaseMs / BEATS_A_LEASE);
    let beat: number;
    try {
      beat = statSync(heartbeatPath(folder)).mtimeMs;
    } catch {
      return false;
    }
    if (beat !== last) still = -1;
    last = beat;
  }
  return true;
}

async function stopAll(folder: string, leaseMs: number, graceMs: number): Promise<void> {
  const instances = join(folder, 'instances');
  const trees = new ProcessTrees(openProcessTable(), instances);
  const ids = readdirSync(instances).filter((name) => name.startsWith('i-'));
  for (const id of ids) {
    const boot = new InstanceFolder(instances, id).readBoot();
    if (boot !== undefined) trees.claim(id, boot.first);
  }
  const stopOne = async (id: string): Promise<void> => {
    await trees.refresh();
    if (trees.findFirst(id) === undefined && trees.treeOf(id).others.length === 0) return;
    const folderOfInstance = new InstanceFolder(instances, id);
    folderOfInstance.noteLeaseEnded();
    const line = `crescendo: stopped, because the cloud has been away for ${leaseMs / 1000} s\n`;
    appendFileSync(folderOfInstance.consolePath, line);
    await endTree(trees, id, graceMs, clock);
  };
  await Promise.all(ids.map(stopOne));
}

const [folder = '', leaseMs = '', graceMs = ''] = process.argv.slice(2);
if (await waitForEnd(folder, Number(leaseMs))) {
  process.on('SIGTERM', () => undefined); // A cloud that comes back now waits for the end of this.
  await stopAll(folder, Number(leaseMs), Number(graceMs));
}
