/** Resident memory of processes while something goes on, as Linux counts it. */
import { readFile, writeFile } from 'node:fs/promises';

export interface WatchedProcess {
  readonly name: string;
  readonly pid: number;
}

export interface MemoryPeak {
  readonly name: string;
  /** Resident when the watch ended. */
  readonly residentBytes: number;
  /** The most that it was while watched. */
  readonly peakBytes: number;
}

const SAMPLE_EVERY_MS = 100;

/** Does the work and tells the peak of each process meanwhile. */
export async function watchMemory<T>(
  processes: readonly WatchedProcess[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peaks: readonly MemoryPeak[] }> {
  const sampled = new Map<number, number>();
  // 5 makes Linux forget the peak so far; where that is not allowed, the peak is the highest sample.
  const canReset = await Promise.all(processes.map(({ pid }) => forgetPeak(pid)));
  const timer = setInterval(() => {
    for (const { pid } of processes)
      void readStatus(pid).then(({ residentBytes }) => {
        sampled.set(pid, Math.max(sampled.get(pid) ?? 0, residentBytes));
      }, ignoreEnded);
  }, SAMPLE_EVERY_MS);
  try {
    const result = await work();
    const peaks = await Promise.all(
      processes.map(async ({ name, pid }, index) => {
        const { residentBytes, peakBytes } = await readStatus(pid);
        const highest = canReset[index] === true ? peakBytes : (sampled.get(pid) ?? residentBytes);
        return { name, residentBytes, peakBytes: highest };
      }),
    );
    return { result, peaks };
  } finally {
    clearInterval(timer);
  }
}

async function forgetPeak(pid: number): Promise<boolean> {
  return await writeFile(`/proc/${pid}/clear_refs`, '5').then(
    () => true,
    () => false,
  );
}

async function readStatus(pid: number): Promise<{ residentBytes: number; peakBytes: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  return { residentBytes: kibibytes('VmRSS') * 1024, peakBytes: kibibytes('VmHWM') * 1024 };
}

function ignoreEnded(): void {}
