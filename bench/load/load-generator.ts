import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Job, JobResult } from './job.ts';

/** How long after its own limit a job is given up. */
const PATIENCE_MS = 120_000;
/** Filling has no limit of its own: a hundred thousand objects take minutes on a busy machine. */
const FILL_LIMIT_MS = 1_800_000;

/** The generator's process, seen from the benchmark. */
export class LoadGenerator {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(join(import.meta.dirname, 'generator.ts'), [], { execArgv: [] });
  }

  run(job: Job): Promise<JobResult> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const settle = (work: () => void): void => {
        clearTimeout(timer);
        child.off('message', answered);
        child.off('exit', ended);
        work();
      };
      const answered = (result: unknown): void => settle(() => resolve(result as JobResult));
      const ended = (): void => settle(() => reject(new Error('the load generator ended')));
      const limitMs = ('limitMs' in job ? job.limitMs : FILL_LIMIT_MS) + PATIENCE_MS;
      const timer = setTimeout(
        () => settle(() => reject(new Error(`the ${job.kind} job took longer than ${limitMs} ms`))),
        limitMs,
      );
      child.once('message', answered);
      child.once('exit', ended);
      child.send(job);
    });
  }

  close(): void {
    this.child.disconnect();
  }
}
