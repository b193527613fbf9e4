/** What the processes of an instance say about it. Pure. */
import type { BootProgress } from './instance-folder.ts';
import type { InstanceTree } from './process-trees.ts';

/** The progress is not newer than the tree. */
export interface Evidence extends BootProgress {
  readonly tree: InstanceTree;
  /** After the boot's scripts, processes were seen that ran on. */
  readonly leftRunning: boolean;
  readonly firstBoot: boolean;
}

export type Judgement =
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'running'; readonly healthy: boolean; readonly reason: string };

/** A shell reports a program that was ended by signal N as status 128 + N. */
const SIGNALLED = 128;

/**
 * An instance is gone when its first process is; when one of its scripts was ended by a signal, as whoever kills the program that
 * the script runs does; when all that the scripts had left running has ended; or when a script of the first boot has failed and none has
 * left anything running. Scripts that merely end leave a machine without work, which runs on, as on EC2. An instance hangs when its first process, or all others, are held.
 */
export function judgeInstance({ tree, booted, ends, leftRunning, firstBoot }: Evidence): Judgement {
  if (tree.first === undefined) return gone('its first process was ended');
  const killed = ends.find(({ status }) => status > SIGNALLED);
  if (killed !== undefined) return gone(`${killed.script} was ended by signal ${killed.status - SIGNALLED}`);
  if (booted && leftRunning && tree.others.length === 0) {
    return gone('the processes that its start-up left running have all ended');
  }
  const failed = ends.find(({ status }) => status !== 0);
  if (firstBoot && booted && failed !== undefined && tree.others.length === 0) {
    return gone(`${failed.script} failed with status ${failed.status} and left nothing running`);
  }
  const held = tree.others.length > 0 && tree.others.every(({ stopped }) => stopped);
  if (tree.first.stopped || held)
    return { kind: 'running', healthy: false, reason: 'its processes are stopped' };
  return { kind: 'running', healthy: true, reason: 'its processes run' };
}

function gone(reason: string): Judgement {
  return { kind: 'gone', reason };
}
