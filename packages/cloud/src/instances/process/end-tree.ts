/**
 * Ends every process of an instance: asks all but the first with SIGTERM, so that programs can put their things in order, ends what
 * stays with SIGKILL, and the first one last. Looks again after each signal, so that what was started meanwhile is found too. Rejects
 * when processes are left that cannot be ended.
 */
import type { Clock } from '@crescendo/base';
import { sleep } from '@crescendo/base';
import type { ProcessEntry } from './process-table.ts';
import type { InstanceTree, ProcessTrees } from './process-trees.ts';
import { keyOf } from './process-trees.ts';

const LOOK_AGAIN_MS = 40;
/** A process that SIGKILL has not ended by then belongs to another user or hangs in the system. */
const PATIENCE_MS = 30_000;

export async function endTree(
  trees: ProcessTrees,
  instanceId: string,
  graceMs: number,
  clock: Clock,
): Promise<void> {
  const untilMs = clock.nowMs() + graceMs;
  const asked = new Set<string>();
  for (;;) {
    await trees.refresh();
    const tree = trees.treeOf(instanceId);
    if (tree.others.length === 0 && tree.first === undefined) return;
    if (clock.nowMs() >= untilMs + PATIENCE_MS) {
      const left = all(tree).map(({ pid }) => pid);
      throw new Error(`processes of ${instanceId} cannot be ended: ${left.join(', ')}; end them by hand`);
    }
    if (tree.others.length === 0) kill(tree.first!, 'SIGKILL');
    else if (clock.nowMs() >= untilMs) for (const entry of all(tree)) kill(entry, 'SIGKILL');
    else ask(tree, asked);
    await sleep(clock, LOOK_AGAIN_MS);
  }
}

function ask(tree: InstanceTree, asked: Set<string>): void {
  for (const entry of tree.others) {
    if (asked.has(keyOf(entry))) continue;
    asked.add(keyOf(entry));
    kill(entry, 'SIGTERM');
    kill(entry, 'SIGCONT'); // What is stopped could not answer.
  }
}

function all({ first, others }: InstanceTree): readonly ProcessEntry[] {
  return first === undefined ? others : [...others, first];
}

function kill({ pid }: ProcessEntry, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since.
  }
}
