import { NothingAnswers, reasonOf } from '../failures.ts';
import { ProgressDisplay, type TransferProgress } from '../terminal/progress-display.ts';
import { inParallel } from '../transfer/in-parallel.ts';
import type { Done, Failed, Outcome } from '../transfer/outcome.ts';
import type { CommandContext } from './command-context.ts';

export interface Planned {
  readonly name: string;
  readonly bytes: number;
}

export interface TransferFlags {
  /** Files at once. */
  readonly parallel: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/**
 * Does the work for every file, a few at once, and shows how far it is; a file that fails does not stop the others, an abort stops them
 * all.
 */
export async function transferAll<P extends Planned, D extends Done>(
  verb: 'uploaded' | 'downloaded',
  files: readonly P[],
  flags: TransferFlags,
  { terminal, signal }: CommandContext,
  work: (file: P, progress: TransferProgress) => Promise<D>,
): Promise<Outcome<D>> {
  const display = new ProgressDisplay(terminal, {
    verb,
    totalFiles: files.length,
    totalBytes: files.reduce((sum, file) => sum + file.bytes, 0),
    quiet: flags.quiet === true || flags.json === true,
    nowMs: () => performance.now(),
  });
  const done: D[] = [];
  const failed: Failed[] = [];
  try {
    await inParallel(files, flags.parallel, async (file) => {
      try {
        signal.throwIfAborted();
        done.push(await display.follow(file.name, file.bytes, (progress) => work(file, progress)));
      } catch (error) {
        if (error instanceof NothingAnswers) throw error;
        failed.push({ name: file.name, error: signal.aborted ? 'interrupted' : reasonOf(error) });
      }
    });
  } finally {
    display.end();
  }
  return { done, failed };
}
