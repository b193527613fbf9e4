import { NothingAnswers, reasonOf } from '../failures.ts';
import type { ProgressDisplay, TransferProgress } from '../terminal/progress-display.ts';
import { inParallel } from '../transfer/in-parallel.ts';
import type { Done, Failed, Outcome } from '../transfer/outcome.ts';

export interface Planned {
  readonly name: string;
  readonly bytes: number;
}

/** Does the work for every file, a few at once; a file that fails does not stop the others, an abort stops them all. */
export async function transferAll<P extends Planned, D extends Done>(
  files: readonly P[],
  filesAtOnce: number,
  display: ProgressDisplay,
  signal: AbortSignal,
  work: (file: P, progress: TransferProgress) => Promise<D>,
): Promise<Outcome<D>> {
  const done: D[] = [];
  const failed: Failed[] = [];
  await inParallel(files, filesAtOnce, async (file) => {
    try {
      signal.throwIfAborted();
      done.push(await display.follow(file.name, file.bytes, (progress) => work(file, progress)));
    } catch (error) {
      if (error instanceof NothingAnswers) throw error;
      failed.push({ name: file.name, error: signal.aborted ? 'interrupted' : reasonOf(error) });
    }
  });
  return { done, failed };
}
