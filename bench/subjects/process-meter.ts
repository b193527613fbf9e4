import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Processor time that a process has used so far, its threads included; 0 when it is gone. Linux only. */
export function cpuMsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

export interface MemoryUse {
  readonly nowMiB: number;
  /** Of that: memory of its own, and pages of files that it has mapped (the program, the state), which the kernel takes back when it needs them. */
  readonly ownMiB: number;
  readonly mappedMiB: number;
  readonly peakMiB: number;
}

export function memoryOf(pid: number): MemoryUse {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
    return {
      nowMiB: kib('VmRSS') / 1024,
      ownMiB: kib('RssAnon') / 1024,
      mappedMiB: (kib('RssFile') + kib('RssShmem')) / 1024,
      peakMiB: kib('VmHWM') / 1024,
    };
  } catch {
    return { nowMiB: 0, ownMiB: 0, mappedMiB: 0, peakMiB: 0 };
  }
}
